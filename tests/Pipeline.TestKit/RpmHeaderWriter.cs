using System.Buffers.Binary;
using System.Text;

namespace Pipeline.TestKit;

/// <summary>Writes a header of an RPM package (rpm 6.0, docs/manual/format_header.md); hostile values are written as they are.</summary>
public sealed class RpmHeaderWriter
{
    private readonly SortedDictionary<int, (int Kind, int Count, byte[] Data)> _values = [];

    /// <summary>One text.</summary>
    public void Text(int tag, string text) => _values[tag] = (6, 1, Strings([text]));

    /// <summary>A list of texts.</summary>
    public void Texts(int tag, IEnumerable<string> texts) => _values[tag] = (8, texts.Count(), Strings(texts));

    /// <summary>A text in several languages, in the order of the table of languages.</summary>
    public void Translations(int tag, IEnumerable<string> texts) => _values[tag] = (9, texts.Count(), Strings(texts));

    /// <summary>Bytes.</summary>
    public void Bytes(int tag, byte[] bytes) => _values[tag] = (7, bytes.Length, bytes);

    /// <summary>16-bit numbers.</summary>
    public void Shorts(int tag, IEnumerable<int> numbers) =>
        _values[tag] = (3, numbers.Count(), [.. numbers.SelectMany(n => new[] { (byte)(n >> 8), (byte)(n & 0xff) })]);

    /// <summary>32-bit numbers.</summary>
    public void Numbers(int tag, IEnumerable<long> numbers) =>
        _values[tag] = (4, numbers.Count(), [.. numbers.SelectMany(n => Word((uint)n))]);

    /// <summary>64-bit numbers.</summary>
    public void Longs(int tag, IEnumerable<ulong> numbers) =>
        _values[tag] = (5, numbers.Count(), [.. numbers.SelectMany(n => Word((uint)(n >> 32)).Concat(Word((uint)(n & uint.MaxValue))))]);

    /// <summary>A value whose type and count may be lies.</summary>
    public void Raw(int tag, int kind, int count, byte[] data) => _values[tag] = (kind, count, data);

    /// <summary>Removes a value.</summary>
    public void Remove(int tag) => _values.Remove(tag);

    /// <summary>The header with its magic.</summary>
    /// <param name="region">62 for signatures, 63 for the package.</param>
    public byte[] Build(int region)
    {
        var index = new MemoryStream();
        var data = new MemoryStream();
        foreach (var (tag, (kind, count, bytes)) in _values)
        {
            var width = kind switch
            {
                3 => 2,
                4 => 4,
                5 => 8,
                _ => 1,
            };
            while (data.Length % width != 0)
            {
                data.WriteByte(0);
            }

            index.Write(Entry(tag, kind, (int)data.Length, count));
            data.Write(bytes);
        }

        var entries = _values.Count + 1;
        var place = (int)data.Length;
        data.Write(Entry(region, 7, -(entries * 16), 16));
        return
        [
            0x8e,
            0xad,
            0xe8,
            1,
            0,
            0,
            0,
            0,
            .. Word((uint)entries),
            .. Word((uint)data.Length),
            .. Entry(region, 7, place, 16),
            .. index.ToArray(),
            .. data.ToArray(),
        ];
    }

    private static byte[] Strings(IEnumerable<string> texts) => [.. texts.SelectMany(t => Encoding.UTF8.GetBytes(t).Append((byte)0))];

    private static byte[] Entry(int tag, int kind, int offset, int count) =>
        [.. Word((uint)tag), .. Word((uint)kind), .. Word(unchecked((uint)offset)), .. Word(unchecked((uint)count))];

    private static byte[] Word(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }
}
