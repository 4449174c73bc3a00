using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>A file and its size.</summary>
/// <param name="Path">Without a leading slash.</param>
/// <param name="Size">In bytes.</param>
public sealed record LiveFile(string Path, long Size);

/// <summary>Bytes of an image that may be changed.</summary>
/// <param name="Source">What says where they are: a file below <c>/coreos</c>, or a header in front of the image.</param>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many.</param>
public sealed record LiveArea(string Source, long Offset, long Length);

/// <summary>What is in a live ISO.</summary>
public sealed record LiveReport
{
    /// <summary>The volume's name, by which the live system finds its medium.</summary>
    public required string VolumeId { get; init; }

    /// <summary>The size of the image.</summary>
    public required ByteSize Size { get; init; }

    /// <summary>Where an initramfs image of the user is.</summary>
    public required LiveArea Ignition { get; init; }

    /// <summary>What is embedded there.</summary>
    public required ValueList<LiveFile> Embedded { get; init; }

    /// <summary>Where kernel arguments are; empty when they cannot be changed.</summary>
    public required ValueList<LiveArea> KernelArgumentPlaces { get; init; }

    /// <summary>The kernel arguments, or <c>null</c>.</summary>
    public required string? KernelArguments { get; init; }

    /// <summary>Those it was released with, or <c>null</c>.</summary>
    public required string? DefaultKernelArguments { get; init; }

    /// <summary>Whether anything was changed since it was released.</summary>
    public required bool IsCustomized { get; init; }

    /// <summary>Whether the installer reads embedded configs.</summary>
    public required bool HasInstallerConfig { get; init; }

    /// <summary>Keys that those may have; empty when they are not listed.</summary>
    public required ValueList<string> InstallerDirectives { get; init; }

    /// <summary>Whether network settings can be embedded.</summary>
    public required bool HasNetwork { get; init; }

    /// <summary>Whether a minimal ISO can be made of it.</summary>
    public required bool HasMinimal { get; init; }

    /// <summary>Its files.</summary>
    public required ValueList<LiveFile> Files { get; init; }
}
