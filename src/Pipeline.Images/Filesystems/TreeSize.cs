using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Images.Filesystems;

/// <summary>How much a directory tree needs inside an ext4 file system; the same on every host file system.</summary>
/// <param name="Blocks">Blocks of 4 KiB for files, symlinks and directories; hard links count once.</param>
/// <param name="Inodes">Inodes.</param>
internal readonly record struct TreeSize(long Blocks, long Inodes)
{
    /// <summary>Bytes in an ext4 block of ours.</summary>
    public const int BlockSize = 4096;

    /// <summary>Symlinks shorter than this live in their inode.</summary>
    private const int InlineSymlink = 60;

    /// <summary>The content in bytes.</summary>
    public ByteSize Content => ByteSize.FromBytes(checked(Blocks * BlockSize));

    /// <summary>Measures everything below <paramref name="root"/>, and itself.</summary>
    public static TreeSize Of(string root, CancellationToken cancellationToken)
    {
        const long ownNames = 24; // "." and ".."
        var seen = new HashSet<(ulong, ulong)>();
        var names = new Stack<long>([ownNames]);
        long blocks = 0;
        long inodes = 1;
        using var tree = TreeHandle.Open(root);
        foreach (var entry in tree.Walk(TreePath.Root, TreeOrder.Both))
        {
            if (entry.IsLeaving)
            {
                blocks += BlocksOfNames(names.Pop());
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            names.Push(names.Pop() + ((8 + entry.Name.Bytes.Length + 3) / 4 * 4));
            var status = entry.Status();
            if (status.Kind == UnixKind.Directory)
            {
                names.Push(ownNames);
            }
            else if (status.Links > 1 && !seen.Add((status.Device, status.Inode)))
            {
                continue;
            }

            inodes++;
            if (status.Kind == UnixKind.File || (status.Kind == UnixKind.Symlink && status.Size >= InlineSymlink))
            {
                blocks += (status.Size + BlockSize - 1) / BlockSize;
            }
        }

        blocks += BlocksOfNames(names.Pop());
        return new(blocks, inodes);
    }

    /// <summary>A block of names loses its checksum's 12 bytes and what the next name does not fit into.</summary>
    private static long BlocksOfNames(long bytes) => (bytes + BlockSize - 300) / (BlockSize - 300) + (bytes > BlockSize * 300L ? 1 : 0);
}
