using Pipeline.Host.Tools;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Layouts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot.Grub;

/// <summary>GRUB for Open Firmware on ppc64le: an ELF executable that fills the PReP partition, made of the tree's own modules.</summary>
internal sealed class GrubPowerLoader(IToolRunner tools) : IBootLoader
{
    /// <inheritdoc/>
    public Architecture Architecture => Architecture.Ppc64le;

    /// <inheritdoc/>
    public string OstreeName => "grub2";

    /// <inheritdoc/>
    public StepTools Tools => GrubTree.Program;

    /// <inheritdoc/>
    public ValueList<LoaderFiles> Files => [];

    /// <inheritdoc/>
    public Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken) => GrubTree.AddFilesAsync(sysroot, cancellationToken);

    /// <inheritdoc/>
    public async Task InstallAsync(Sysroot sysroot, string disk, DiskLayout layout, string scratch, CancellationToken cancellationToken)
    {
        var early = await GrubTree.EarlyConfigAsync(sysroot, scratch, cancellationToken);
        var modules = GrubTree.Modules(sysroot, "powerpc-ieee1275", "grub-ieee1275-bin", Path.Combine(scratch, $"{layout.SectorSize}"));
        var core = Path.Combine(scratch, "core.elf");
        await new GrubCore(tools).MakePowerAsync(modules, early, core, cancellationToken);
        var partition = layout[PartitionRole.Prep];
        var image = await File.ReadAllBytesAsync(core, cancellationToken);
        if (image.Length > partition.Size.Bytes)
        {
            throw new PipelineException(ImageDiagnostics.CoreTooLarge(image.Length, partition.Size.Bytes));
        }

        SparseFile.Write(disk, partition.Start.Bytes, image);
    }

    /// <inheritdoc/>
    public ValueList<MenuFile> Menu(IReadOnlyList<BootEntry> entries) => GrubTree.Menu(entries);
}
