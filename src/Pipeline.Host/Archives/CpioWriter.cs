using System.Globalization;
using System.Text;

namespace Pipeline.Host.Archives;

/// <summary>
/// Writes cpio archives in the form <c>newc</c> (cpio(5)) as Linux unpacks them into an initramfs: owner root, one link, no time, inodes
/// counted. The same members give the same bytes.
/// </summary>
/// <param name="stream">Gets the bytes; positions are counted from where it stands.</param>
public sealed class CpioWriter(Stream stream)
{
    /// <summary>Bytes in front of the content of the first member when its name has up to 13 characters, as loop mounts use them.</summary>
    public const int FirstContent = 124;

    private const int Directory = 0x4000;
    private const int RegularFile = 0x8000;
    private const long Largest = uint.MaxValue;
    private long _at;
    private long _inode;

    /// <summary>A directory; parents come first.</summary>
    public void AddDirectory(string name, int permissions) => Header(name, Directory | permissions, 0);

    /// <summary>A file.</summary>
    public void AddFile(string name, int permissions, ReadOnlySpan<byte> content)
    {
        Header(name, RegularFile | permissions, content.Length);
        Write(content);
        Pad();
    }

    /// <summary>A file whose content comes from a stream.</summary>
    /// <exception cref="InvalidDataException">The form has no room for so many bytes, or the stream ended early.</exception>
    public async Task AddFileAsync(string name, int permissions, Stream content, long size, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (size > Largest)
        {
            throw new InvalidDataException($"a member of a cpio archive cannot have {size} bytes");
        }

        Header(name, RegularFile | permissions, size);
        var buffer = new byte[1 << 20];
        for (var left = size; left > 0; )
        {
            var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken);
            if (read == 0)
            {
                throw new InvalidDataException($"the content of '{name}' ends early");
            }

            Write(buffer.AsSpan(0, read));
            left -= read;
        }

        Pad();
    }

    /// <summary>Ends the archive.</summary>
    public void Finish()
    {
        _inode = -1;
        Header("TRAILER!!!", 0, 0);
    }

    private void Header(string name, int mode, long size)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        long[] fields = [++_inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, bytes.Length + 1, 0];
        Write("070701"u8);
        Write(Encoding.ASCII.GetBytes(string.Concat(fields.Select(f => f.ToString("x8", CultureInfo.InvariantCulture)))));
        Write(bytes);
        Write([0]);
        Pad();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _at += bytes.Length;
    }

    private void Pad() => Write(new byte[(int)(-_at & 3)]);
}
