using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Commits;

/// <summary>A file or link of a tree that is committed.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Status">What it was when the tree was listed.</param>
internal sealed record CommitFile(TreePath Path, UnixStatus Status)
{
    /// <summary>Set once its object is known.</summary>
    public byte[]? Checksum { get; set; }

    /// <summary>What the SELinux policy says of it; <c>null</c> for no label.</summary>
    public byte[]? Label { get; set; }
}

/// <summary>A directory of a tree that is committed; names in the order of their bytes.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Status">What it was when the tree was listed.</param>
internal sealed record CommitDirectory(TreePath Path, UnixStatus Status)
{
    /// <summary>Files and links in it.</summary>
    public List<CommitFile> Files { get; } = [];

    /// <summary>Directories in it.</summary>
    public List<CommitDirectory> Directories { get; } = [];

    /// <summary>Set once its objects are known: itself, then its metadata.</summary>
    public (byte[] Tree, byte[] Metadata) Checksums { get; set; }

    /// <summary>What the SELinux policy says of it; <c>null</c> for no label.</summary>
    public byte[]? Label { get; set; }
}

/// <summary>The names of a tree, listed once; contents and attributes are read later, by several threads.</summary>
internal sealed class CommitTree
{
    private const uint DirectoryType = 0x4000; // S_IFDIR and its kin
    private const uint FileType = 0x8000;
    private const uint LinkType = 0xa000;

    private CommitTree(List<CommitDirectory> directories, List<CommitFile> files) => (Directories, Files) = (directories, files);

    /// <summary>Parents first; the root is the first.</summary>
    public IReadOnlyList<CommitDirectory> Directories { get; }

    /// <summary>Files and links.</summary>
    public IReadOnlyList<CommitFile> Files { get; }

    /// <summary>Lists a tree.</summary>
    /// <exception cref="PipelineException">PL2141: a name that is no text, a device, a socket or a FIFO.</exception>
    public static CommitTree List(TreeHandle root)
    {
        var directories = new List<CommitDirectory> { new(TreePath.Root, root.Status(TreePath.Root)!.Value) };
        var files = new List<CommitFile>();
        var open = new Stack<CommitDirectory>(directories);
        foreach (var entry in root.Walk(TreePath.Root, TreeOrder.Both))
        {
            if (entry.IsLeaving)
            {
                open.Pop();
                continue;
            }

            var path = entry.Path;
            if (entry.Kind == UnixKind.Special || !entry.Name.IsText)
            {
                throw new PipelineException(CommitDiagnostics.NotCommitted(path));
            }

            if (entry.Kind == UnixKind.Directory)
            {
                var directory = new CommitDirectory(path, entry.Status());
                open.Peek().Directories.Add(directory);
                directories.Add(directory);
                open.Push(directory);
            }
            else
            {
                var file = new CommitFile(path, entry.Status());
                open.Peek().Files.Add(file);
                files.Add(file);
            }
        }

        return new(directories, files);
    }

    /// <summary>Type and permission bits, as <c>st_mode</c>.</summary>
    public static uint ModeOf(UnixStatus status) =>
        (uint)status.Mode
        | status.Kind switch
        {
            UnixKind.Directory => DirectoryType,
            UnixKind.Symlink => LinkType,
            _ => FileType,
        };

    /// <summary>
    /// Owner, mode and attributes of a path; as ostree, without attributes that have no value. A label that the file has on this machine is
    /// not the tree's.
    /// </summary>
    public static ObjectMetadata MetadataOf(TreeHandle root, TreePath path, UnixStatus status)
    {
        var attributes = root.Attributes(path, TreeLinks.Refused);
        return new(
            status.UserId,
            status.GroupId,
            ModeOf(status),
            attributes.Count == 0
                ? attributes
                : [.. attributes.Where(a => a.Value.Length > 0 && a.Key != ObjectMetadata.Label).OrderBy(a => TreePath.FromString(a.Key))]
        );
    }
}
