using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Pipeline.Images.Layouts;

/// <summary>Writes a GUID partition table (UEFI 2.10, §5.3) with its protective MBR.</summary>
internal static class PartitionTable
{
    private const int Entries = 128;
    private const int EntrySize = 128;
    private const int HeaderSize = 92;

    /// <summary>The first sectors of the disk: protective MBR (its first 440 bytes stay zero for boot code), header, entries.</summary>
    public static byte[] Primary(DiskLayout layout)
    {
        var sectors = EntrySectors(layout);
        var table = new byte[checked((2 + sectors) * layout.SectorSize)];
        Protect(table, layout);
        var entries = EntryArray(layout);
        entries.CopyTo(table, 2 * layout.SectorSize);
        Header(layout, entries, own: 1, other: LastSector(layout), entriesAt: 2).CopyTo(table, layout.SectorSize);
        return table;
    }

    /// <summary>The last sectors of the disk: entries, header. They start at <see cref="BackupOffset"/>.</summary>
    public static byte[] Backup(DiskLayout layout)
    {
        var sectors = EntrySectors(layout);
        var table = new byte[checked((sectors + 1) * layout.SectorSize)];
        var entries = EntryArray(layout);
        entries.CopyTo(table, 0);
        var last = LastSector(layout);
        Header(layout, entries, own: last, other: 1, entriesAt: last - sectors).CopyTo(table, sectors * layout.SectorSize);
        return table;
    }

    /// <summary>Where <see cref="Backup"/> goes, in bytes.</summary>
    public static long BackupOffset(DiskLayout layout) => (LastSector(layout) - EntrySectors(layout)) * layout.SectorSize;

    private static int EntrySectors(DiskLayout layout) => Entries * EntrySize / layout.SectorSize;

    private static long LastSector(DiskLayout layout) => (layout.Size.Bytes / layout.SectorSize) - 1;

    private static void Protect(Span<byte> sector, DiskLayout layout)
    {
        var entry = sector[446..];
        entry[2] = 2; // CHS of sector 1
        entry[4] = 0xEE;
        entry[5] = entry[6] = entry[7] = 0xFF;
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], (uint)Math.Min(LastSector(layout), uint.MaxValue));
        sector[510] = 0x55;
        sector[511] = 0xAA;
    }

    private static byte[] Header(DiskLayout layout, byte[] entries, long own, long other, long entriesAt)
    {
        var sectors = EntrySectors(layout);
        var header = new byte[HeaderSize];
        "EFI PART"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 0x00010000);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), HeaderSize);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), own);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(32), other);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(40), 2 + sectors);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(48), LastSector(layout) - sectors - 1);
        DiskLayout.SentinelDisk.TryWriteBytes(header.AsSpan(56));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(72), entriesAt);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(80), Entries);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(84), EntrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(88), Crc32.HashToUInt32(entries));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), Crc32.HashToUInt32(header));
        return header;
    }

    private static byte[] EntryArray(DiskLayout layout)
    {
        var array = new byte[Entries * EntrySize];
        foreach (var partition in layout.Partitions)
        {
            var entry = array.AsSpan((partition.Number - 1) * EntrySize, EntrySize);
            partition.Type.TryWriteBytes(entry);
            partition.Id.TryWriteBytes(entry[16..]);
            BinaryPrimitives.WriteInt64LittleEndian(entry[32..], partition.Start.Bytes / layout.SectorSize);
            BinaryPrimitives.WriteInt64LittleEndian(entry[40..], (partition.End.Bytes / layout.SectorSize) - 1);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[48..], partition.Attributes);
            Encoding.Unicode.GetBytes(partition.Label, entry[56..]);
        }

        return array;
    }
}
