namespace Pipeline.Host.Files.Trees;

/// <summary>
/// What becomes of symbolic links in the parents of a path. The last component is never followed unless a method says so.
/// </summary>
public enum TreeLinks
{
    /// <summary>
    /// Followed as after chroot: an absolute target and <c>..</c> begin and end at the root of the tree (RESOLVE_IN_ROOT).
    /// </summary>
    InRoot,

    /// <summary>Followed while they stay inside; an absolute target, or <c>..</c> above the root, is refused (RESOLVE_BENEATH).</summary>
    Beneath,

    /// <summary>Refused: the path has none (RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS).</summary>
    Refused,
}
