using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Compose.Commits;

/// <summary>
/// A value in the serialised form of GVariant, as OSTree stores metadata: members at multiples of their alignment, then the ends of all
/// members of variable size, in as few bytes each as the whole needs.
/// </summary>
/// <param name="Bytes">The serialised value.</param>
/// <param name="Alignment">Where it may begin in a container: 1, 4 or 8.</param>
/// <param name="IsFixed">Whether every value of its type has this size.</param>
internal sealed record GVariant(byte[] Bytes, int Alignment, bool IsFixed)
{
    /// <summary>Type <c>u</c> in network order, as OSTree keeps its numbers.</summary>
    public static GVariant UInt32(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return new(bytes, sizeof(uint), IsFixed: true);
    }

    /// <summary>Type <c>t</c> in network order.</summary>
    public static GVariant UInt64(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return new(bytes, sizeof(ulong), IsFixed: true);
    }

    /// <summary>Type <c>x</c> in the order of bytes that GVariant stores on every machine.</summary>
    public static GVariant Int64(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return new(bytes, sizeof(long), IsFixed: true);
    }

    /// <summary>Type <c>b</c>.</summary>
    public static GVariant Boolean(bool value) => new([value ? (byte)1 : (byte)0], 1, IsFixed: true);

    /// <summary>Type <c>s</c>.</summary>
    public static GVariant Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>Type <c>s</c> of UTF-8 without NUL.</summary>
    public static GVariant Text(ReadOnlySpan<byte> text) => new([.. text, 0], 1, IsFixed: false);

    /// <summary>Type <c>ay</c>.</summary>
    public static GVariant Octets(ReadOnlySpan<byte> bytes) => new(bytes.ToArray(), 1, IsFixed: false);

    /// <summary>Type <c>v</c>: a value with its own type.</summary>
    public static GVariant Variant(GVariant value, string type) =>
        new([.. value.Bytes, 0, .. Encoding.ASCII.GetBytes(type)], sizeof(ulong), IsFixed: false);

    /// <summary>A tuple or dictionary entry.</summary>
    public static GVariant Tuple(params IReadOnlyList<GVariant> members)
    {
        var alignment = members.Max(m => m.Alignment);
        if (members.All(m => m.IsFixed))
        {
            return new(Join(members, alignment, out _), alignment, IsFixed: true);
        }

        var body = Join(members, 1, out var ends);
        var variable = Enumerable.Range(0, members.Count - 1).Where(i => !members[i].IsFixed).Select(i => ends[i]).Reverse();
        return new(Framed(body, [.. variable]), alignment, IsFixed: false);
    }

    /// <summary>An array of values of variable size; <paramref name="alignment"/> is that of their type.</summary>
    public static GVariant Array(int alignment, IReadOnlyList<GVariant> elements)
    {
        var body = Join(elements, 1, out var ends);
        return new(Framed(body, ends), alignment, IsFixed: false);
    }

    /// <summary>Values one after the other, each at its alignment; the whole filled up to a multiple.</summary>
    private static byte[] Join(IReadOnlyList<GVariant> members, int multiple, out int[] ends)
    {
        ends = new int[members.Count];
        var at = 0;
        for (var i = 0; i < members.Count; i++)
        {
            at = Aligned(at, members[i].Alignment) + members[i].Bytes.Length;
            ends[i] = at;
        }

        var body = new byte[Aligned(at, multiple)];
        for (var i = 0; i < members.Count; i++)
        {
            members[i].Bytes.CopyTo(body, ends[i] - members[i].Bytes.Length);
        }

        return body;
    }

    private static byte[] Framed(byte[] body, int[] ends)
    {
        var width =
            body.Length + ends.Length <= byte.MaxValue ? sizeof(byte)
            : body.Length + sizeof(ushort) * (long)ends.Length <= ushort.MaxValue ? sizeof(ushort)
            : sizeof(uint);
        var framed = new byte[body.Length + width * ends.Length];
        body.CopyTo(framed, 0);
        Span<byte> number = stackalloc byte[sizeof(uint)];
        for (var i = 0; i < ends.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)ends[i]);
            number[..width].CopyTo(framed.AsSpan(body.Length + i * width));
        }

        return framed;
    }

    private static int Aligned(int at, int alignment) => (at + alignment - 1) / alignment * alignment;
}
