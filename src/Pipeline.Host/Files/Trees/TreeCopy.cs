using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Files.Trees;

/// <summary>
/// Copies and moves parts of trees with owner, mode, time and attributes; links are never followed, hard links become files of their own.
/// </summary>
public static class TreeCopy
{
    /// <summary>Copies a path to a path that is not there yet; its parent must be.</summary>
    /// <exception cref="PipelineException">PL0376: a device, socket or FIFO.</exception>
    public static void Copy(TreeHandle source, TreePath from, TreeHandle target, TreePath to)
    {
        using var start = source.At(from, TreeLinks.InRoot);
        using var end = target.At(to, TreeLinks.InRoot);
        var status = start.Directory.RequireStatus(start.Name);
        CopyOne(start.Directory, start.Name, status, end.Directory, end.Name);
        if (status.Kind != UnixKind.Directory)
        {
            return;
        }

        CopyBelow(source, from, end.Directory, end.Name);
        Settle(start.Directory, start.Name, end.Directory, end.Name);
    }

    /// <summary>Moves; where overlayfs refuses to rename a directory of a lower layer, by copying.</summary>
    public static void Move(TreeHandle tree, TreePath from, TreePath to)
    {
        if (!tree.TryRename(from, to))
        {
            Copy(tree, from, tree, to);
            tree.Delete(from);
        }
    }

    /// <summary>
    /// Sets one modification time on the root and everything below: what scripts wrote must not keep the time of the run.
    /// </summary>
    public static void SetTimes(TreeHandle tree, long seconds)
    {
        foreach (var entry in tree.Walk(TreePath.Root, TreeOrder.ChildrenFirst))
        {
            entry.Directory.SetTimes(entry.Name, seconds);
        }

        tree.SetTimes(TreePath.Root, seconds);
    }

    private static void CopyBelow(TreeHandle source, TreePath from, TreeDirectory target, TreePath to)
    {
        using var top = target.OpenDirectory(to);
        using var stack = new DirectoryStack(top);
        foreach (var entry in source.Walk(from, TreeOrder.Both))
        {
            if (entry.IsLeaving)
            {
                stack.Pop();
                Settle(entry.Directory, entry.Name, stack.Current, entry.Name);
                continue;
            }

            var status = entry.Status();
            CopyOne(entry.Directory, entry.Name, status, stack.Current, entry.Name);
            if (status.Kind == UnixKind.Directory)
            {
                stack.Push(stack.Current.OpenDirectory(entry.Name));
            }
        }
    }

    private static void CopyOne(TreeDirectory source, TreePath name, UnixStatus status, TreeDirectory target, TreePath newName)
    {
        switch (status.Kind)
        {
            case UnixKind.Directory:
                target.MakeDirectory(newName, FileModes.PrivateDirectory);
                break;
            case UnixKind.Symlink:
                target.Symlink(newName, source.ReadLink(name));
                target.SetOwner(newName, status.UserId, status.GroupId);
                break;
            case UnixKind.File:
                CopyContent(source, name, target, newName);
                Settle(source, name, target, newName);
                break;
            default:
                throw new PipelineException(TreeAccessDiagnostics.Special(source.Tree, source.Path / name));
        }
    }

    /// <summary>
    /// Owner, attributes, mode and time, in the order in which none undoes another. Labels of SELinux are this machine's, and its kernel
    /// gives the copy its own.
    /// </summary>
    private static void Settle(TreeDirectory source, TreePath name, TreeDirectory target, TreePath newName)
    {
        var status = source.RequireStatus(name);
        target.SetOwner(newName, status.UserId, status.GroupId);
        foreach (var (attribute, value) in source.Attributes(name).Where(a => a.Key != "security.selinux"))
        {
            target.SetAttribute(newName, attribute, value);
        }

        target.SetMode(newName, status.Mode);
        target.SetTimes(newName, status.Modified);
    }

    private static void CopyContent(TreeDirectory source, TreePath name, TreeDirectory target, TreePath newName)
    {
        using var from = source.OpenFile(name);
        using var to = target.CreateFile(newName);
        FileRanges.CopyAll(from, to);
    }
}
