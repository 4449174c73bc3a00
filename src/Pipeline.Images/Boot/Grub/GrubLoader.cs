using Pipeline.Host.Tools;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Filesystems;
using Pipeline.Images.Layouts;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot.Grub;

/// <summary>GRUB for x86: a core in the BIOS boot partition, an executable in the EFI system partition, one menu for both.</summary>
internal sealed class GrubLoader(IToolRunner tools) : IBootLoader
{
    private const string EfiName = "BOOTX64.EFI";

    /// <inheritdoc/>
    public Architecture Architecture => Architecture.X86_64;

    /// <inheritdoc/>
    public string OstreeName => "grub2";

    /// <inheritdoc/>
    public StepTools Tools { get; } = GrubTree.Program.With(EfiFileSystem.Programs);

    /// <inheritdoc/>
    public ValueList<LoaderFiles> Files =>
        [
            new("grub i386-pc", GrubCore.BiosModules, "moddep.lst", "grub-pc-bin"),
            new("grub x86_64-efi", GrubCore.EfiModules, "moddep.lst", "grub-efi-amd64-bin"),
        ];

    /// <inheritdoc/>
    public Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken) => GrubTree.AddFilesAsync(sysroot, cancellationToken);

    /// <summary>Firmware for BIOS reads sectors of 512 bytes only; disks with larger ones start by UEFI.</summary>
    public async Task InstallAsync(Sysroot sysroot, string disk, DiskLayout layout, string scratch, CancellationToken cancellationToken)
    {
        var early = await GrubTree.EarlyConfigAsync(sysroot, scratch, cancellationToken);
        var grub = new GrubCore(tools);
        var efi = Path.Combine(scratch, EfiName);
        await grub.MakeEfiAsync(early, efi, cancellationToken);
        await new EfiFileSystem(tools).MakeAsync(
            disk,
            layout[PartitionRole.Efi],
            layout.SectorSize,
            efi,
            EfiName,
            sysroot.Epoch,
            cancellationToken
        );
        if (layout.SectorSize == 512)
        {
            await InstallBiosAsync(grub, early, disk, layout[PartitionRole.BiosBoot], scratch, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueList<MenuFile> Menu(IReadOnlyList<BootEntry> entries) => GrubTree.Menu(entries);

    private static async Task InstallBiosAsync(
        GrubCore grub,
        string early,
        string disk,
        Partition partition,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var core = Path.Combine(scratch, "core.img");
        await grub.MakeBiosAsync(early, core, cancellationToken);
        var bootImage = await File.ReadAllBytesAsync(Path.Combine(GrubCore.BiosModules, "boot.img"), cancellationToken);
        var coreImage = await File.ReadAllBytesAsync(core, cancellationToken);
        var (code, placed) = GrubCore.Place(bootImage, coreImage, partition);
        SparseFile.Write(disk, 0, code);
        SparseFile.Write(disk, partition.Start.Bytes, placed);
    }
}
