using System.Buffers.Binary;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Qcow2;

/// <summary>
/// qcow2 version 3 (QEMU's docs/interop/qcow2.txt): header, reference counts and tables first, then the clusters that are not zeros, in
/// the order of the disk.
/// </summary>
internal sealed class Qcow2Writer : IDiskWriter
{
    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.Qcow2;

    /// <inheritdoc/>
    public StepTools Tools => StepTools.None;

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        var used = disk.Used(Qcow2Tables.ClusterSize, cancellationToken);
        var tables = new Qcow2Tables(disk.Length, used);
        var data = used.LongCount(u => u);
        var next = tables.Lay(data);
        target.Announce((next + data) * Qcow2Tables.ClusterSize);
        tables.Write(target, at: cluster => used[cluster] ? Qcow2Tables.Standard(next++ * Qcow2Tables.ClusterSize) : 0, references: _ => 1);
        WriteClusters(disk, used, target, cancellationToken);
    }

    /// <summary>Writes runs of clusters as the disk has them; a hole inside a cluster is zeros.</summary>
    private static void WriteClusters(DiskView disk, bool[] used, ImageStream target, CancellationToken cancellationToken)
    {
        const int most = 16;
        var buffer = new byte[most * Qcow2Tables.ClusterSize];
        for (var first = 0; first < used.Length; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!used[first])
            {
                first++;
                continue;
            }

            var run = 1;
            while (run < most && first + run < used.Length && used[first + run])
            {
                run++;
            }

            var bytes = buffer.AsSpan(0, run * Qcow2Tables.ClusterSize);
            disk.ReadPadded(bytes, (long)first * Qcow2Tables.ClusterSize);
            target.Write(bytes);
            first += run;
        }
    }
}

/// <summary>Header, reference counts, and both levels of tables of a qcow2 file that is written once.</summary>
/// <param name="length">Size of the disk.</param>
/// <param name="used">Which clusters of the disk are in the file.</param>
internal sealed class Qcow2Tables(long length, bool[] used)
{
    /// <summary>Bytes in a cluster.</summary>
    public const int ClusterSize = 64 << 10;

    private const int HeaderSize = 104;
    private const int EntriesPerTable = ClusterSize / 8;
    private const int CountsPerBlock = ClusterSize / 2;
    private const ulong Copied = 1UL << 63;

    private readonly long _tables = (used.Length + EntriesPerTable - 1) / EntriesPerTable;
    private long _blocks;
    private long _blockTable;
    private long _total;

    private long DirectorySize => Math.Max(1, Clusters(_tables * 8));

    private long Directory => 1 + _blockTable + _blocks;

    private long FirstTable => Directory + DirectorySize;

    /// <summary>Decides where everything is; the first cluster after the tables.</summary>
    /// <param name="data">Clusters of the file that hold the disk's content.</param>
    public long Lay(long data)
    {
        var present = Enumerable.Range(0, (int)_tables).LongCount(HasTable);
        var others = 1 + DirectorySize + present + data;
        (_blocks, _blockTable) = (0, 0);
        for (var before = -1L; before != _blocks + _blockTable; )
        {
            before = _blocks + _blockTable;
            _blocks = (others + before + CountsPerBlock - 1) / CountsPerBlock;
            _blockTable = Clusters(_blocks * 8);
        }

        _total = others + _blocks + _blockTable;
        return FirstTable + present;
    }

    /// <summary>An entry for a cluster that is stored as it is.</summary>
    public static ulong Standard(long at) => Copied | (ulong)at;

    /// <summary>Writes everything that stands before the content.</summary>
    /// <param name="target">Takes it.</param>
    /// <param name="at">Asked for each cluster of the disk, in order, for its entry; zero when it is not in the file.</param>
    /// <param name="references">How often a cluster of the file is referred to.</param>
    public void Write(ImageStream target, Func<int, ulong> at, Func<long, ushort> references)
    {
        target.Write(Header());
        target.Pad(ClusterSize);
        for (var block = 0L; block < _blocks; block++)
        {
            Put(target, (ulong)((1 + _blockTable + block) * ClusterSize));
        }

        target.Pad(ClusterSize);
        var counts = new byte[ClusterSize];
        for (var block = 0L; block < _blocks; block++)
        {
            Array.Clear(counts);
            for (var i = 0; i < CountsPerBlock && (block * CountsPerBlock) + i < _total; i++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(counts.AsSpan(i * 2), references((block * CountsPerBlock) + i));
            }

            target.Write(counts);
        }

        var next = FirstTable;
        for (var table = 0; table < _tables; table++)
        {
            Put(target, HasTable(table) ? Standard(next++ * ClusterSize) : 0);
        }

        target.WriteZeros((FirstTable * ClusterSize) - target.Written);
        for (var table = 0; table < _tables; table++)
        {
            if (HasTable(table))
            {
                for (var i = table * EntriesPerTable; i < (table + 1) * EntriesPerTable; i++)
                {
                    Put(target, i < used.Length ? at(i) : 0);
                }
            }
        }
    }

    private byte[] Header()
    {
        var header = new byte[HeaderSize + 8]; // ends with an empty extension
        "QFI"u8.CopyTo(header);
        header[3] = 0xFB;
        Put32(4, 3); // version
        Put32(20, 16); // bits of the cluster size
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), length);
        Put32(36, (uint)_tables);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(40), Directory * ClusterSize);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(48), ClusterSize);
        Put32(56, (uint)_blockTable);
        Put32(96, 4); // bits of a reference count, as a power of two
        Put32(100, HeaderSize);
        return header;

        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(at), value);
    }

    private bool HasTable(int table)
    {
        var first = table * EntriesPerTable;
        return used.AsSpan(first, Math.Min(EntriesPerTable, used.Length - first)).Contains(true);
    }

    private static long Clusters(long bytes) => (bytes + ClusterSize - 1) / ClusterSize;

    private static void Put(ImageStream target, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        target.Write(bytes);
    }
}
