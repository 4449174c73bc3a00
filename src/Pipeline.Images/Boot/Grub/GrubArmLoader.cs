using Pipeline.Host.Tools;
using Pipeline.Images.Commits;
using Pipeline.Images.Filesystems;
using Pipeline.Images.Layouts;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot.Grub;

/// <summary>GRUB for UEFI on arm64: an executable in the EFI system partition, made of the tree's own modules.</summary>
internal sealed class GrubArmLoader(IToolRunner tools) : IBootLoader
{
    private const string EfiName = "BOOTAA64.EFI";

    /// <inheritdoc/>
    public Architecture Architecture => Architecture.Aarch64;

    /// <inheritdoc/>
    public string OstreeName => "grub2";

    /// <inheritdoc/>
    public StepTools Tools { get; } = GrubTree.Program.With(EfiFileSystem.Programs);

    /// <inheritdoc/>
    public ValueList<LoaderFiles> Files => [];

    /// <inheritdoc/>
    public Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken) => GrubTree.AddFilesAsync(sysroot, cancellationToken);

    /// <inheritdoc/>
    public async Task InstallAsync(Sysroot sysroot, string disk, DiskLayout layout, string scratch, CancellationToken cancellationToken)
    {
        var early = await GrubTree.EarlyConfigAsync(sysroot, scratch, cancellationToken);
        var modules = GrubTree.Modules(sysroot, "arm64-efi", "grub-efi-arm64-bin", Path.Combine(scratch, $"{layout.SectorSize}"));
        var efi = Path.Combine(scratch, EfiName);
        await new GrubCore(tools).MakeArmAsync(modules, early, efi, cancellationToken);
        await new EfiFileSystem(tools).MakeAsync(
            disk,
            layout[PartitionRole.Efi],
            layout.SectorSize,
            efi,
            EfiName,
            sysroot.Epoch,
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public ValueList<MenuFile> Menu(IReadOnlyList<BootEntry> entries) => GrubTree.Menu(entries);
}
