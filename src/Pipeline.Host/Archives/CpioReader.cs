using System.Globalization;
using System.Text;

namespace Pipeline.Host.Archives;

/// <summary>A member of a cpio archive.</summary>
/// <param name="Name">As written, or <c>null</c> in the form that only has <paramref name="Number"/>.</param>
/// <param name="Number">Its place in the list of files of an RPM header; -1 in the form with names.</param>
/// <param name="Size">Bytes of content; unknown (-1) in the form that only has a number.</param>
/// <param name="Mode">Type and permissions; 0 in the form that only has a number.</param>
public sealed record CpioMember(string? Name, long Number, long Size, int Mode);

/// <summary>What is wrong with an archive.</summary>
public enum CpioFault
{
    /// <summary>It is no archive, or damaged.</summary>
    Damaged,

    /// <summary>It has more than is read.</summary>
    TooLarge,

    /// <summary>A name in it cannot be used.</summary>
    BadName,
}

/// <summary>A cpio archive that cannot be read; the message has no name of the archive.</summary>
public sealed class BadCpioException(CpioFault fault, string reason) : Exception(reason)
{
    /// <summary>What is wrong.</summary>
    public CpioFault Fault => fault;
}

/// <summary>
/// Reads archives forward only: cpio <c>newc</c> (cpio(5)), as in initramfs images, and RPM's own form <c>07070X</c>, whose members have no
/// more than their number in the header's list of files.
/// </summary>
/// <param name="stream">Its bytes.</param>
public sealed class CpioReader(Stream stream)
{
    private const int LongestName = 8192;
    private const string End = "TRAILER!!!";
    private readonly byte[] _fields = new byte[104];
    private long _at;
    private long _left;
    private bool _ended;

    /// <summary>
    /// Whether names may end with several NULs: dracut-cpio(1) writes them, so that contents begin on a block of the file system.
    /// </summary>
    public bool PaddedNames { get; init; }

    /// <summary>The next member, or <c>null</c> at the end; the stream then stands behind the last member and its padding.</summary>
    /// <exception cref="BadCpioException">The archive is damaged.</exception>
    public CpioMember? Next()
    {
        if (_ended)
        {
            return null;
        }

        Skip(_left);
        Pad();
        Fill(_fields.AsSpan(0, 6));
        var magic = _fields.AsSpan(0, 6);
        if (magic.SequenceEqual("07070X"u8))
        {
            Fill(_fields.AsSpan(0, 8));
            var number = Number(0);
            Pad();
            return new(null, number, -1, 0);
        }

        if (!magic.SequenceEqual("070701"u8) && !magic.SequenceEqual("070702"u8))
        {
            throw new BadCpioException(CpioFault.Damaged, "a member of the cpio archive does not begin with its magic bytes");
        }

        Fill(_fields);
        var (size, length) = (Number(6), Number(11));
        if (length is < 1 or > LongestName)
        {
            throw new BadCpioException(CpioFault.TooLarge, $"a name of the cpio archive has {length} bytes");
        }

        var name = Name((int)length);
        Pad();
        if (name == End)
        {
            _ended = true;
            return null;
        }

        _left = size;
        return new(name, -1, size, (int)(Number(1) & 0xffff));
    }

    /// <summary>Says how much content a member has that does not say it itself.</summary>
    public void Expect(long size) => _left = size;

    /// <summary>Reads content of the current member; 0 at its end.</summary>
    public int Read(Span<byte> buffer)
    {
        var read = _left == 0 ? 0 : stream.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0 && _left > 0 && !buffer.IsEmpty)
        {
            throw CutOff();
        }

        _left -= read;
        _at += read;
        return read;
    }

    private void Fill(Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw CutOff();
        }

        _at += bytes.Length;
    }

    private void Pad()
    {
        Span<byte> padding = stackalloc byte[(int)(-_at & 3)];
        Fill(padding);
    }

    private void Skip(long count)
    {
        Span<byte> buffer = stackalloc byte[4096];
        _left = count;
        while (_left > 0)
        {
            Read(buffer);
        }
    }

    private long Number(int field) =>
        long.TryParse(_fields.AsSpan(field * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new BadCpioException(CpioFault.Damaged, "a number of the cpio archive is damaged");

    private string Name(int length)
    {
        var bytes = new byte[length];
        Fill(bytes);
        try
        {
            var end = bytes.IndexOf((byte)0);
            return end == length - 1 || (PaddedNames && end >= 0 && !bytes.AsSpan(end).ContainsAnyExcept((byte)0))
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(0, end))
                : throw new BadCpioException(CpioFault.Damaged, "a name of the cpio archive has no end");
        }
        catch (DecoderFallbackException)
        {
            throw new BadCpioException(CpioFault.BadName, "a name in it is not UTF-8");
        }
    }

    private static BadCpioException CutOff() => new(CpioFault.Damaged, "the cpio archive is cut off");
}
