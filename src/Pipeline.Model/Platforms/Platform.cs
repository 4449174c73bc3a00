using Pipeline.Model.Values;

namespace Pipeline.Model.Platforms;

/// <summary>
/// The service that an image is uploaded to, named after the member of meta.json that records the upload. In the order release metadata
/// adds them.
/// </summary>
public enum UploadTarget
{
    /// <summary><c>aliyun</c>: images per region.</summary>
    Aliyun,

    /// <summary><c>amis</c>: images per region.</summary>
    Aws,

    /// <summary><c>ibmcloud</c>: objects per region.</summary>
    Ibmcloud,

    /// <summary><c>powervs</c>: objects per region.</summary>
    Powervs,

    /// <summary><c>gcp</c>: one image in a project.</summary>
    Gcp,

    /// <summary><c>kubevirt</c>: a container disk in a registry.</summary>
    Kubevirt,

    /// <summary><c>azure</c>: one disk by URL.</summary>
    Azure,
}

/// <summary>The member of release metadata that holds an artifact.</summary>
public enum ReleaseMember
{
    /// <summary><c>disk</c> of a format: a disk image or an ISO.</summary>
    Disk,

    /// <summary><c>kernel</c> of a format.</summary>
    Kernel,

    /// <summary><c>initramfs</c> of a format.</summary>
    Initramfs,

    /// <summary><c>rootfs</c> of a format.</summary>
    Rootfs,

    /// <summary><c>ignition-gpg-key</c> of the platform.</summary>
    IgnitionGpgKey,
}

/// <summary>Console arguments of the kernel on one architecture.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Arguments">In order; the kernel makes the last one <c>/dev/console</c>.</param>
public sealed record ConsoleArguments(Architecture Architecture, ValueList<string> Arguments);

/// <summary>One artifact of a platform.</summary>
public sealed record PlatformArtifact
{
    /// <summary>Its key in <c>images</c> of meta.json and its part of the file name; unique in the table.</summary>
    public required string Name { get; init; }

    /// <summary>The member of release metadata that it becomes.</summary>
    public ReleaseMember Member { get; init; }

    /// <summary>The format it is listed under, or <c>null</c> for what follows the architecture in its file name.</summary>
    public string? Format { get; init; }

    /// <summary>Stands before a format that comes from the file name: <c>4k.</c> for disks with sectors of 4096 bytes.</summary>
    public string FormatPrefix { get; init; } = "";

    /// <summary>How the disk image is made; <c>null</c> for other artifacts and for disks known only from metadata.</summary>
    public DiskImage? Disk { get; init; }
}

/// <summary>Where an image runs and how the OS recognises it: one row of the <see cref="PlatformTable"/>.</summary>
public sealed record Platform
{
    private readonly string? _ignitionId;

    /// <summary>Its name in options, kola tests and release metadata.</summary>
    public required string Name { get; init; }

    /// <summary><c>ignition.platform.id</c>; the name unless said otherwise.</summary>
    public string IgnitionId
    {
        get => _ignitionId ?? Name;
        init => _ignitionId = value;
    }

    /// <summary>Console arguments; an architecture that is missing leaves the choice to the kernel.</summary>
    public ValueList<ConsoleArguments> Consoles { get; init; } = [];

    /// <summary>Kernel arguments of every image of it, after all others; not in the table, but in files beside a manifest.</summary>
    public ValueList<string> ExtraArguments { get; init; } = [];

    /// <summary>Its artifacts, in the order release metadata lists them.</summary>
    public required ValueList<PlatformArtifact> Artifacts { get; init; }

    /// <summary>Where its image is uploaded; <c>null</c> for platforms whose users download it.</summary>
    public UploadTarget? Upload { get; init; }

    /// <summary>Console arguments on <paramref name="architecture"/>, in order; empty leaves the choice to the kernel.</summary>
    public ValueList<string> ConsolesOn(Architecture architecture) =>
        Consoles.FirstOrDefault(c => c.Architecture == architecture)?.Arguments ?? [];

    /// <summary>Kernel arguments that differ between platforms: consoles, then the platform for Ignition, then further ones.</summary>
    public ValueList<string> KernelArgumentsOn(Architecture architecture) =>
        [.. ConsolesOn(architecture), $"ignition.platform.id={IgnitionId}", .. ExtraArguments];
}
