using Pipeline.Host.Tools;
using Pipeline.Images.Commits;
using Pipeline.Images.Layouts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot;

/// <summary>A file that the boot loader reads beside the folder of boot entries.</summary>
/// <param name="Name">File name.</param>
/// <param name="Text">Content.</param>
internal sealed record MenuFile(string Name, string Text);

/// <summary>
/// Makes the disks of one architecture start. Implementations keep no state; what they write depends on their arguments and the host's
/// files.
/// </summary>
internal interface IBootLoader
{
    /// <summary>The architecture whose machines it starts.</summary>
    Architecture Architecture { get; }

    /// <summary>The name in <c>sysroot.bootloader</c> of the repository's configuration: what ostree writes at the next update.</summary>
    string OstreeName { get; }

    /// <summary>Programs and libraries of the host that decide bytes.</summary>
    StepTools Tools { get; }

    /// <summary>Files of the host that decide bytes.</summary>
    ValueList<LoaderFiles> Files { get; }

    /// <summary>Adds to the boot file system what every platform shares. Nothing outside of <see cref="Sysroot.Boot"/> changes.</summary>
    /// <exception cref="PipelineException">PL3020 the tree lacks the boot loader's configuration.</exception>
    Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken);

    /// <summary>
    /// Writes what lies outside of the boot and root file systems: boot code in the first 440 bytes, and the partitions of firmware and
    /// loader. The partition table, the boot and the root partition stay as they are.
    /// </summary>
    /// <param name="sysroot">The deployed commit.</param>
    /// <param name="disk">The raw disk; the loader's partitions read as zeros.</param>
    /// <param name="layout">Its partitions.</param>
    /// <param name="scratch">A directory for temporary files.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    /// <exception cref="PipelineException">PL3020, PL3021 the loader cannot be installed.</exception>
    Task InstallAsync(Sysroot sysroot, string disk, DiskLayout layout, string scratch, CancellationToken cancellationToken);

    /// <summary>The menu for entries that are ordinal by file name; empty when the loader reads the entries themselves.</summary>
    ValueList<MenuFile> Menu(IReadOnlyList<BootEntry> entries);
}
