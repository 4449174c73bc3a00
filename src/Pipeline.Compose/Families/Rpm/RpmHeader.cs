using System.Buffers.Binary;
using System.Text;
using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// A header of an RPM package: tagged values. Every offset and count is checked when it is read, as rpm 4.20 does: values are aligned, in
/// the order of their offsets, do not overlap and end inside the data; no tag is there twice.
/// </summary>
/// <remarks>Format: rpm 6.0, docs/manual/format_header.md.</remarks>
internal sealed class RpmHeader
{
    /// <summary>Bytes before the index: magic, four reserved, number of entries, bytes of data.</summary>
    public const int IntroSize = 16;

    private const int EntrySize = 16;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;
    private readonly int _data;
    private readonly int _dataSize;
    private readonly Dictionary<RpmTag, Entry> _entries = [];

    private RpmHeader(byte[] bytes, int entries, int dataSize)
    {
        (_bytes, _data, _dataSize) = (bytes, IntroSize + (entries * EntrySize), dataSize);
    }

    private enum Kind
    {
        Char = 1,
        Int8 = 2,
        Int16 = 3,
        Int32 = 4,
        Int64 = 5,
        String = 6,
        Binary = 7,
        StringArray = 8,
        I18nString = 9,
    }

    /// <summary>As in the file, with its magic: what digests and signatures are over.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>The tags that are there.</summary>
    public IEnumerable<RpmTag> Tags => _entries.Keys;

    private ReadOnlySpan<byte> Data => _bytes.AsSpan(_data, _dataSize);

    /// <summary>Reads the header at the stream's position.</summary>
    /// <param name="stream">Can seek; its length bounds what is believed.</param>
    /// <param name="region">The tag of its first entry, which covers it.</param>
    /// <param name="mostEntries">More entries are refused, by their number.</param>
    /// <param name="mostData">More bytes are refused, by their number, before any is read.</param>
    /// <exception cref="BadPackageException">PL2001 damaged; PL2003 larger than the bounds.</exception>
    public static RpmHeader Read(Stream stream, RpmTag region, int mostEntries, int mostData)
    {
        Span<byte> intro = stackalloc byte[IntroSize];
        if (stream.ReadAtLeast(intro, IntroSize, throwOnEndOfStream: false) < IntroSize)
        {
            throw BadPackageException.Damaged("the package is cut off before a header");
        }

        if (!intro.StartsWith((ReadOnlySpan<byte>)[0x8e, 0xad, 0xe8, 1]))
        {
            throw BadPackageException.Damaged("a header does not begin with its magic bytes");
        }

        var entries = BinaryPrimitives.ReadUInt32BigEndian(intro[8..]);
        var data = BinaryPrimitives.ReadUInt32BigEndian(intro[12..]);
        if (entries > mostEntries || data > mostData)
        {
            throw BadPackageException.TooLarge($"a header claims {entries} entries and {data} bytes");
        }

        var size = (entries * EntrySize) + (long)data;
        if (size > stream.Length - stream.Position)
        {
            throw BadPackageException.Damaged("a header claims more bytes than the package has");
        }

        var bytes = new byte[IntroSize + size];
        intro.CopyTo(bytes);
        if (stream.ReadAtLeast(bytes.AsSpan(IntroSize), (int)size, throwOnEndOfStream: false) < size)
        {
            throw BadPackageException.Damaged("the package is cut off in a header");
        }

        var header = new RpmHeader(bytes, (int)entries, (int)data);
        header.Index((int)entries, region);
        return header;
    }

    /// <summary>Reads a header from its <see cref="Bytes"/>.</summary>
    public static RpmHeader Parse(byte[] bytes, RpmTag region) =>
        Read(new MemoryStream(bytes, writable: false), region, 65535, bytes.Length);

    /// <summary>Whether there is a value.</summary>
    public bool Has(RpmTag tag) => _entries.ContainsKey(tag);

    /// <summary>How many values a tag has; 0 when it is not there.</summary>
    public int Count(RpmTag tag) => _entries.TryGetValue(tag, out var entry) ? entry.Count : 0;

    /// <summary>The first text of a tag, in the language <c>C</c> when there are several, or <c>null</c>.</summary>
    public string? Text(RpmTag tag) => _entries.ContainsKey(tag) ? Texts(tag, int.MaxValue, first: true)[0] : null;

    /// <summary>All texts of a tag; none when it is not there. Bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="most">More are refused.</param>
    public string[] Texts(RpmTag tag, int most) => Texts(tag, most, first: false);

    /// <summary>As <see cref="Texts(RpmTag, int)"/>, for names in a tree: bytes that are no UTF-8 refuse the package.</summary>
    public string[] Names(RpmTag tag, int most) => Texts(tag, most, first: false, Strict);

    /// <summary>Texts by language, for tags such as the summary.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Translations(RpmTag tag)
    {
        const int most = 1000;
        var languages = Texts(RpmTag.Languages, most);
        var texts = Texts(tag, most);
        return [.. texts.Select((t, i) => KeyValuePair.Create(i < languages.Length ? languages[i] : "C", t))];
    }

    /// <summary>The first number of a tag, or <c>null</c>.</summary>
    public long? Number(RpmTag tag) => Has(tag) ? Numbers(tag, int.MaxValue, first: true)[0] : null;

    /// <summary>All numbers of a tag, unsigned; none when it is not there.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="most">More are refused.</param>
    public long[] Numbers(RpmTag tag, int most) => Numbers(tag, most, first: false);

    /// <summary>The bytes of a tag, or none.</summary>
    public ReadOnlyMemory<byte> Binary(RpmTag tag) =>
        Find(tag, int.MaxValue) is not { } entry ? default
        : entry.Kind == Kind.Binary ? _bytes.AsMemory(_data + entry.Offset, entry.Count)
        : throw WrongKind(tag);

    /// <summary>A main header like this one, as bytes, for a package that stands in for another.</summary>
    /// <param name="keep">Which tags it has.</param>
    /// <param name="numbers">A tag with 32-bit numbers.</param>
    /// <param name="bits">Set in each of those numbers.</param>
    public byte[] Copy(Func<RpmTag, bool> keep, RpmTag numbers, uint bits)
    {
        var (index, data) = (new MemoryStream(), new MemoryStream());
        var entries = 1;
        for (var i = 1; i < (_data - IntroSize) / EntrySize; i++)
        {
            var (tag, entry) = EntryAt(i);
            if (!keep(tag))
            {
                continue;
            }

            // rpm accepts no gaps but those of alignment.
            var values = Data.Slice(entry.Offset, (int)Length(entry, (int)tag)).ToArray();
            for (var n = 0; tag == numbers && entry.Kind == Kind.Int32 && n < values.Length; n += 4)
            {
                var number = values.AsSpan(n, 4);
                BinaryPrimitives.WriteUInt32BigEndian(number, BinaryPrimitives.ReadUInt32BigEndian(number) | bits);
            }

            data.Write(new byte[-data.Length & (Width(entry.Kind) - 1)]);
            Write(index, (int)tag, (int)entry.Kind, (int)data.Length, entry.Count);
            data.Write(values);
            entries++;
        }

        var copy = new MemoryStream();
        copy.Write(_bytes, 0, 8);
        Write(copy, entries, (int)data.Length + EntrySize);
        Write(copy, (int)RpmTag.HeaderImmutable, (int)Kind.Binary, (int)data.Length, EntrySize);
        copy.Write(index.ToArray());
        copy.Write(data.ToArray());
        Write(copy, (int)RpmTag.HeaderImmutable, (int)Kind.Binary, -entries * EntrySize, EntrySize);
        return copy.ToArray();
    }

    private static void Write(MemoryStream stream, params ReadOnlySpan<int> numbers)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
            stream.Write(bytes);
        }
    }

    private long[] Numbers(RpmTag tag, int most, bool first)
    {
        if (Find(tag, most) is not { } entry)
        {
            return [];
        }

        if (entry.Kind is not (Kind.Char or Kind.Int8 or Kind.Int16 or Kind.Int32 or Kind.Int64))
        {
            throw WrongKind(tag);
        }

        var numbers = new long[first ? 1 : entry.Count];
        var at = Data[entry.Offset..];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = entry.Kind switch
            {
                Kind.Int16 => BinaryPrimitives.ReadUInt16BigEndian(at[(i * 2)..]),
                Kind.Int32 => BinaryPrimitives.ReadUInt32BigEndian(at[(i * 4)..]),
                Kind.Int64 when BinaryPrimitives.ReadUInt64BigEndian(at[(i * 8)..]) is <= long.MaxValue and var n => (long)n,
                Kind.Int64 => throw BadPackageException.TooLarge($"a number of header tag {(int)tag} is near 2^64"),
                _ => at[i],
            };
        }

        return numbers;
    }

    private string[] Texts(RpmTag tag, int most, bool first, Encoding? encoding = null)
    {
        if (Find(tag, most) is not { } entry)
        {
            return [];
        }

        if (entry.Kind is not (Kind.String or Kind.StringArray or Kind.I18nString))
        {
            throw WrongKind(tag);
        }

        var texts = new string[first ? 1 : entry.Count];
        var at = Data[entry.Offset..];
        for (var i = 0; i < texts.Length; i++)
        {
            var end = at.IndexOf((byte)0);
            try
            {
                texts[i] = (encoding ?? Encoding.UTF8).GetString(at[..end]);
            }
            catch (DecoderFallbackException)
            {
                throw BadPackageException.Escape("a name in it is not UTF-8");
            }

            at = at[(end + 1)..];
        }

        return texts;
    }

    private Entry? Find(RpmTag tag, int most) =>
        !_entries.TryGetValue(tag, out var entry) ? null
        : entry.Count <= most ? entry
        : throw BadPackageException.TooLarge($"header tag {(int)tag} has {entry.Count} values");

    private static BadPackageException WrongKind(RpmTag tag) =>
        BadPackageException.Damaged($"header tag {(int)tag} has values of a wrong type");

    /// <summary>Checks the whole index once; values are decoded when they are asked for.</summary>
    private void Index(int entries, RpmTag region)
    {
        if (entries == 0)
        {
            throw BadPackageException.Damaged("a header has no entries");
        }

        var trailer = Region(entries, region);
        long end = 0;
        for (var i = 1; i < entries; i++)
        {
            var (tag, entry) = EntryAt(i);
            var length = Length(entry, (int)tag);
            if (entry.Offset < end)
            {
                throw BadPackageException.Damaged($"header tag {(int)tag} overlaps another");
            }

            end = entry.Offset + length;
            if (entry.Offset < trailer + EntrySize && end > trailer)
            {
                throw BadPackageException.Damaged($"header tag {(int)tag} overlaps the end of its region");
            }

            if ((int)tag < (int)RpmTag.Languages || !_entries.TryAdd(tag, entry))
            {
                throw BadPackageException.Damaged($"header tag {(int)tag} is reserved or there twice");
            }
        }
    }

    /// <summary>
    /// Checks the first entry, which says what the header covers, and returns the offset of its trailer. A main header is covered whole;
    /// signatures may have been added behind the region of a signature header.
    /// </summary>
    private int Region(int entries, RpmTag region)
    {
        var (tag, entry) = EntryAt(0);
        if (tag != region || entry.Kind != Kind.Binary || entry.Count != EntrySize || entry.Offset > _dataSize - EntrySize)
        {
            throw BadPackageException.Damaged("a header does not begin with its region");
        }

        var trailer = Data.Slice(entry.Offset, EntrySize);
        var end = (RpmTag)BinaryPrimitives.ReadInt32BigEndian(trailer);
        var back = BinaryPrimitives.ReadInt32BigEndian(trailer[8..]);
        var covered = back is < 0 and > int.MinValue && -back % EntrySize == 0 ? -back / EntrySize : 0;
        var isImage = region == RpmTag.HeaderSignatures && end == RpmTag.HeaderImage;
        if (
            (end != region && !isImage)
            || BinaryPrimitives.ReadInt32BigEndian(trailer[4..]) != (int)Kind.Binary
            || BinaryPrimitives.ReadInt32BigEndian(trailer[12..]) != EntrySize
            || covered < 1
            || covered > entries
        )
        {
            throw BadPackageException.Damaged("the region of a header has no end");
        }

        return region == RpmTag.HeaderSignatures || (covered == entries && entry.Offset == _dataSize - EntrySize)
            ? entry.Offset
            : throw BadPackageException.Damaged("a header has entries outside of its region");
    }

    private (RpmTag Tag, Entry Entry) EntryAt(int index)
    {
        var at = _bytes.AsSpan(IntroSize + (index * EntrySize), EntrySize);
        var tag = BinaryPrimitives.ReadInt32BigEndian(at);
        var kind = BinaryPrimitives.ReadUInt32BigEndian(at[4..]);
        var offset = BinaryPrimitives.ReadUInt32BigEndian(at[8..]);
        var count = BinaryPrimitives.ReadUInt32BigEndian(at[12..]);
        if (kind is < (uint)Kind.Char or > (uint)Kind.I18nString || offset >= _dataSize || count == 0 || count > _dataSize)
        {
            throw BadPackageException.Damaged($"the header entry of tag {tag} points outside of the header");
        }

        return ((RpmTag)tag, new((Kind)kind, (int)offset, (int)count));
    }

    private long Length(Entry entry, int tag)
    {
        var left = _dataSize - entry.Offset;
        var width = Width(entry.Kind);
        var length = entry.Kind is Kind.String or Kind.StringArray or Kind.I18nString ? TextLength(entry, tag) : (long)entry.Count * width;
        return entry.Offset % width == 0 && length <= left
            ? length
            : throw BadPackageException.Damaged($"the values of header tag {tag} are not inside the header");
    }

    private static int Width(Kind kind) =>
        kind switch
        {
            Kind.Int16 => 2,
            Kind.Int32 => 4,
            Kind.Int64 => 8,
            _ => 1,
        };

    private long TextLength(Entry entry, int tag)
    {
        if (entry.Kind == Kind.String && entry.Count != 1)
        {
            throw BadPackageException.Damaged($"header tag {tag} is one text, but says it is {entry.Count}");
        }

        var at = Data[entry.Offset..];
        var length = 0;
        for (var i = 0; i < entry.Count; i++)
        {
            var end = at[length..].IndexOf((byte)0);
            if (end < 0)
            {
                throw BadPackageException.Damaged($"a text of header tag {tag} has no end");
            }

            length += end + 1;
        }

        return length;
    }

    private readonly record struct Entry(Kind Kind, int Offset, int Count);
}
