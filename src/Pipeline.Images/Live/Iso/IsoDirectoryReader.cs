using System.Buffers.Binary;
using System.Text;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Live.Iso;

/// <summary>Walks the directories of an image.</summary>
internal sealed class IsoDirectoryReader(IsoImage image)
{
    private const int MostEntries = 100_000;
    private const int MostDepth = 32;
    private const int LargestDirectory = 16 << 20;
    private const int SmallestRecord = 34;
    private const int NameOffset = 33;
    private readonly List<IsoEntry> _entries = [];
    private readonly HashSet<long> _open = [];

    /// <summary>All entries below the root.</summary>
    /// <param name="root">The record of the root directory.</param>
    public IReadOnlyList<IsoEntry> Walk(ReadOnlySpan<byte> root)
    {
        var (offset, length) = Extent(root);
        var waiting = new Stack<(IsoEntry Directory, int Depth)>();
        waiting.Push((new("", "", true, offset, length), 0));
        while (waiting.TryPop(out var next))
        {
            var found = Entries(next.Directory);
            _entries.AddRange(found);
            foreach (var directory in found.Where(e => e.IsDirectory).Reverse())
            {
                if (next.Depth == MostDepth)
                {
                    throw image.Damaged($"its directories are nested more than {MostDepth} deep");
                }

                waiting.Push((directory, next.Depth + 1));
            }
        }

        return _entries;
    }

    /// <summary>The entries of one directory; a directory that was read before is in a loop.</summary>
    private List<IsoEntry> Entries(IsoEntry directory)
    {
        if (directory.Length > LargestDirectory)
        {
            throw image.Damaged($"the directory '/{directory.Path}' has {directory.Length} bytes");
        }

        if (!_open.Add(directory.Offset))
        {
            throw image.Damaged($"the directory '/{directory.Path}' is inside itself or in two places");
        }

        var bytes = image.Read(directory.Offset, (int)directory.Length, $"the directory '/{directory.Path}'");
        var found = new List<IsoEntry>();
        IsoEntry? unfinished = null;
        for (var at = 0; at < bytes.Length; )
        {
            var left = IsoImage.Sector - (at % IsoImage.Sector);
            if (bytes[at] == 0)
            {
                at += left;
                continue;
            }

            var length = bytes[at];
            if (length < SmallestRecord || length > left || at + length > bytes.Length)
            {
                throw image.Damaged($"a record of the directory '/{directory.Path}' has {length} bytes");
            }

            if (Entry(directory, bytes.AsSpan(at, length)) is var (entry, more) && entry is not null)
            {
                var whole = unfinished is null ? entry : Join(unfinished, entry);
                unfinished = more ? whole : null;
                if (!more)
                {
                    found.Add(whole);
                }
            }

            if (_entries.Count + found.Count > MostEntries)
            {
                throw image.Damaged($"it has more than {MostEntries} entries");
            }

            at += length;
        }

        return unfinished is null ? found : throw image.Damaged($"the file '/{unfinished.Path}' has no last part");
    }

    /// <summary>One record; <c>null</c> for the directory itself and its parent.</summary>
    private (IsoEntry? Entry, bool More) Entry(IsoEntry directory, ReadOnlySpan<byte> record)
    {
        const int isDirectory = 2;
        const int isUnfinished = 0x80;
        var name = record.Slice(NameOffset, Math.Min(record[32], record.Length - NameOffset));
        if (name.Length != record[32] || name.IsEmpty)
        {
            throw image.Damaged($"a name in the directory '/{directory.Path}' is longer than its record");
        }

        if (name.Length == 1 && name[0] <= 1)
        {
            return (null, false);
        }

        if (record[26] != 0)
        {
            throw image.Damaged($"a file in the directory '/{directory.Path}' is interleaved, which is not supported");
        }

        var plain = Plain(name);
        var system = NameOffset + name.Length + ((name.Length & 1) == 0 ? 1 : 0);
        var shown = system < record.Length ? RockRidge.NameOf(image, record[system..]) : null;
        var (offset, length) = Extent(record);
        return (
            new(
                Below(directory.Path, Checked(shown ?? plain.ToLowerInvariant())),
                Below(directory.PlainPath, Checked(plain)),
                (record[25] & isDirectory) != 0,
                offset,
                length
            ),
            (record[25] & isUnfinished) != 0
        );
    }

    private static string Below(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

    /// <summary>Large files have several records in a row, each with the next part.</summary>
    private IsoEntry Join(IsoEntry front, IsoEntry back) =>
        front.PlainPath == back.PlainPath && front.End == back.Offset
            ? front with
            {
                Length = checked(front.Length + back.Length),
            }
            : throw image.Damaged($"the parts of '/{front.Path}' do not follow one another");

    private static (long Offset, long Length) Extent(ReadOnlySpan<byte> record) =>
        (
            (BinaryPrimitives.ReadUInt32LittleEndian(record[2..]) + (long)record[1]) * IsoImage.Sector,
            BinaryPrimitives.ReadUInt32LittleEndian(record[10..])
        );

    /// <summary>The name without its version and without the dot that stands for no extension.</summary>
    private static string Plain(ReadOnlySpan<byte> bytes)
    {
        var name = Encoding.Latin1.GetString(bytes);
        var version = name.LastIndexOf(';');
        name = version > 0 && name[(version + 1)..].All(char.IsAsciiDigit) ? name[..version] : name;
        return name.Length > 1 && name.EndsWith('.') ? name[..^1].ToUpperInvariant() : name.ToUpperInvariant();
    }

    private string Checked(string name) =>
        name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\\') || name.Any(char.IsControl)
            ? throw new PipelineException(LiveDiagnostics.Climbs(image.File, name))
            : name;
}
