using System.Buffers.Binary;
using System.IO.Compression;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Disks;

/// <summary>
/// Reads a stream-optimised VMDK ("Virtual Disk Format 5.0", VMware) from front to back: markers, each followed by a compressed grain or by
/// a table that is not needed. Grains must ascend, as every writer of such files makes them.
/// </summary>
/// <param name="source">At the file's first byte.</param>
internal sealed class VmdkReader(Stream source)
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderSize = Sector;

    private const int Sector = 512;
    private const long MostSectors = (64L << 40) / Sector;
    private const long MostOverhead = 1 << 16;
    private const long MostTable = 1 << 20;
    private const uint CompressedMarkers = 0x30000;
    private const uint EndOfStream = 0;

    /// <summary>Whether a file begins as a VMDK does.</summary>
    public static bool Is(ReadOnlySpan<byte> head) => head.StartsWith("KDMV"u8);

    /// <summary>Reads the header.</summary>
    /// <exception cref="InvalidDataException">It is no stream-optimised VMDK.</exception>
    public static VmdkHeader Parse(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeaderSize || !Is(head))
        {
            throw new InvalidDataException("it is no VMDK");
        }

        var flags = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        var sectors = BinaryPrimitives.ReadInt64LittleEndian(head[12..]);
        var grain = BinaryPrimitives.ReadInt64LittleEndian(head[20..]);
        var overhead = BinaryPrimitives.ReadInt64LittleEndian(head[64..]);
        var deflate = BinaryPrimitives.ReadUInt16LittleEndian(head[77..]) == 1;
        if ((flags & CompressedMarkers) != CompressedMarkers || !deflate)
        {
            throw new InvalidDataException("it is a VMDK, but not a stream-optimised one");
        }

        return
            sectors is > 0 and <= MostSectors
            && grain is >= 8 and <= DiskContent.BlockSize / Sector
            && long.IsPow2(grain)
            && overhead is >= 1 and <= MostOverhead
            ? new(sectors, (int)grain * Sector, overhead)
            : throw new InvalidDataException("the header of the VMDK has impossible sizes");
    }

    /// <summary>The blocks in which anything is stored, ascending.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public IEnumerable<DiskBlock> Blocks()
    {
        var sector = new byte[Sector];
        Fill(sector);
        var header = Parse(sector);
        Skip((header.Overhead - 1) * Sector);
        DiskBlock? open = null;
        var next = 0L;
        while (ReadMarker(sector) is { End: false } marker)
        {
            if (marker.Size == 0)
            {
                Skip(marker.Value * Sector);
                continue;
            }

            if (marker.Value < next || marker.Value >= header.Sectors || marker.Value % (header.GrainSize / Sector) != 0)
            {
                throw new InvalidDataException($"the VMDK has a grain at sector {marker.Value} that is out of place");
            }

            next = marker.Value + (header.GrainSize / Sector);
            var index = checked((int)(marker.Value * Sector / DiskContent.BlockSize));
            if (open is not null && open.Index != index)
            {
                yield return open;
                open = null;
            }

            open ??= Empty(index);
            Inflate(sector, marker.Size, open.Buffer.Slice((int)(marker.Value * Sector % DiskContent.BlockSize), header.GrainSize));
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    private static DiskBlock Empty(int index)
    {
        var block = DiskBlock.Rent(index);
        block.Buffer.Clear();
        return block;
    }

    /// <summary>A marker; a grain's begins its data, too.</summary>
    private (long Value, int Size, bool End) ReadMarker(byte[] sector)
    {
        Fill(sector);
        var value = BinaryPrimitives.ReadInt64LittleEndian(sector);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(8));
        var type = BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(12));
        if (size > 2 * DiskContent.BlockSize || (size == 0 && (value is < 0 or > MostTable || type > 3)))
        {
            throw new InvalidDataException("the VMDK has an impossible marker");
        }

        return (value, (int)size, size == 0 && type == EndOfStream);
    }

    /// <summary>The data of a grain begins in the marker's sector, behind its 12 bytes, and is padded to whole sectors.</summary>
    private void Inflate(byte[] sector, int size, Span<byte> grain)
    {
        const int marker = 12;
        var packed = new byte[(marker + size + Sector - 1) / Sector * Sector];
        sector.CopyTo(packed, 0);
        Fill(packed.AsSpan(Sector));
        using var inflater = new ZLibStream(new MemoryStream(packed, marker, size, writable: false), CompressionMode.Decompress);
        if (inflater.ReadAtLeast(grain, grain.Length, throwOnEndOfStream: false) < grain.Length || inflater.ReadByte() != -1)
        {
            throw new InvalidDataException("a grain of the VMDK has another size than its header says");
        }
    }

    private void Skip(long bytes)
    {
        var buffer = new byte[Math.Min(bytes, 64 << 10)];
        for (; bytes > 0; bytes -= Math.Min(bytes, buffer.Length))
        {
            Fill(buffer.AsSpan(0, (int)Math.Min(bytes, buffer.Length)));
        }
    }

    private void Fill(Span<byte> buffer)
    {
        if (source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
        {
            throw new InvalidDataException("the VMDK ends early");
        }
    }
}

/// <summary>What the header of a VMDK says.</summary>
/// <param name="Sectors">Size of the disk in sectors of 512 bytes.</param>
/// <param name="GrainSize">Bytes of a grain.</param>
/// <param name="Overhead">Sectors before the first marker.</param>
internal sealed record VmdkHeader(long Sectors, int GrainSize, long Overhead)
{
    /// <summary>Size of the disk.</summary>
    public ByteSize Size => ByteSize.FromBytes(Sectors * 512);
}
