using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Packing;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Vmdk;

/// <summary>
/// Stream-optimised VMDK ("Virtual Disk Format 5.0", VMware): grains of 64 KiB compressed on all processors, zeros left out, tables after
/// what they describe, so that the file is written from front to back.
/// </summary>
internal sealed class VmdkWriter : IDiskWriter
{
    private const int Sector = 512;
    private const int GrainSize = 64 << 10;
    private const int GrainsPerTable = 512;
    private const int GrainsPerBatch = 64;
    private const int Overhead = 128; // sectors before the first grain
    private const long AtEnd = -1; // place of a directory that only the header near the end knows
    private const uint EndOfStream = 0;
    private const uint GrainTable = 1;
    private const uint GrainDirectory = 2;
    private const uint FooterMark = 3;

    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.Vmdk;

    /// <inheritdoc/>
    public StepTools Tools { get; } = new([], [Deflater.Library]);

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        var sectors = (disk.Length + Sector - 1) / Sector;
        target.Write(Header(sectors, AtEnd));
        target.Write(Encoding.ASCII.GetBytes(Descriptor(sectors, facts)));
        target.WriteZeros((Overhead * Sector) - target.Written);

        var grains = new Grains(target, (disk.Length + GrainSize - 1) / GrainSize);
        using (var work = new InOrder<(long First, byte[]?[] Packed)>(b => grains.Add(b.First, b.Packed)))
        {
            foreach (var first in Batches(disk))
            {
                cancellationToken.ThrowIfCancellationRequested();
                work.Add(() => (first, Pack(disk, first)));
            }

            work.Finish();
        }

        var directory = grains.Finish();
        target.Write(Marker(1, FooterMark));
        target.Write(Header(sectors, directory));
        target.Write(Marker(0, EndOfStream));
    }

    /// <summary>First grains of the batches that have anything stored in them.</summary>
    private static IEnumerable<long> Batches(DiskView disk)
    {
        const long size = (long)GrainSize * GrainsPerBatch;
        var next = 0L;
        foreach (var extent in disk.Stored())
        {
            for (var batch = Math.Max(next, extent.Start / size); batch * size < extent.End; batch++)
            {
                yield return batch * GrainsPerBatch;
                next = batch + 1;
            }
        }
    }

    /// <summary>Compressed grains of a batch; <c>null</c> for zeros and for what is beyond the disk's end.</summary>
    private static byte[]?[] Pack(DiskView disk, long first)
    {
        var packed = new byte[GrainsPerBatch][];
        var grain = new byte[GrainSize];
        for (var i = 0; i < GrainsPerBatch; i++)
        {
            disk.ReadPadded(grain, (first + i) * GrainSize);
            if (grain.AsSpan().ContainsAnyExcept((byte)0))
            {
                packed[i] = Deflater.Zlib(grain);
            }
        }

        return packed;
    }

    /// <summary>The header; its second copy near the end says where the grain directory is.</summary>
    private static byte[] Header(long sectors, long directory)
    {
        const uint newlinesCompressedMarkers = 0x30001;
        var header = new byte[Sector];
        "KDMV"u8.CopyTo(header);
        header[4] = 3;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), newlinesCompressedMarkers);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(12), sectors);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(20), GrainSize / Sector);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(28), 1); // the descriptor, in sectors
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(36), 20);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(44), GrainsPerTable);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(56), directory);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(64), Overhead);
        "\n \r\n"u8.CopyTo(header.AsSpan(73)); // shows damage by transfers as text
        header[77] = 1; // deflate
        return header;
    }

    private static string Descriptor(long sectors, DiskFacts facts)
    {
        const int heads = 255;
        const int perTrack = 63;
        var cylinders = sectors / (heads * perTrack);
        var id = BinaryPrimitives.ReadUInt32LittleEndian(facts.Id("content").ToByteArray());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            # Disk DescriptorFile
            version=1
            CID={id:x8}
            parentCID=ffffffff
            createType="streamOptimized"

            # Extent description
            RDONLY {sectors} SPARSE "{facts.Product}-{facts.Version}-{facts.Artifact}.vmdk"

            # The Disk Data Base
            #DDB

            ddb.virtualHWVersion = "6"
            ddb.geometry.cylinders = "{cylinders}"
            ddb.geometry.heads = "{heads}"
            ddb.geometry.sectors = "{perTrack}"
            ddb.adapterType = "lsilogic"

            """
        );
    }

    private static byte[] Marker(ulong sectors, uint kind)
    {
        var marker = new byte[Sector];
        BinaryPrimitives.WriteUInt64LittleEndian(marker, sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(marker.AsSpan(12), kind);
        return marker;
    }

    /// <summary>Writes grains and, after each group of them, their table; keeps where the tables are.</summary>
    private sealed class Grains(ImageStream target, long count)
    {
        private readonly uint[] _tables = new uint[(count + GrainsPerTable - 1) / GrainsPerTable];
        private readonly uint[] _table = new uint[GrainsPerTable];
        private long _current = -1;

        private uint Here => checked((uint)(target.Written / Sector));

        public void Add(long first, byte[]?[] packed)
        {
            Span<byte> marker = stackalloc byte[12];
            for (var i = 0; i < packed.Length; i++)
            {
                if (packed[i] is { } grain)
                {
                    Turn((first + i) / GrainsPerTable);
                    _table[(first + i) % GrainsPerTable] = Here;
                    BinaryPrimitives.WriteInt64LittleEndian(marker, (first + i) * (GrainSize / Sector));
                    BinaryPrimitives.WriteInt32LittleEndian(marker[8..], grain.Length);
                    target.Write(marker);
                    target.Write(grain);
                    target.Pad(Sector);
                }
            }
        }

        /// <summary>Writes the last table and the directory; its sector.</summary>
        public long Finish()
        {
            Turn(-1);
            var size = ((_tables.Length * 4) + Sector - 1) / Sector;
            target.Write(Marker((ulong)size, GrainDirectory));
            var at = Here;
            Put(_tables);
            return at;
        }

        private void Turn(long table)
        {
            if (_current >= 0 && _current != table)
            {
                target.Write(Marker(GrainsPerTable * 4 / Sector, GrainTable));
                _tables[_current] = Here;
                Put(_table);
                Array.Clear(_table);
            }

            _current = table;
        }

        private void Put(uint[] numbers)
        {
            var bytes = new byte[numbers.Length * 4];
            for (var i = 0; i < numbers.Length; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), numbers[i]);
            }

            target.Write(bytes);
            target.Pad(Sector);
        }
    }
}
