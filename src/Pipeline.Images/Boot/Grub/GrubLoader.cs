using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Filesystems;
using Pipeline.Images.Layouts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot.Grub;

/// <summary>GRUB for x86: a core in the BIOS boot partition, an executable in the EFI system partition, one menu for both.</summary>
internal sealed class GrubLoader(IToolRunner tools) : IBootLoader
{
    private const string Folder = "usr/lib/pipeline/grub";
    private const string EfiName = "BOOTX64.EFI";
    private const int VariablesSize = 1024;
    private const int MostBytes = 1 << 20;

    /// <inheritdoc/>
    public Architecture Architecture => Architecture.X86_64;

    /// <inheritdoc/>
    public string OstreeName => "grub2";

    /// <inheritdoc/>
    public ValueList<(string Program, string Package)> Programs => [("mformat", "mtools"), ("grub-mkimage", "grub-common")];

    /// <inheritdoc/>
    public ValueList<LoaderFiles> Files =>
        [
            new("grub i386-pc", GrubCore.BiosModules, "moddep.lst", "grub-pc-bin"),
            new("grub x86_64-efi", GrubCore.EfiModules, "moddep.lst", "grub-efi-amd64-bin"),
        ];

    /// <inheritdoc/>
    public async Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken)
    {
        var tree = new LocalFiles(sysroot.DeploymentDirectory);
        var grub = Path.Combine(sysroot.Boot, "grub");
        Directory.CreateDirectory(grub);
        await File.WriteAllBytesAsync(Path.Combine(grub, "static.cfg"), tree.Read($"{Folder}/static.cfg", MostBytes), cancellationToken);
        var variables = tree.Read($"{Folder}/grubenv", MostBytes);
        if (variables.Length != VariablesSize)
        {
            throw new PipelineException(
                ImageDiagnostics.NotBootable($"/{Folder}/grubenv has {variables.Length} bytes, not {VariablesSize}")
            );
        }

        await File.WriteAllBytesAsync(Path.Combine(grub, "grubenv"), variables, cancellationToken);
        File.CreateSymbolicLink(Path.Combine(grub, "grub.cfg"), "../loader/grub.cfg");
    }

    /// <inheritdoc/>
    public async Task InstallAsync(Sysroot sysroot, string disk, DiskLayout layout, string scratch, CancellationToken cancellationToken)
    {
        var early = Path.Combine(scratch, "early.cfg");
        await File.WriteAllBytesAsync(
            early,
            new LocalFiles(sysroot.DeploymentDirectory).Read($"{Folder}/early.cfg", 1 << 16),
            cancellationToken
        );
        var grub = new GrubCore(tools);
        var efi = Path.Combine(scratch, EfiName);
        var core = Path.Combine(scratch, "core.img");
        await grub.MakeEfiAsync(early, efi, cancellationToken);
        await grub.MakeBiosAsync(early, core, cancellationToken);

        var bios = layout[PartitionRole.BiosBoot];
        var bootImage = await File.ReadAllBytesAsync(Path.Combine(GrubCore.BiosModules, "boot.img"), cancellationToken);
        var coreImage = await File.ReadAllBytesAsync(core, cancellationToken);
        var (code, placed) = GrubCore.Place(bootImage, coreImage, bios);
        SparseFile.Write(disk, 0, code);
        SparseFile.Write(disk, bios.Start.Bytes, placed);
        await new EfiFileSystem(tools).MakeAsync(disk, layout[PartitionRole.Efi], efi, EfiName, sysroot.Epoch, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueList<MenuFile> Menu(IReadOnlyList<BootEntry> entries) => [new("grub.cfg", GrubMenu.Render(entries))];
}
