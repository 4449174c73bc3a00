using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Packing;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Gcp;

/// <summary>
/// What Compute Engine imports: <c>disk.raw</c> as a sparse file in GNU tar's old format, gzip-compressed on all processors.
/// </summary>
internal sealed class GcpTarWriter : IDiskWriter
{
    private const int Unit = 64 << 10;

    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.GcpTar;

    /// <inheritdoc/>
    public StepTools Tools { get; } = Codecs.Tools(Compression.Gzip);

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        var ranges = Ranges(disk.Used(Unit, cancellationToken), disk.Length);
        using var packed = new CompressedImage(target, new GzipCodec());
        packed.Write(TarHeader.Sparse("disk.raw", disk.Length, ranges, facts.Epoch));
        var buffer = new byte[1 << 20];
        foreach (var (start, length) in ranges)
        {
            for (var at = start; at < start + length; )
            {
                cancellationToken.ThrowIfCancellationRequested();
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, start + length - at));
                disk.Read(part, at);
                packed.Write(part);
                at += part.Length;
            }
        }

        TarMembers.End(packed);
        packed.Finish();
    }

    /// <summary>Runs of used units; one of no length at the end of a disk that ends with a hole, as GNU tar has it.</summary>
    private static List<(long At, long Length)> Ranges(bool[] used, long length)
    {
        var ranges = new List<(long At, long Length)>();
        for (var i = 0; i < used.Length; i++)
        {
            if (used[i])
            {
                var first = i;
                while (i + 1 < used.Length && used[i + 1])
                {
                    i++;
                }

                var start = (long)first * Unit;
                ranges.Add((start, Math.Min((i + 1L) * Unit, length) - start));
            }
        }

        if (used.Length == 0 || !used[^1])
        {
            ranges.Add((length, 0));
        }

        return ranges;
    }
}
