using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Raw;

/// <summary>The disk as it is, with its holes.</summary>
internal sealed class RawWriter : IDiskWriter
{
    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.Raw;

    /// <inheritdoc/>
    public StepTools Tools => StepTools.None;

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken) =>
        Write(disk, target, cancellationToken);

    /// <summary>Writes a disk, or any other file with its holes.</summary>
    public static void Write(DiskView disk, ImageStream target, CancellationToken cancellationToken)
    {
        target.Announce(disk.Length);
        Copy(disk, target, cancellationToken);
    }

    /// <summary>Writes every byte of a disk.</summary>
    public static void Copy(DiskView disk, ImageStream target, CancellationToken cancellationToken)
    {
        var at = 0L;
        foreach (var extent in disk.Stored())
        {
            target.WriteZeros(extent.Start - at);
            target.Copy(extent.File, extent.Start, extent.End, cancellationToken);
            at = extent.End;
        }

        cancellationToken.ThrowIfCancellationRequested();
        target.WriteZeros(disk.Length - at);
    }
}
