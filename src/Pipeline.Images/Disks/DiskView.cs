using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;

namespace Pipeline.Images.Disks;

/// <summary>A range of a disk that a file has at the same place.</summary>
/// <param name="Start">Offset of the first byte.</param>
/// <param name="End">Offset of the first byte after it.</param>
/// <param name="File">The file.</param>
internal readonly record struct DiskExtent(long Start, long End, SafeFileHandle File);

/// <summary>
/// A raw disk that is only read: ranges of one or more sparse files, and zeros between them. Several views share the same files, so a
/// platform's disk is the commit's disk with a few ranges of its own. Safe for several threads.
/// </summary>
internal sealed class DiskView : IDisposable
{
    private const int Chunk = 1 << 20;
    private readonly DiskExtent[] _pieces;
    private readonly Action _close;

    private DiskView(long length, DiskExtent[] pieces, Action close) => (Length, _pieces, _close) = (length, pieces, close);

    /// <summary>Size of the disk in bytes.</summary>
    public long Length { get; }

    /// <summary>The whole of a raw disk.</summary>
    public static DiskView Open(string raw)
    {
        var file = File.OpenHandle(raw);
        var length = RandomAccess.GetLength(file);
        return new(length, [new(0, length, file)], file.Dispose);
    }

    /// <summary>A disk put together from ranges of files.</summary>
    /// <param name="length">Its size.</param>
    /// <param name="ranges">Ranges that do not overlap, ascending; what is between them reads as zeros.</param>
    /// <param name="close">Called once when the view is disposed, after its files are closed.</param>
    public static DiskView Compose(long length, IEnumerable<(long Start, long End, string File)> ranges, Action close)
    {
        var files = new Dictionary<string, SafeFileHandle>(StringComparer.Ordinal);
        var pieces = new List<DiskExtent>();
        foreach (var (start, end, path) in ranges)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(start, pieces.Count == 0 ? 0 : pieces[^1].End);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(end, length);
            if (!files.TryGetValue(path, out var file))
            {
                files[path] = file = File.OpenHandle(path, share: FileShare.ReadWrite);
            }

            pieces.Add(new(start, end, file));
        }

        return new(
            length,
            [.. pieces],
            () =>
            {
                foreach (var file in files.Values)
                {
                    file.Dispose();
                }

                close();
            }
        );
    }

    /// <summary>What is stored, ascending; the rest is holes.</summary>
    public IEnumerable<DiskExtent> Stored()
    {
        foreach (var piece in _pieces)
        {
            foreach (var (start, end) in FileRanges.Stored(piece.File).SkipWhile(r => r.End <= piece.Start))
            {
                if (start >= piece.End)
                {
                    break;
                }

                yield return new(Math.Max(start, piece.Start), Math.Min(end, piece.End), piece.File);
            }
        }
    }

    /// <summary>Bytes that are stored.</summary>
    public long StoredBytes() => Stored().Sum(e => e.End - e.Start);

    /// <summary>Reads a range that lies within the disk.</summary>
    public void Read(Span<byte> buffer, long at)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(at + buffer.Length, Length);
        buffer.Clear();
        foreach (var piece in _pieces)
        {
            var start = Math.Max(piece.Start, at);
            var end = Math.Min(piece.End, at + buffer.Length);
            if (end > start)
            {
                ReadFully(piece.File, buffer[(int)(start - at)..(int)(end - at)], start);
            }
        }
    }

    /// <summary>Reads a range; what is beyond the disk's end reads as zeros.</summary>
    public void ReadPadded(Span<byte> buffer, long at)
    {
        var length = (int)Math.Clamp(Length - at, 0, buffer.Length);
        Read(buffer[..length], Math.Min(at, Length));
        buffer[length..].Clear();
    }

    /// <summary>Which units of <paramref name="size"/> bytes hold anything but zeros, wherever the holes are.</summary>
    public bool[] Used(int size, CancellationToken cancellationToken)
    {
        var used = new bool[checked((int)((Length + size - 1) / size))];
        var buffer = new byte[Chunk];
        foreach (var extent in Stored())
        {
            for (var at = extent.Start; at < extent.End; )
            {
                cancellationToken.ThrowIfCancellationRequested();
                var part = buffer.AsSpan(0, (int)Math.Min(Chunk - (at % Chunk), extent.End - at));
                ReadFully(extent.File, part, at);
                Mark(used, size, part, at);
                at += part.Length;
            }
        }

        return used;
    }

    /// <inheritdoc/>
    public void Dispose() => _close();

    private static void Mark(bool[] used, int size, ReadOnlySpan<byte> bytes, long at)
    {
        while (!bytes.IsEmpty)
        {
            var length = (int)Math.Min(size - (at % size), bytes.Length);
            used[at / size] = used[at / size] || bytes[..length].ContainsAnyExcept((byte)0);
            bytes = bytes[length..];
            at += length;
        }
    }

    private static void ReadFully(SafeFileHandle file, Span<byte> buffer, long at)
    {
        for (var done = 0; done < buffer.Length; )
        {
            var read = RandomAccess.Read(file, buffer[done..], at + done);
            if (read == 0)
            {
                buffer[done..].Clear(); // the file ends before its range does: zeros
                return;
            }

            done += read;
        }
    }
}
