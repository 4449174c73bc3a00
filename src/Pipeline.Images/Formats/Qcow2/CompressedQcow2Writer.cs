using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Packing;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Qcow2;

/// <summary>
/// qcow2 whose clusters are deflated on all processors. The tables stand before the content and need its sizes, so the content goes
/// through a scratch file.
/// </summary>
internal sealed class CompressedQcow2Writer : IDiskWriter
{
    private const int Batch = 32;
    private const int Sector = 512;
    private const ulong Compressed = 1UL << 62;
    private const int SectorsAt = 54; // 62 - (bits of the cluster size - 8)

    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.CompressedQcow2;

    /// <inheritdoc/>
    public StepTools Tools { get; } = new([], [Deflater.Library]);

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        var used = disk.Used(Qcow2Tables.ClusterSize, cancellationToken);
        using var scratch = FileImage.Nameless(target.ScratchFile);
        var content = new Content(scratch);
        using (var work = new InOrder<(int Index, byte[] Packed)[]>(content.Add))
        {
            foreach (var batch in Enumerable.Range(0, used.Length).Where(i => used[i]).Chunk(Batch))
            {
                cancellationToken.ThrowIfCancellationRequested();
                work.Add(() => Pack(disk, batch));
            }

            work.Finish();
        }

        var tables = new Qcow2Tables(disk.Length, used);
        var first = tables.Lay(content.Clusters);
        target.Announce((first + content.Clusters) * Qcow2Tables.ClusterSize);
        tables.Write(target, cluster => content.Entry(cluster, first), cluster => content.References(cluster - first));
        scratch.Finish();
        target.Copy(scratch.File, 0, content.Length, cancellationToken);
        target.Pad(Qcow2Tables.ClusterSize);
    }

    /// <summary>Each cluster deflated, or as it is when that is not shorter.</summary>
    private static (int Index, byte[] Packed)[] Pack(DiskView disk, int[] clusters)
    {
        var plain = new byte[Qcow2Tables.ClusterSize];
        return
        [
            .. clusters.Select(c =>
            {
                disk.ReadPadded(plain, (long)c * plain.Length);
                var packed = Deflater.SmallWindow(plain);
                return (c, packed.Length < plain.Length ? packed : plain.ToArray());
            }),
        ];
    }

    /// <summary>The content as it grows: where each cluster of the disk lies in it.</summary>
    private sealed class Content(ImageStream scratch)
    {
        private readonly Dictionary<int, (long At, int Length)> _places = [];
        private readonly List<ushort> _references = [];

        public long Length => scratch.Written;

        public long Clusters => _references.Count;

        public void Add((int Index, byte[] Packed)[] batch)
        {
            foreach (var (index, packed) in batch)
            {
                if (packed.Length == Qcow2Tables.ClusterSize)
                {
                    scratch.Pad(Qcow2Tables.ClusterSize);
                }

                var at = Length;
                _places[index] = (at, packed.Length);
                scratch.Write(packed);
                for (var c = at / Qcow2Tables.ClusterSize; c <= (Length - 1) / Qcow2Tables.ClusterSize; c++)
                {
                    while (_references.Count <= c)
                    {
                        _references.Add(0);
                    }

                    _references[(int)c]++;
                }
            }
        }

        public ulong Entry(int cluster, long first)
        {
            if (!_places.TryGetValue(cluster, out var place))
            {
                return 0;
            }

            var at = (first * Qcow2Tables.ClusterSize) + place.At;
            if (place.Length == Qcow2Tables.ClusterSize)
            {
                return Qcow2Tables.Standard(at);
            }

            var more = ((at + place.Length - 1) / Sector) - (at / Sector);
            return Compressed | ((ulong)more << SectorsAt) | (ulong)at;
        }

        public ushort References(long cluster) => cluster < 0 ? (ushort)1 : _references[(int)cluster];
    }
}
