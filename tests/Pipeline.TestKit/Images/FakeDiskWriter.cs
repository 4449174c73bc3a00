using Pipeline.Host.Tools;
using Pipeline.Images.Formats;
using Pipeline.Model.Platforms;

namespace Pipeline.TestKit.Images;

/// <summary>Writes a disk as one line that names the format, then the disk; counts its calls.</summary>
internal sealed class FakeDiskWriter(DiskFormat format) : IDiskWriter
{
    private static readonly byte[] Header = "fake disk\n"u8.ToArray();

    /// <inheritdoc/>
    public DiskFormat Format => format;

    /// <inheritdoc/>
    public StepTools Tools => StepTools.None;

    /// <summary>How many disks it wrote.</summary>
    public int Calls { get; private set; }

    /// <inheritdoc/>
    public async Task WriteAsync(string raw, string target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Calls++;
        await using var source = File.OpenRead(raw);
        await using var file = new FileStream(target, FileMode.CreateNew);
        await file.WriteAsync(Header, cancellationToken);
        await source.CopyToAsync(file, cancellationToken);
    }

    /// <summary>Gives back the raw disk.</summary>
    public static async Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken)
    {
        await using var source = File.OpenRead(file);
        source.Position = Header.Length;
        await using var target = new FileStream(raw, FileMode.CreateNew);
        await source.CopyToAsync(target, cancellationToken);
    }
}
