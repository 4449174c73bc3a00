using Pipeline.Model.Values;

namespace Pipeline.Model.Platforms;

/// <summary>How the bytes of a disk are laid out in its file.</summary>
public enum DiskFormat
{
    /// <summary>The disk as it is, sparse.</summary>
    Raw,

    /// <summary>QEMU's format, version 3 (compat 1.1).</summary>
    Qcow2,

    /// <summary>As <see cref="Qcow2"/> with zlib-compressed clusters.</summary>
    CompressedQcow2,

    /// <summary>Stream-optimised VMDK.</summary>
    Vmdk,

    /// <summary>Fixed-size VHD.</summary>
    Vhd,

    /// <summary>Dynamic VHDX.</summary>
    Vhdx,

    /// <summary>A tar with <c>disk.raw</c>, gzip-compressed.</summary>
    GcpTar,

    /// <summary>An OVA with an OVF description of a VMware machine.</summary>
    Ova,

    /// <summary>An OVA with an OVF description of a VirtualBox machine.</summary>
    VirtualBoxOva,

    /// <summary>An OVA of Power Virtual Server with the raw disk, gzip-compressed.</summary>
    PowerOva,

    /// <summary>A qcow2 in a one-layer OCI archive.</summary>
    OciArchive,
}

/// <summary>How a finished artifact is compressed.</summary>
public enum Compression
{
    /// <summary>Not at all: the format is compressed already.</summary>
    None,

    /// <summary>xz, suffix <c>.xz</c>.</summary>
    Xz,

    /// <summary>gzip, suffix <c>.gz</c>.</summary>
    Gzip,

    /// <summary>Zstandard, suffix <c>.zst</c>.</summary>
    Zstd,

    /// <summary>A zip with one member, suffix <c>.zip</c>.</summary>
    Zip,
}

/// <summary>What compression does to file names.</summary>
public static class CompressionSuffix
{
    /// <summary>The suffix with its dot; empty for <see cref="Compression.None"/>.</summary>
    public static string Of(Compression compression) =>
        compression switch
        {
            Compression.Xz => ".xz",
            Compression.Gzip => ".gz",
            Compression.Zstd => ".zst",
            Compression.Zip => ".zip",
            _ => "",
        };
}

/// <summary>How the disk image of a platform is made.</summary>
public sealed record DiskImage
{
    /// <summary>Architectures it exists for, in the order of <see cref="Architecture.All"/>.</summary>
    public required ValueList<Architecture> Architectures { get; init; }

    /// <summary>Format of the file.</summary>
    public required DiskFormat Format { get; init; }

    /// <summary>File name suffix without the dot and without a compressor's.</summary>
    public required string Suffix { get; init; }

    /// <summary>How it is compressed for publication.</summary>
    public required Compression Compression { get; init; }

    /// <summary>Size of a logical sector in bytes, 512 or 4096.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>
    /// Least size of the disk as the machine sees it, or <c>null</c> for what the content and its reserve need. The root grows on first
    /// boot.
    /// </summary>
    public ByteSize? DiskSize { get; init; }
}
