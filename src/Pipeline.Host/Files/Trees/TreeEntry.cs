namespace Pipeline.Host.Files.Trees;

/// <summary>When a walk yields a directory.</summary>
public enum TreeOrder
{
    /// <summary>Before what is in it.</summary>
    ParentsFirst,

    /// <summary>After what is in it.</summary>
    ChildrenFirst,

    /// <summary>Both times; the second time <see cref="TreeEntry.IsLeaving"/> is set.</summary>
    Both,
}

/// <summary>A name in a directory.</summary>
/// <param name="Name">One component.</param>
/// <param name="Kind">What it is, as the directory's own list says.</param>
public readonly record struct TreeName(TreePath Name, UnixKind Kind);

/// <summary>A step of a walk. Use it before the next step: its directory is closed then.</summary>
/// <param name="Directory">The open directory that contains it.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsLeaving">Whether it is a directory whose content was yielded.</param>
public readonly record struct TreeEntry(TreeDirectory Directory, TreePath Name, UnixKind Kind, bool IsLeaving)
{
    /// <summary>The whole path from the root of the tree.</summary>
    public TreePath Path => Directory.Path / Name;

    /// <summary>Its status now.</summary>
    public UnixStatus Status() => Directory.RequireStatus(Name);
}
