using Pipeline.Host.Files;
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
        var seen = new HashSet<(ulong, ulong)>();
        var pending = new Stack<string>([root]);
        long blocks = 0;
        long inodes = 1;
        while (pending.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long names = 24; // "." and ".."
            foreach (var path in Directory.EnumerateFileSystemEntries(directory))
            {
                var name = System.Text.Encoding.UTF8.GetByteCount(Path.GetFileName(path));
                names += (8 + name + 3) / 4 * 4;
                var status = UnixFile.Status(path) ?? throw new FileNotFoundException($"'{path}' went away while it was measured");
                if (status.Kind != UnixKind.Directory && status.Links > 1 && !seen.Add((status.Device, status.Inode)))
                {
                    continue;
                }

                inodes++;
                if (status.Kind == UnixKind.Directory)
                {
                    pending.Push(path);
                }
                else if (status.Kind == UnixKind.File || (status.Kind == UnixKind.Symlink && status.Size >= InlineSymlink))
                {
                    blocks += (status.Size + BlockSize - 1) / BlockSize;
                }
            }

            // A block of names loses its checksum's 12 bytes and what the next name does not fit into.
            blocks += (names + BlockSize - 300) / (BlockSize - 300) + (names > BlockSize * 300L ? 1 : 0);
        }

        return new(blocks, inodes);
    }
}
