using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Live.Iso;

/// <summary>
/// Reads ISO 9660 images (ECMA-119) with the names of Rock Ridge. The image is foreign: whatever it says is checked against its size, and
/// reading ends after a fixed number of directories and entries.
/// </summary>
internal sealed class IsoImage : IDisposable
{
    /// <summary>Bytes of a sector.</summary>
    public const int Sector = 2048;

    /// <summary>Where volume descriptors begin; what is in front belongs to boot loaders.</summary>
    public const int SystemArea = 16 * Sector;
    private const int MostDescriptors = 64;
    private const int RootRecord = 156;
    private readonly SafeFileHandle _handle;
    private IReadOnlyList<IsoEntry>? _entries;

    private IsoImage(SafeFileHandle handle, string file, long length, byte[] primary, long contents)
    {
        (_handle, File, Length, Primary, Contents) = (handle, file, length, primary, contents);
        VolumeId = Text(primary.AsSpan(40, 32));
    }

    /// <summary>The name of the image, for messages.</summary>
    public string File { get; }

    /// <summary>Bytes of the image.</summary>
    public long Length { get; }

    /// <summary>The volume's name.</summary>
    public string VolumeId { get; }

    /// <summary>Where the first byte behind the descriptors is.</summary>
    public long Contents { get; }

    /// <summary>Files and directories, each behind its directory, in the order of the image.</summary>
    /// <exception cref="PipelineException">PL3101, PL3122.</exception>
    public IReadOnlyList<IsoEntry> Entries => _entries ??= new IsoDirectoryReader(this).Walk(Primary.AsSpan(RootRecord, 34));

    private byte[] Primary { get; }

    /// <summary>Opens an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="display">As the user named it.</param>
    /// <exception cref="PipelineException">PL3100 it is something else.</exception>
    public static IsoImage Open(string path, string display)
    {
        var handle = RegularFile.Open(path);
        try
        {
            return Open(handle, display);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The entry at a path such as <c>images/ignition.img</c>, or <c>null</c>.</summary>
    public IsoEntry? Find(string path)
    {
        var cut = IsoEntry.Cut(path);
        return Entries.FirstOrDefault(e => e.IsAt(path, cut));
    }

    /// <summary>The file at a path, or <c>null</c> when there is none.</summary>
    /// <exception cref="PipelineException">PL3101 it is a directory.</exception>
    public IsoEntry? FindFile(string path) =>
        Find(path) is not { } entry ? null
        : entry.IsDirectory ? throw Damaged($"'/{path}' is a directory")
        : entry;

    /// <summary>The bytes of a file.</summary>
    /// <param name="entry">A file of this image.</param>
    /// <param name="limit">Most bytes.</param>
    /// <exception cref="PipelineException">PL3101 it is larger, or does not end inside the image.</exception>
    public byte[] Read(IsoEntry entry, int limit) =>
        entry.Length <= limit
            ? Read(entry.Offset, (int)entry.Length, $"'/{entry.Path}'")
            : throw Damaged($"'/{entry.Path}' has {entry.Length} bytes, more than the {limit} that are read");

    /// <summary>Bytes of the image.</summary>
    /// <exception cref="PipelineException">PL3101 they are not all inside the image.</exception>
    public byte[] Read(long offset, int length, string what)
    {
        if (offset < 0 || offset > Length - length)
        {
            throw Damaged($"{what} ends behind the end of the image");
        }

        var bytes = new byte[length];
        for (var at = 0; at < length; )
        {
            var read = RandomAccess.Read(_handle, bytes.AsSpan(at), offset + at);
            at += read > 0 ? read : throw Damaged($"{what} cannot be read, the file became shorter");
        }

        return bytes;
    }

    /// <summary>Writes a range of the image to a stream.</summary>
    /// <exception cref="PipelineException">PL3101 it is not all inside the image.</exception>
    public async Task CopyAsync(long offset, long length, string what, Stream target, CancellationToken cancellationToken)
    {
        const int chunk = 1 << 20;
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw Damaged($"{what} ends behind the end of the image");
        }

        for (var done = 0L; done < length; )
        {
            var part = Read(offset + done, (int)Math.Min(chunk, length - done), what);
            await target.WriteAsync(part, cancellationToken);
            done += part.Length;
        }
    }

    /// <summary>The image is damaged.</summary>
    public PipelineException Damaged(string what) => new(LiveDiagnostics.DamagedIso(File, what));

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static IsoImage Open(SafeFileHandle handle, string file)
    {
        var length = RandomAccess.GetLength(handle);
        byte[]? primary = null;
        for (var n = 0; n < MostDescriptors; n++)
        {
            var descriptor = new byte[Sector];
            var at = SystemArea + (n * Sector);
            if (RandomAccess.Read(handle, descriptor, at) < Sector || !descriptor.AsSpan(1, 5).SequenceEqual("CD001"u8))
            {
                throw new PipelineException(
                    LiveDiagnostics.NotIso(file, n == 0 ? "it has no volume descriptor" : "its descriptors have no end")
                );
            }

            const int isPrimary = 1;
            const int isEnd = 255;
            if (descriptor[0] == isPrimary)
            {
                primary ??= descriptor;
            }
            else if (descriptor[0] == isEnd)
            {
                return primary is null ? throw new PipelineException(LiveDiagnostics.NotIso(file, "it has no primary volume descriptor"))
                    : BinaryPrimitives.ReadUInt16LittleEndian(primary.AsSpan(128)) != Sector
                        ? throw new PipelineException(LiveDiagnostics.NotIso(file, "its blocks do not have 2048 bytes"))
                    : new(handle, file, length, primary, at + Sector);
            }
        }

        throw new PipelineException(LiveDiagnostics.NotIso(file, "it has too many volume descriptors"));
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes).TrimEnd(' ', '\0');
}
