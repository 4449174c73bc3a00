using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using static Pipeline.Images.Filesystems.ExtInodes;

namespace Pipeline.Images.Filesystems;

/// <summary>Where a directory's names are.</summary>
/// <param name="Size">Bytes of its names.</param>
/// <param name="BlockSize">Bytes of a block of the file system.</param>
/// <param name="Extents">The root of its extents: 60 bytes of the inode.</param>
internal sealed record ExtDirectory(long Size, long BlockSize, byte[] Extents);

/// <summary>Names of an ext4 file system that mke2fs filled: linear directories with extents, as it makes them.</summary>
/// <param name="image">The disk.</param>
/// <param name="offset">Start of the file system.</param>
internal sealed class ExtDirectories(string image, long offset) : IDisposable
{
    private const uint Root = 2;
    private const ushort ExtentMagic = 0xF30A;
    private const int DeepestExtents = 5;
    private const int EntrySize = 12; // of an extent, and the least of a name
    private readonly SafeFileHandle _handle = RegularFile.Open(image);
    private long _blocks = -1;

    /// <summary>Every path with its inode, parents first; the root is the first.</summary>
    /// <param name="inodes">The inodes in use.</param>
    /// <exception cref="PipelineException">PL3040: the structures make no sense.</exception>
    public IEnumerable<(TreePath Path, uint Inode)> Walk(IEnumerable<ExtInode> inodes)
    {
        var directories = inodes.Where(i => i.Directory is not null).ToDictionary(i => i.Number, i => i.Directory!);
        var open = new Stack<(TreePath Path, uint Inode)>([(TreePath.Root, Root)]);
        yield return open.Peek();
        while (open.TryPop(out var at))
        {
            if (!directories.Remove(at.Inode, out var directory))
            {
                throw Bad("a directory is there twice, or is none");
            }

            foreach (var (name, inode, isDirectory) in Names(directory))
            {
                var path = at.Path / TreePath.FromBytes(name);
                yield return (path, inode);
                if (isDirectory)
                {
                    open.Push((path, inode));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private List<(byte[] Name, uint Inode, bool IsDirectory)> Names(ExtDirectory directory)
    {
        const byte directoryType = 2;
        var names = new List<(byte[], uint, bool)>();
        foreach (var number in Blocks(directory, directory.Extents, DeepestExtents))
        {
            var block = Block(number, directory.BlockSize);
            for (var at = 0; at < block.Length; )
            {
                var entry = block.AsSpan(at);
                var (inode, size) = (U32(entry, 0), U16(entry, 4));
                if (size < EntrySize || size % 4 != 0 || size > entry.Length || 8 + entry[6] > size)
                {
                    throw Bad("a name makes no sense");
                }

                var name = entry.Slice(8, entry[6]).ToArray();
                if (inode != 0 && name is not ([] or [(byte)'.'] or [(byte)'.', (byte)'.']))
                {
                    names.Add((name, inode, entry[7] == directoryType));
                }

                at += size;
            }
        }

        return names;
    }

    /// <summary>Numbers of the blocks of a directory in their order.</summary>
    private List<long> Blocks(ExtDirectory directory, ReadOnlySpan<byte> node, int deepest)
    {
        const int uninitialised = 1 << 15;
        var most = Math.Min(directory.Size, RandomAccess.GetLength(_handle)) / directory.BlockSize;
        var (count, depth) = (U16(node, 2), U16(node, 6));
        if (U16(node, 0) != ExtentMagic || depth > deepest || EntrySize * (count + 1) > node.Length)
        {
            throw Bad("the extents of a directory make no sense");
        }

        var blocks = new List<long>();
        for (var i = 1; i <= count; i++)
        {
            var entry = node.Slice(EntrySize * i, EntrySize);
            if (depth > 0)
            {
                var below = U32(entry, 4) | ((long)U16(entry, 8) << 32);
                blocks.AddRange(Blocks(directory, Block(below, directory.BlockSize), depth - 1));
            }
            else
            {
                var (length, start) = (U16(entry, 4), U32(entry, 8) | ((long)U16(entry, 6) << 32));
                if (length > uninitialised || blocks.Count + length > most)
                {
                    throw Bad("a directory has more blocks than names");
                }

                blocks.AddRange(Enumerable.Range(0, length).Select(b => start + b));
            }
        }

        return blocks;
    }

    private byte[] Block(long number, long size)
    {
        // Each block belongs to one directory, so no more of them are read than there are.
        _blocks = (_blocks < 0 ? RandomAccess.GetLength(_handle) / size : _blocks) - 1;
        if (_blocks < 0)
        {
            throw Bad("directories have more blocks than the file system");
        }

        return ReadAt(_handle, checked(offset + (number * size)), (int)size);
    }

    private static PipelineException Bad(string what) => new(ImageDiagnostics.BadFileSystem(what));
}
