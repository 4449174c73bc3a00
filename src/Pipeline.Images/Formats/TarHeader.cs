using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Pipeline.Images.Formats;

/// <summary>Headers of tar members whose every field is known: plain files of root.</summary>
internal static class TarHeader
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockSize = 512;

    private const int SizeAt = 124;
    private const int TimeAt = 136;
    private const int ChecksumAt = 148;
    private const int KindAt = 156;

    /// <summary>A member as in POSIX ustar; a size of 8 GiB and more is written as GNU tar does.</summary>
    /// <param name="name">Its path, at most 100 bytes.</param>
    /// <param name="size">Its size.</param>
    /// <param name="epoch">Its time.</param>
    /// <param name="owner">User and group id.</param>
    /// <param name="mode">Permission bits.</param>
    public static byte[] Of(string name, long size, long epoch, int owner = 0, int mode = 0b110_100_100)
    {
        var header = Fields(name, epoch, owner, mode);
        Number(header.AsSpan(SizeAt, 12), size);
        header[KindAt] = name.EndsWith('/') ? (byte)'5' : (byte)'0';
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        return Sealed(header);
    }

    /// <summary>A sparse file in GNU tar's old format: the first ranges in the header, the others in blocks after it.</summary>
    /// <param name="name">Its path.</param>
    /// <param name="length">Its size with its holes.</param>
    /// <param name="ranges">What is stored, ascending.</param>
    /// <param name="epoch">Its time.</param>
    public static byte[] Sparse(string name, long length, IReadOnlyList<(long At, long Length)> ranges, long epoch)
    {
        const int inHeader = 4;
        const int inBlock = 21;
        var header = Fields(name, epoch, owner: 0, mode: 0b110_100_100);
        Number(header.AsSpan(SizeAt, 12), ranges.Sum(r => r.Length));
        header[KindAt] = (byte)'S';
        "ustar  \0"u8.CopyTo(header.AsSpan(257));
        Map(header.AsSpan(386), ranges.Take(inHeader));
        header[482] = ranges.Count > inHeader ? (byte)1 : (byte)0;
        Number(header.AsSpan(483, 12), length);
        var blocks = new List<byte[]> { Sealed(header) };
        for (var at = inHeader; at < ranges.Count; at += inBlock)
        {
            var block = new byte[BlockSize];
            Map(block, ranges.Skip(at).Take(inBlock));
            block[504] = at + inBlock < ranges.Count ? (byte)1 : (byte)0;
            blocks.Add(block);
        }

        return [.. blocks.SelectMany(b => b)];
    }

    private static void Map(Span<byte> at, IEnumerable<(long At, long Length)> ranges)
    {
        foreach (var (start, length) in ranges)
        {
            Number(at[..12], start);
            Number(at[12..24], length);
            at = at[24..];
        }
    }

    private static byte[] Fields(string name, long epoch, int owner, int mode)
    {
        var header = new byte[BlockSize];
        if (Encoding.UTF8.GetByteCount(name) > 100)
        {
            throw new ArgumentException($"'{name}' is too long for a member of a tar", nameof(name));
        }

        Encoding.UTF8.GetBytes(name, header);
        Number(header.AsSpan(100, 8), mode);
        Number(header.AsSpan(108, 8), owner);
        Number(header.AsSpan(116, 8), owner);
        Number(header.AsSpan(TimeAt, 12), epoch);
        return header;
    }

    /// <summary>Octal with a NUL at its end; what does not fit is binary with the first bit set.</summary>
    private static void Number(Span<byte> field, long value)
    {
        var digits = Convert.ToString(value, 8).PadLeft(field.Length - 1, '0');
        if (digits.Length < field.Length)
        {
            Encoding.ASCII.GetBytes(digits, field);
            return;
        }

        BinaryPrimitives.WriteInt64BigEndian(field[^8..], value);
        field[0] = 0x80;
    }

    private static byte[] Sealed(byte[] header)
    {
        header.AsSpan(ChecksumAt, 8).Fill((byte)' ');
        var sum = header.Sum(b => (int)b);
        Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 "),
            header.AsSpan(ChecksumAt)
        );
        return header;
    }
}
