using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Files.Trees;

/// <summary>What reads.</summary>
public sealed partial class TreeHandle
{
    /// <summary>The status of a path itself, or <c>null</c> when nothing is there.</summary>
    public UnixStatus? Status(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = TryAt(path, links);
        return at?.Directory.Status(at.Value.Name);
    }

    /// <summary>Whether anything is at a path, a link that leads nowhere included.</summary>
    public bool Exists(TreePath path, TreeLinks links = TreeLinks.InRoot) => Status(path, links) is not null;

    /// <summary>Whether a path itself is of a kind.</summary>
    public bool Is(UnixKind kind, TreePath path, TreeLinks links = TreeLinks.InRoot) => Status(path, links)?.Kind == kind;

    /// <summary>The target of a symbolic link as written.</summary>
    public byte[] ReadLink(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        return at.Directory.ReadLink(at.Name);
    }

    /// <summary>Opens a regular file for reading; a link in the last place is refused.</summary>
    public SafeFileHandle OpenFile(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        return at.Directory.OpenFile(at.Name);
    }

    /// <summary>As <see cref="OpenFile"/>, as a stream.</summary>
    public FileStream OpenRead(TreePath path, TreeLinks links = TreeLinks.InRoot) => new(OpenFile(path, links), FileAccess.Read, 0);

    /// <summary>All bytes of a regular file; a link in the last place is refused.</summary>
    /// <param name="path">The path.</param>
    /// <param name="limit">Most bytes it may have (PL0374).</param>
    /// <param name="links">Links in the parents.</param>
    public byte[] ReadBytes(TreePath path, int limit, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        return at.Directory.ReadBytes(at.Name, limit);
    }

    /// <summary>
    /// The UTF-8 text of the file that a path leads to, links in the last place included; <c>null</c> when there is none.
    /// </summary>
    public string? ReadText(TreePath path, int limit, TreeLinks links = TreeLinks.InRoot) =>
        ReadWhereItLeads(path, limit, links) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>
    /// The bytes of the file that a path leads to, links in the last place included; <c>null</c> when there is no regular file.
    /// </summary>
    public byte[]? ReadWhereItLeads(TreePath path, int limit, TreeLinks links = TreeLinks.InRoot)
    {
        using var place = TryOpen(path, OpenFlags.Place, links);
        if (place is null || UnixFile.StatusOf(place).Kind != UnixKind.File)
        {
            return null;
        }

        using var handle = _root.OpenRegular(place, path);
        return _root.ReadAll(handle, path, limit);
    }

    /// <summary>The names in a directory in the order of their bytes; empty when there is none, or a link.</summary>
    public IReadOnlyList<TreeName> Entries(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var directory = TryOpenDirectory(path, links);
        return directory?.Entries() ?? [];
    }

    /// <summary>Everything below a directory, names in the order of their bytes; nothing when there is none, or a link.</summary>
    /// <param name="path">Where it begins; not yielded itself.</param>
    /// <param name="order">When directories come.</param>
    /// <param name="enter">Which directories are entered; all by default. The others are yielded like empty ones.</param>
    /// <param name="links">Links in the parents of <paramref name="path"/>; below it none is followed.</param>
    public IEnumerable<TreeEntry> Walk(
        TreePath path,
        TreeOrder order,
        Func<TreeEntry, bool>? enter = null,
        TreeLinks links = TreeLinks.InRoot
    )
    {
        using var first = TryOpenDirectory(path, links);
        if (first is null)
        {
            yield break;
        }

        using var stack = new DirectoryStack(first);
        var pending = new Stack<(IReadOnlyList<TreeName> Names, int Next)>([(first.Entries(), 0)]);
        while (pending.TryPop(out var level))
        {
            if (level.Next == level.Names.Count)
            {
                if (stack.Depth > 0)
                {
                    stack.Pop();
                    var (names, next) = pending.Peek();
                    if (order != TreeOrder.ParentsFirst)
                    {
                        yield return new(stack.Current, names[next - 1].Name, UnixKind.Directory, IsLeaving: true);
                    }
                }

                continue;
            }

            pending.Push((level.Names, level.Next + 1));
            var entry = new TreeEntry(stack.Current, level.Names[level.Next].Name, level.Names[level.Next].Kind, IsLeaving: false);
            if (entry.Kind != UnixKind.Directory || order != TreeOrder.ChildrenFirst)
            {
                yield return entry;
            }

            if (entry.Kind == UnixKind.Directory)
            {
                var enters = enter is null || enter(entry);
                stack.Push(stack.Current.OpenDirectory(entry.Name));
                pending.Push((enters ? stack.Current.Entries() : [], 0));
            }
        }
    }

    private TreeDirectory? TryOpenDirectory(TreePath path, TreeLinks links)
    {
        using var at = TryAt(path, links);
        return at?.Directory.Status(at.Value.Name) is { Kind: UnixKind.Directory } ? at.Value.Directory.OpenDirectory(at.Value.Name) : null;
    }
}
