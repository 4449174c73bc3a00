using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>A finished stage of a tree on disk: directories laid over one another, topmost first. Only read from now on.</summary>
/// <param name="Directories">One directory (a whole tree) or a delta over others.</param>
internal sealed record TreeStage(ValueList<string> Directories);

/// <summary>
/// A writable tree on top of a stage: an overlay, or a full copy where the kernel or the file system has no overlay. Changes never reach
/// the stage.
/// </summary>
internal sealed class TreeView : IDisposable
{
    private readonly OverlayMount? _mount;

    private TreeView(string path, TreeStage result, OverlayMount? mount, string scratch) =>
        (Tree, Result, _mount, Scratch) = (TreeHandle.Open(path), result, mount, scratch);

    /// <summary>The tree, writable; closed with the view.</summary>
    public TreeHandle Tree { get; }

    /// <summary>What the changed tree is once the view is disposed.</summary>
    public TreeStage Result { get; }

    /// <summary>Where changes of the tree lie on disk: a directory of this machine.</summary>
    public string Changes => $"{Scratch}/upper";

    /// <summary>Whether everything had to be copied.</summary>
    public bool IsCopy => _mount is null;

    private string Scratch { get; }

    /// <summary>Opens a view.</summary>
    /// <param name="below">The stage it starts from.</param>
    /// <param name="directory">An empty directory of the view's own: <c>upper</c> in it receives the changes, or the whole copy.</param>
    /// <param name="copying">Called before everything is copied.</param>
    /// <returns><c>null</c> for a stage of several directories, made by a kernel that had overlayfs, where this one has none.</returns>
    public static TreeView? TryOpen(TreeStage below, string directory, Action? copying = null)
    {
        if (UnixFile.Status(directory) is null)
        {
            UnixFile.MakeDirectory(directory, FileModes.PrivateDirectory);
        }

        var upper = $"{directory}/upper";
        var point = $"{directory}/view";

        // The root directory of the upper layer is the root of the view: it must look like the one below.
        var root = UnixFile.Status(below.Directories[0])!.Value;
        UnixFile.MakeDirectory(upper, root.Mode);
        if (OverlayMount.TryMount(below.Directories, upper, $"{directory}/work", point) is { } mount)
        {
            return new(point, new([upper, .. below.Directories]), mount, directory);
        }

        UnixFile.DeleteTree(upper);
        if (below.Directories.Count != 1)
        {
            return null;
        }

        copying?.Invoke();
        using (var source = TreeHandle.Open(below.Directories[0]))
        using (var target = TreeHandle.Open(directory))
        {
            TreeCopy.Copy(source, TreePath.Root, target, "upper");
        }

        return new(upper, new([upper]), null, directory);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tree.Dispose(); // before the mount: an open directory keeps it busy
        _mount?.Dispose();
        UnixFile.DeleteTree($"{Scratch}/work");
        UnixFile.DeleteTree($"{Scratch}/view");
    }
}
