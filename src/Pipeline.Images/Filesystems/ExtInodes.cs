using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Filesystems;

/// <summary>One inode in use, as far as its times go.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Accessed">atime in seconds.</param>
/// <param name="Changed">ctime in seconds.</param>
/// <param name="Modified">mtime in seconds.</param>
/// <param name="Created">crtime in seconds.</param>
/// <param name="Fractions">Whether any of the four has nanoseconds or bits above 2038.</param>
internal readonly record struct ExtInode(uint Number, uint Accessed, uint Changed, uint Modified, uint Created, bool Fractions)
{
    /// <summary>Of a directory, where its names are.</summary>
    public ExtDirectory? Directory { get; init; }
}

/// <summary>Reads the inode tables of an ext4 file system that lies at an offset of a file; never writes.</summary>
internal static class ExtInodes
{
    private const int Has64Bit = 0x80;
    private const ushort InodesUninitialised = 1;

    /// <summary>Every inode in use, ascending.</summary>
    /// <exception cref="PipelineException">PL3040 the structures make no sense.</exception>
    public static List<ExtInode> Read(string image, long offset)
    {
        using var handle = File.OpenHandle(image);
        var super = ReadAt(handle, offset + 1024, 1024);
        var inodes = U32(super, 0x00);
        var blockSize = 1024L << (int)Math.Min(U32(super, 0x18), 6);
        var perGroup = U32(super, 0x28);
        var inodeSize = U16(super, 0x58);
        var wide = (U32(super, 0x60) & Has64Bit) != 0;
        var descriptorSize = wide ? U16(super, 0xFE) : 32;
        if (
            U16(super, 0x38) != 0xEF53
            || perGroup == 0
            || perGroup > blockSize * 8
            || inodeSize < 256
            || inodeSize > blockSize
            || descriptorSize < 32
        )
        {
            throw new PipelineException(ImageDiagnostics.BadFileSystem("its superblock makes no sense"));
        }

        var groups = checked((int)((inodes + perGroup - 1) / perGroup));
        var table = ReadAt(handle, offset + (blockSize == 1024 ? 2048 : blockSize), checked(groups * descriptorSize));
        var found = new List<ExtInode>();
        for (var group = 0; group < groups; group++)
        {
            var descriptor = table.AsSpan(group * descriptorSize, descriptorSize);
            if ((U16(descriptor, 0x12) & InodesUninitialised) == 0)
            {
                ReadGroup(handle, offset, descriptor, wide, blockSize, (int)perGroup, inodeSize, checked((uint)(group * perGroup)), found);
            }
        }

        return found;
    }

    private static void ReadGroup(
        SafeFileHandle handle,
        long offset,
        ReadOnlySpan<byte> descriptor,
        bool wide,
        long blockSize,
        int perGroup,
        int inodeSize,
        uint before,
        List<ExtInode> found
    )
    {
        var bitmapAt = U32(descriptor, 0x04) | (wide ? (long)U32(descriptor, 0x24) << 32 : 0);
        var tableAt = U32(descriptor, 0x08) | (wide ? (long)U32(descriptor, 0x28) << 32 : 0);
        var bitmap = ReadAt(handle, checked(offset + (bitmapAt * blockSize)), (perGroup + 7) / 8);
        var inodes = ReadAt(handle, checked(offset + (tableAt * blockSize)), checked(perGroup * inodeSize));
        for (var i = 0; i < perGroup; i++)
        {
            if ((bitmap[i / 8] & (1 << (i % 8))) == 0)
            {
                continue;
            }

            var inode = inodes.AsSpan(i * inodeSize, inodeSize);
            if (U16(inode, 0x00) == 0)
            {
                continue; // reserved and unused
            }

            found.Add(
                new(
                    before + (uint)i + 1,
                    U32(inode, 0x08),
                    U32(inode, 0x0C),
                    U32(inode, 0x10),
                    U32(inode, 0x90),
                    (U32(inode, 0x84) | U32(inode, 0x88) | U32(inode, 0x8C) | U32(inode, 0x94)) != 0
                )
                {
                    Directory = DirectoryOf(inode, blockSize),
                }
            );
        }
    }

    private static ExtDirectory? DirectoryOf(ReadOnlySpan<byte> inode, long blockSize)
    {
        const int typeMask = 0xF000;
        const int directoryType = 0x4000;
        return (U16(inode, 0x00) & typeMask) == directoryType
            ? new(U32(inode, 0x04) | ((long)U32(inode, 0x6C) << 32), blockSize, inode.Slice(0x28, 60).ToArray())
            : null;
    }

    /// <summary>Reads bytes that have to be there.</summary>
    /// <exception cref="PipelineException">PL3040: the file ends before.</exception>
    public static byte[] ReadAt(SafeFileHandle handle, long at, int length)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length; )
        {
            var read = RandomAccess.Read(handle, bytes.AsSpan(done), at + done);
            if (read == 0)
            {
                throw new PipelineException(ImageDiagnostics.BadFileSystem("it ends early"));
            }

            done += read;
        }

        return bytes;
    }

    /// <summary>A number of 32 bits.</summary>
    public static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    /// <summary>A number of 16 bits.</summary>
    public static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
