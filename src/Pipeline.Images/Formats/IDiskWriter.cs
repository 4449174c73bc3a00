using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Formats;

/// <summary>What some formats tell about the disk in them.</summary>
/// <param name="Product">The OS, as the build is named.</param>
/// <param name="Version">The build's id.</param>
/// <param name="Artifact">The artifact's name.</param>
/// <param name="Architecture">The architecture it starts on.</param>
/// <param name="Epoch">Every time in the file, seconds since 1970: the commit's.</param>
internal sealed record DiskFacts(string Product, string Version, string Artifact, Architecture Architecture, long Epoch)
{
    /// <summary>An id that is the same whenever this image is made.</summary>
    /// <param name="what">What it names.</param>
    public Guid Id(string what)
    {
        Span<byte> bytes = stackalloc byte[16];
        Convert.FromHexString(Digest.Of($"{Product} {Version} {Artifact} {Architecture} {what}").Hex.AsSpan(0, 32)).CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80); // version 8: made by a rule of one's own
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new(bytes, bigEndian: true);
    }
}

/// <summary>
/// Writes disks in one format, from the file's first byte to its last. Equal disks make equal files on every host, whatever its number of
/// processors and wherever the holes of the disk are.
/// </summary>
internal interface IDiskWriter
{
    /// <summary>The format it writes.</summary>
    DiskFormat Format { get; }

    /// <summary>Programs and libraries of the host that decide bytes.</summary>
    StepTools Tools { get; }

    /// <summary>Writes a disk. Blocks the thread; memory does not depend on the disk's size.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="facts">What the format tells about it.</param>
    /// <param name="target">Takes the file.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken);
}
