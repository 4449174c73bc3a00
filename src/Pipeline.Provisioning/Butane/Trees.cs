using Pipeline.Model;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Butane;

/// <summary><c>storage.trees</c>: local directories become files and links; the user's entries for a path keep what they set.</summary>
internal sealed class Trees(Embedder embedder, DiagnosticBag problems)
{
    private const int AnyExecute = 0x49;
    private const long FileMode = FileModes.Plain;
    private const long ProgramMode = FileModes.Executable;

    /// <summary>Adds all trees to the config, in their order, entries in ordinal order of their names.</summary>
    public void Add(SpecObject butane, SpecObject config)
    {
        var trees = butane.Object("storage")?.Objects("trees").ToArray() ?? [];
        if (trees.Length == 0)
        {
            return;
        }

        var nodes = new NodeTracker(config);
        foreach (var tree in trees)
        {
            var at = tree.Origin;
            if (!embedder.HasLocalFiles(at))
            {
                return;
            }

            var local = tree.TextOrEmpty("local");
            if (embedder.List(local, RuleContext.At(tree, "local")) is not { } entries)
            {
                continue;
            }

            var target = tree.HasText("path") ? tree.TextOrEmpty("path") : "/";
            AddDirectory(tree, target, nodes);
            foreach (var entry in entries)
            {
                AddEntry(tree, entry, GoPath.Join(local, entry.Path), GoPath.Join(target, entry.Path), nodes);
            }
        }
    }

    private void AddEntry(SpecObject tree, LocalFile entry, string source, string path, NodeTracker nodes)
    {
        switch (entry.Kind)
        {
            case LocalFileKind.File:
                AddFile(tree, entry, source, path, nodes);
                break;
            case LocalFileKind.Symlink:
                AddLink(tree, entry.Target ?? "", path, nodes);
                break;
            case LocalFileKind.Directory:
                AddDirectory(tree, path, nodes);
                break;
            default:
                problems.Add(ButaneTexts.TreeFileType(tree.Origin, source));
                break;
        }
    }

    private void AddFile(SpecObject tree, LocalFile entry, string source, string path, NodeTracker nodes)
    {
        var at = tree.Origin;
        var file = nodes.Find("files", path, out var taken);
        if (taken || file?.Object("contents")?.HasText("source") == true)
        {
            problems.Add(ButaneTexts.NodeExists(at, path));
            return;
        }

        if (embedder.Read(source, at) is not { } bytes)
        {
            return;
        }

        file ??= nodes.Add("files", path, at, tree);
        embedder.Embed(bytes, file.Need("contents", at), at);
        if (file["mode"] is null)
        {
            file.With("mode", tree.Number("fileMode") ?? ((entry.Mode & AnyExecute) != 0 ? ProgramMode : FileMode), at);
        }
    }

    private void AddLink(SpecObject tree, string target, string path, NodeTracker nodes)
    {
        var at = tree.Origin;
        var link = nodes.Find("links", path, out var taken);
        if (taken || link?.HasText("target") == true)
        {
            problems.Add(ButaneTexts.NodeExists(at, path));
            return;
        }

        (link ?? nodes.Add("links", path, at, tree)).With("target", target, at);
    }

    /// <summary>Directories are left to Ignition, which makes them as needed, unless the tree sets their owner or mode.</summary>
    private void AddDirectory(SpecObject tree, string path, NodeTracker nodes)
    {
        if (tree["dirMode"] is null && tree.Object("user") is not { IsEmpty: false } && tree.Object("group") is not { IsEmpty: false })
        {
            return;
        }

        var found = nodes.Find("directories", path, out var taken);
        if (taken || found is not null)
        {
            problems.Add(ButaneTexts.NodeExists(tree.Origin, path));
            return;
        }

        nodes.Add("directories", path, tree.Origin, tree).With("mode", tree.Number("dirMode") ?? ProgramMode, tree.Origin);
    }
}
