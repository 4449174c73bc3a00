using Pipeline.Model.Values;

namespace Pipeline.Model.Platforms;

/// <summary>What files beside a manifest say of images: <c>image.yaml</c> and <c>platforms.yaml</c> of fedora-coreos-config.</summary>
public sealed record ImageSettings
{
    /// <summary><c>size</c> of image.yaml: of disks of platforms without a size of their own; <c>null</c> leaves the usual one.</summary>
    public ByteSize? DiskSize { get; init; }

    /// <summary><c>extra-kargs</c> of image.yaml: kernel arguments of every image, after the platform's.</summary>
    public ValueList<string> ExtraKernelArguments { get; init; } = [];

    /// <summary>
    /// Architectures that platforms.yaml has: a platform that is not in <see cref="Consoles"/> there leaves the console to the kernel.
    /// </summary>
    public ValueList<Architecture> ConsoleArchitectures { get; init; } = [];

    /// <summary><c>kernel_arguments</c> of platforms.yaml.</summary>
    public ValueList<PlatformConsole> Consoles { get; init; } = [];
}

/// <summary>Kernel arguments of a platform on one architecture.</summary>
/// <param name="Platform">Its name.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Arguments">In order.</param>
public sealed record PlatformConsole(string Platform, Architecture Architecture, ValueList<string> Arguments);
