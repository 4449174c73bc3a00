using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Vhdx;

/// <summary>
/// Dynamic VHDX ([MS-VHDX] 8.0) with blocks of 1 MiB; blocks of zeros are left out. Both headers are the same but for their sequence
/// number, the log is empty.
/// </summary>
internal sealed class VhdxWriter : IDiskWriter
{
    private const int MiB = 1 << 20;
    private const int BlockSize = MiB;
    private const int SectorSize = 512;
    private const int LogAt = 1 * MiB;
    private const int MetadataAt = 2 * MiB;
    private const int TableAt = 3 * MiB;
    private const int RegionTableSize = 64 << 10;
    private const int ItemsAt = 64 << 10;
    private const long BlocksPerBitmap = (1L << 23) * SectorSize / BlockSize;
    private const ulong FullyPresent = 6;
    private static readonly Guid Table = new("2DC27766-F623-4200-9D64-115E9BFD4A08");
    private static readonly Guid Metadata = new("8B7CA206-4790-4B9A-B8FE-575F050F886E");

    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.Vhdx;

    /// <inheritdoc/>
    public StepTools Tools => StepTools.None;

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        var used = disk.Used(BlockSize, cancellationToken);
        var table = BlockTable(used, out var tableSize);
        target.Announce(TableAt + tableSize + (used.LongCount(u => u) * BlockSize));

        byte[] identifier = [.. "vhdxfile"u8, .. Encoding.Unicode.GetBytes("Pipeline")];
        target.Write(identifier);
        target.Pad(RegionTableSize);
        foreach (var sequence in (ulong[])[1, 2])
        {
            target.Write(Header(facts, sequence));
            target.Pad(RegionTableSize);
        }

        var regions = Regions(tableSize);
        target.Write(regions);
        target.Write(regions);
        target.WriteZeros(MetadataAt - target.Written); // the log, too
        target.Write(MetadataRegion(disk.Length, facts));
        target.WriteZeros(TableAt - target.Written);
        target.Write(table);
        target.WriteZeros(tableSize - table.Length);
        var block = new byte[BlockSize];
        for (var i = 0; i < used.Length; i++)
        {
            if (used[i])
            {
                cancellationToken.ThrowIfCancellationRequested();
                disk.ReadPadded(block, (long)i * BlockSize);
                target.Write(block);
            }
        }
    }

    /// <summary>
    /// Where each block is. After every full group of blocks comes an entry for a bitmap, which only differencing disks have.
    /// </summary>
    private static byte[] BlockTable(bool[] used, out long size)
    {
        var entries = used.Length + ((used.Length - 1) / BlocksPerBitmap);
        var bytes = new byte[entries * 8];
        size = (bytes.Length + MiB - 1) / MiB * MiB;
        var next = (ulong)((TableAt + size) / MiB);
        for (var i = 0; i < used.Length; i++)
        {
            if (used[i])
            {
                var at = (int)(i + (i / BlocksPerBitmap)) * 8;
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), (next << 20) | FullyPresent);
                next++;
            }
        }

        return bytes;
    }

    private static byte[] Header(DiskFacts facts, ulong sequence)
    {
        var header = new byte[4096];
        "head"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), sequence);
        facts.Id("file").TryWriteBytes(header.AsSpan(16));
        facts.Id("data").TryWriteBytes(header.AsSpan(32));
        header[66] = 1; // version; no log to replay
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(68), MiB);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(72), LogAt);
        return Sealed(header);
    }

    private static byte[] Regions(long tableSize)
    {
        var table = new byte[RegionTableSize];
        "regi"u8.CopyTo(table);
        table[8] = 2;
        Region(table.AsSpan(16), Table, TableAt, (uint)tableSize);
        Region(table.AsSpan(48), Metadata, MetadataAt, MiB);
        return Sealed(table);
    }

    private static void Region(Span<byte> entry, Guid kind, ulong at, uint length)
    {
        kind.TryWriteBytes(entry);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], at);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], length);
        entry[28] = 1; // required
    }

    private static byte[] MetadataRegion(long length, DiskFacts facts)
    {
        const uint ofFile = 4;
        const uint ofDisk = 6;
        var region = new byte[ItemsAt + 4096];
        "metadata"u8.CopyTo(region);
        var id = new byte[16];
        facts.Id("disk").TryWriteBytes(id);
        (string Item, uint Flags, byte[] Value)[] items =
        [
            ("CAA16737-FA36-4D43-B3B6-33F0AA44E76B", ofFile, [.. BitConverter.GetBytes(BlockSize), 0, 0, 0, 0]),
            ("2FA54224-CD1B-4876-B211-5DBED83BF4B8", ofDisk, BitConverter.GetBytes(length)),
            ("BECA12AB-B2E6-4523-93EF-C309E000C746", ofDisk, id),
            ("8141BF1D-A96F-4709-BA47-F233A8FAAB5F", ofDisk, BitConverter.GetBytes(SectorSize)),
            ("CDA348C7-445D-4471-9CC9-E9885251C556", ofDisk, BitConverter.GetBytes(SectorSize)),
        ];
        region[10] = (byte)items.Length;
        var (entry, at) = (32, ItemsAt);
        foreach (var (item, flags, value) in items)
        {
            new Guid(item).TryWriteBytes(region.AsSpan(entry));
            BinaryPrimitives.WriteInt32LittleEndian(region.AsSpan(entry + 16), at);
            BinaryPrimitives.WriteInt32LittleEndian(region.AsSpan(entry + 20), value.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(region.AsSpan(entry + 24), flags);
            value.CopyTo(region, at);
            (entry, at) = (entry + 32, at + value.Length);
        }

        return region;
    }

    /// <summary>Puts the CRC-32C of a structure, whose field for it is zero, into it.</summary>
    private static byte[] Sealed(byte[] structure)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(structure))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(structure.AsSpan(4), ~crc);
        return structure;
    }
}
