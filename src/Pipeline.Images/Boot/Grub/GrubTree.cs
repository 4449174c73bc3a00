using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Tools;
using Pipeline.Images.Commits;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot.Grub;

/// <summary>What GRUB takes from the tree on every architecture: its configuration and, on some, its modules.</summary>
internal static class GrubTree
{
    /// <summary>The program that makes cores.</summary>
    public static readonly StepTools Program = new([new("grub-mkimage", "grub-common")], []);

    private const string Folder = "usr/lib/pipeline/grub";
    private const int VariablesSize = 1024;
    private const int MostBytes = 1 << 20;

    /// <summary>Puts the menu's unchanging half and the boot variables into the boot file system.</summary>
    /// <exception cref="PipelineException">PL3020 the tree has no proper ones.</exception>
    public static Task AddFilesAsync(Sysroot sysroot, CancellationToken cancellationToken)
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

    /// <summary>The configuration that is part of a core, as a file.</summary>
    public static async Task<string> EarlyConfigAsync(Sysroot sysroot, string scratch, CancellationToken cancellationToken)
    {
        var early = Path.Combine(scratch, "early.cfg");
        using var tree = TreeHandle.Open(sysroot.DeploymentDirectory);
        await File.WriteAllBytesAsync(early, Read(tree, "early.cfg"), cancellationToken);
        return early;
    }

    /// <summary>
    /// Copies the tree's modules of a target, so that grub-mkimage follows no link of the tree; the directory they are in.
    /// </summary>
    /// <exception cref="PipelineException">PL3020 the tree has none.</exception>
    public static string Modules(Sysroot sysroot, string target, string package, string scratch)
    {
        TreePath folder = $"usr/lib/grub/{target}";
        using var tree = TreeHandle.Open(sysroot.DeploymentDirectory);
        if (!tree.Is(UnixKind.File, folder / "moddep.lst"))
        {
            throw new PipelineException(ImageDiagnostics.NotBootable($"/{folder}/moddep.lst is missing: the package '{package}'"));
        }

        var directory = Path.Combine(scratch, $"grub-{target}");
        using var copies = TreeHandle.OpenOrMake(directory);
        foreach (var file in tree.Entries(folder).Where(e => e.Kind == UnixKind.File))
        {
            using var from = tree.OpenFile(folder / file.Name);
            using var to = copies.CreateFile(file.Name, TreeLinks.Refused);
            FileRanges.CopyAll(from, to);
        }

        return directory;
    }

    /// <summary>The half of the menu that is made anew for every deployment.</summary>
    public static ValueList<MenuFile> Menu(IReadOnlyList<BootEntry> entries) => [new("grub.cfg", GrubMenu.Render(entries))];

    /// <summary>A file of the loader's configuration that the tree ships, links followed inside the tree.</summary>
    private static byte[] Read(TreeHandle tree, string name) =>
        tree.ReadWhereItLeads($"{Folder}/{name}", MostBytes)
        ?? throw new PipelineException(ImageDiagnostics.NotBootable($"/{Folder}/{name} is missing"));
}
