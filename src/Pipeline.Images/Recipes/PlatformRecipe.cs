using Pipeline.Model.Values;

namespace Pipeline.Images.Recipes;

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

    /// <summary>An OVA with an OVF description.</summary>
    Ova,

    /// <summary>A qcow2 in a one-layer OCI archive.</summary>
    OciArchive,
}

/// <summary>What <c>--compress</c> does to a platform's image.</summary>
public enum Compression
{
    /// <summary>Nothing: the format is compressed already.</summary>
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

/// <summary>All that tells one platform's image from another's on one architecture.</summary>
public sealed record PlatformRecipe
{
    /// <summary>The platform, as in artifact names and <c>images.*</c> of meta.json.</summary>
    public required string Platform { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary><c>ignition.platform.id</c>; <c>metal4k</c> says <c>metal</c>.</summary>
    public required string IgnitionId { get; init; }

    /// <summary>Format of the file.</summary>
    public required DiskFormat Format { get; init; }

    /// <summary>File name suffix without the dot and without a compressor's.</summary>
    public required string Suffix { get; init; }

    /// <summary>What <c>--compress</c> uses.</summary>
    public required Compression Compression { get; init; }

    /// <summary>Size of a logical sector in bytes, 512 or 4096.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Least size of the disk as the machine sees it, or <c>null</c> for what the content and its reserve need. The root grows on first boot.</summary>
    public ByteSize? DiskSize { get; init; }

    /// <summary>Console arguments of the kernel, in order; empty leaves the choice to the kernel.</summary>
    public ValueList<string> Consoles { get; init; } = [];

    /// <summary>The stamp: consoles, then the platform's name for Ignition.</summary>
    public ValueList<string> KernelArguments => [.. Consoles, $"ignition.platform.id={IgnitionId}"];

    /// <summary>The suffix <see cref="Compression"/> adds, with its dot; empty for none.</summary>
    public string CompressedSuffix =>
        Compression switch
        {
            Compression.Xz => ".xz",
            Compression.Gzip => ".gz",
            Compression.Zstd => ".zst",
            Compression.Zip => ".zip",
            _ => "",
        };

    /// <summary>Why this toolchain cannot make the image, or <c>null</c> when it can.</summary>
    public string? Obstacle =>
        Architecture != Architecture.X86_64 ? $"no boot loader step for {Architecture} yet"
        : Format is not (DiskFormat.Raw or DiskFormat.Qcow2 or DiskFormat.CompressedQcow2) ? $"no writer for the format '{Suffix}' yet"
        : SectorSize != 512 ? $"no file systems for sectors of {SectorSize} bytes yet"
        : null;

    /// <summary>One line: everything that decides bytes, in a fixed order. Part of the input digest and of the golden table.</summary>
    public override string ToString() =>
        string.Join(
            ' ',
            Platform,
            Architecture.Name,
            $"id={IgnitionId}",
            $"format={Format.ToString().ToLowerInvariant()}",
            $"suffix={Suffix}",
            $"compress={Compression.ToString().ToLowerInvariant()}",
            $"sector={SectorSize}",
            $"disk={(DiskSize is { } size ? size.ToString() : "content")}",
            $"kargs='{string.Join(' ', KernelArguments)}'"
        );
}
