using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Files.Trees;

/// <summary>What changes the tree.</summary>
public sealed partial class TreeHandle
{
    /// <summary>Makes a directory that is not there yet with exactly this mode.</summary>
    public void MakeDirectory(TreePath path, int mode, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        at.Directory.MakeDirectory(at.Name, mode);
    }

    /// <summary>Makes a file that is not there yet, mode 0600, open for writing.</summary>
    public SafeFileHandle CreateFile(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        return at.Directory.CreateFile(at.Name);
    }

    /// <summary>Makes a file that is not there yet.</summary>
    public void CreateFile(TreePath path, ReadOnlySpan<byte> content, int mode, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        at.Directory.CreateFile(at.Name, content, mode);
    }

    /// <summary>
    /// Puts a new file in place of whatever file or link is there, in one step, and makes missing parents (0755). No other name of an old
    /// inode changes. A directory in its place is an error.
    /// </summary>
    public void ReplaceFile(TreePath path, ReadOnlySpan<byte> content, int mode)
    {
        using var at = AtMade(path);
        var temporary = Temporary();
        at.Directory.CreateFile(temporary, content, mode);
        Replace(at, temporary);
    }

    /// <summary>As above with UTF-8 text.</summary>
    public void ReplaceFile(TreePath path, string content, int mode) => ReplaceFile(path, Encoding.UTF8.GetBytes(content), mode);

    /// <summary>As <see cref="ReplaceFile(TreePath, ReadOnlySpan{byte}, int)"/> for a symbolic link.</summary>
    public void ReplaceLink(TreePath path, ReadOnlySpan<byte> target)
    {
        using var at = AtMade(path);
        var temporary = Temporary();
        at.Directory.Symlink(temporary, target);
        Replace(at, temporary);
    }

    /// <summary>As above with UTF-8 text.</summary>
    public void ReplaceLink(TreePath path, string target) => ReplaceLink(path, Encoding.UTF8.GetBytes(target));

    /// <summary>Makes a symbolic link with exactly this target.</summary>
    public void Symlink(TreePath path, ReadOnlySpan<byte> target, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        at.Directory.Symlink(at.Name, target);
    }

    /// <summary>Gives a file of a tree, this one or another on the same file system, a second name here.</summary>
    public void Link(TreePath path, TreeHandle other, TreePath existing, TreeLinks links = TreeLinks.InRoot)
    {
        using var from = other.At(existing, links);
        using var to = At(path, links);
        to.Directory.Link(to.Name, from.Directory, from.Name);
    }

    /// <summary>
    /// Renames within the tree, replacing a file that is there; <c>false</c> where the file system cannot (overlayfs and directories).
    /// </summary>
    public bool TryRename(TreePath from, TreePath to, TreeLinks links = TreeLinks.InRoot)
    {
        using var source = At(from, links);
        using var target = At(to, links);
        return source.Directory.TryRename(source.Name, target.Directory, target.Name);
    }

    /// <summary>Sets owner and group of a path itself. Clears set-user-id and set-group-id: set the mode afterwards.</summary>
    public void SetOwner(TreePath path, uint user, uint group, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        at.Directory.SetOwner(at.Name, user, group);
    }

    /// <summary>Sets the permission bits of a path that is no link.</summary>
    public void SetMode(TreePath path, int mode, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        at.Directory.SetMode(at.Name, mode);
    }

    /// <summary>Sets access and modification time of a path itself to a whole second.</summary>
    public void SetTimes(TreePath path, long seconds, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        at.Directory.SetTimes(at.Name, seconds);
    }

    /// <summary>Extended attributes of a path itself, by name in ordinal order.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Attributes(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        return at.Directory.Attributes(at.Name);
    }

    /// <summary>Sets one extended attribute of a path itself.</summary>
    public void SetAttribute(TreePath path, string attribute, ReadOnlySpan<byte> value, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        at.Directory.SetAttribute(at.Name, attribute, value);
    }

    /// <summary>
    /// Removes a path and, if it is a directory, everything below; missing is fine. Links are removed, not followed, and mount points are
    /// not entered. Directories without write permission are opened up first.
    /// </summary>
    public void Delete(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        if (TryAt(path, links) is { } at)
        {
            using (at)
            {
                TreeDeletion.Delete(at.Directory, at.Name);
            }
        }
    }

    /// <summary>Removes everything in a directory; missing, or a link, is fine.</summary>
    public void Clear(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var directory = TryOpenDirectory(path, links);
        foreach (var entry in directory?.Entries() ?? [])
        {
            TreeDeletion.Delete(directory!, entry.Name);
        }
    }

    private static TreePath Temporary() => $".pipeline-{Guid.NewGuid():n}";

    private void Replace(Place at, TreePath temporary)
    {
        try
        {
            if (!at.Directory.TryRename(temporary, at.Directory, at.Name))
            {
                throw Resolution.Failure("replace", Directory, at.Directory.Path / at.Name, Marshal.GetLastPInvokeError());
            }
        }
        catch
        {
            _ = at.Directory.TryRemove(temporary, isDirectory: false);
            throw;
        }
    }
}
