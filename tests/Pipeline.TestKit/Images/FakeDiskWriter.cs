using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
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
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Calls++;
        target.Write(Header);
        var bytes = new byte[disk.Length];
        disk.Read(bytes, 0);
        target.Write(bytes);
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
