using System.Runtime.InteropServices;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Errno = Pipeline.Host.Libc.Errno;

namespace Pipeline.Host.Files.Trees;

/// <summary>Removes a subtree by descriptors, level by level, so that neither its depth nor anybody's renames matter.</summary>
internal static class TreeDeletion
{
    /// <summary>Removes a name and everything below it; missing is fine.</summary>
    public static void Delete(TreeDirectory directory, TreePath name)
    {
        if (name.IsRoot)
        {
            throw new PipelineException(
                TreeAccessDiagnostics.Failed("remove", directory.Tree, directory.Path, "the path ends in '..' or is the root of the tree")
            );
        }

        if (directory.Status(name) is not { } status)
        {
            return;
        }

        if (status.Kind != UnixKind.Directory)
        {
            Remove(directory, name, isDirectory: false, mayOpenUp: false);
            return;
        }

        using var stack = new DirectoryStack(directory, opensUp: true);
        var names = new Stack<TreePath>();
        var pending = new Stack<Stack<TreeName>>();
        Enter(name);
        while (pending.TryPeek(out var level))
        {
            if (!level.TryPop(out var entry))
            {
                stack.Pop();
                _ = pending.Pop();
                Remove(stack.Current, names.Pop(), isDirectory: true, stack.Depth > 0);
            }
            else if (entry.Kind == UnixKind.Directory)
            {
                Enter(entry.Name);
            }
            else
            {
                Remove(stack.Current, entry.Name, isDirectory: false, mayOpenUp: true);
            }
        }

        void Enter(TreePath child)
        {
            stack.Push(OpenUp(stack.Current, child, stack.Depth > 0));
            names.Push(child);
            pending.Push(new(stack.Current.Entries()));
        }
    }

    /// <summary>Opens a directory for removal; without permission it is given some first, and so is a parent that goes too.</summary>
    private static TreeDirectory OpenUp(TreeDirectory parent, TreePath name, bool mayOpenUp)
    {
        if (parent.TryOpenDirectory(name, staysOnMount: true) is { } opened)
        {
            return opened;
        }

        var errno = Marshal.GetLastPInvokeError();
        if (errno == Errno.NoAccess)
        {
            if (mayOpenUp)
            {
                parent.SetMode(TreePath.Root, FileModes.PrivateDirectory);
            }

            _ = parent.TryUnlock(name);
            parent.SetMode(name, FileModes.PrivateDirectory);
            if (parent.TryOpenDirectory(name, staysOnMount: true) is { } again)
            {
                return again;
            }

            errno = Marshal.GetLastPInvokeError();
        }

        throw errno == Errno.OtherDevice
            ? new PipelineException(TreeAccessDiagnostics.Mounted(parent.Tree, parent.Path / name))
            : parent.Failure("open the directory", name);
    }

    private static void Remove(TreeDirectory directory, TreePath name, bool isDirectory, bool mayOpenUp)
    {
        if (directory.TryRemove(name, isDirectory) || Marshal.GetLastPInvokeError() == Errno.NotFound)
        {
            return;
        }

        var errno = Marshal.GetLastPInvokeError();
        if (errno == Errno.NoAccess && mayOpenUp)
        {
            directory.SetMode(TreePath.Root, FileModes.PrivateDirectory);
        }
        else if (errno == Errno.NotPermitted)
        {
            // The file may be immutable, and so may the directory that it is in.
            _ = directory.TryUnlock(name);
            _ = mayOpenUp && directory.TryUnlock(TreePath.Root);
        }

        if (!directory.TryRemove(name, isDirectory))
        {
            throw directory.Failure("remove", name);
        }
    }
}
