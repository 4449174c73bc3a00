using Pipeline.Host.Files.Trees;
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
    public StepTools Tools { get; } = new([new("mformat", "mtools"), new("grub-mkimage", "grub-common")], []);

    /// <inheritdoc/>
    public ValueList<LoaderFiles> Files =>
        [
            new("grub i386-pc", GrubCore.BiosModules, "moddep.lst", "grub-pc-bin"),
            new("grub x86_64-efi", GrubCore.EfiModules, "moddep.lst", "grub-efi-amd64-bin"),
        ];

    /// <inheritdoc/>
    public Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var tree = TreeHandle.Open(sysroot.DeploymentDirectory);
        using var boot = TreeHandle.Open(sysroot.Boot);
        boot.ReplaceFile("grub/static.cfg", Read(tree, "static.cfg"), FileModes.Plain);
        var variables = Read(tree, "grubenv");
        if (variables.Length != VariablesSize)
        {
            throw new PipelineException(
                ImageDiagnostics.NotBootable($"/{Folder}/grubenv has {variables.Length} bytes, not {VariablesSize}")
            );
        }

        boot.ReplaceFile("grub/grubenv", variables, FileModes.Plain);
        boot.ReplaceLink("grub/grub.cfg", "../loader/grub.cfg");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task InstallAsync(Sysroot sysroot, string disk, DiskLayout layout, string scratch, CancellationToken cancellationToken)
    {
        var early = Path.Combine(scratch, "early.cfg");
        using (var tree = TreeHandle.Open(sysroot.DeploymentDirectory))
        {
            await File.WriteAllBytesAsync(early, Read(tree, "early.cfg"), cancellationToken);
        }

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

    /// <summary>A file of the loader's configuration that the tree ships, links followed inside the tree.</summary>
    private static byte[] Read(TreeHandle tree, string name) =>
        tree.ReadWhereItLeads($"{Folder}/{name}", MostBytes)
        ?? throw new PipelineException(ImageDiagnostics.NotBootable($"/{Folder}/{name} is missing"));
}
