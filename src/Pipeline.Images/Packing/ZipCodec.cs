using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Pipeline.Images.Packing;

/// <summary>
/// zip with one deflated member. Its sizes and checksum are written into the member's header afterwards, so that the file is as plain as
/// zips are; a member of 4 GiB and more, or of a size nobody announced, is written as Zip64.
/// </summary>
/// <param name="name">The member's name.</param>
internal sealed class ZipCodec(string name) : IBlockCodec
{
    private const uint Large = uint.MaxValue;
    private const ushort Utf8Names = 0x800;
    private static readonly DateTime Earliest = new(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);
    private readonly Crc32 _crc = new();
    private bool _wide;
    private ulong _plain;
    private ulong _packed;

    /// <inheritdoc/>
    public int BlockSize => 1 << 20;

    /// <inheritdoc/>
    public byte[] Begin(long? announced)
    {
        _wide = announced is not < Large - (64 << 20); // deflate makes what is random a little longer
        return LocalHeader();
    }

    /// <inheritdoc/>
    public byte[] Compress(ReadOnlySpan<byte> block) => Deflater.Part(block);

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> block)
    {
        _crc.Append(block);
        _plain += (ulong)block.Length;
    }

    /// <inheritdoc/>
    public void Packed(byte[] packed, int plain) => _packed += (ulong)packed.Length;

    /// <inheritdoc/>
    public byte[] End()
    {
        _packed += (ulong)Deflater.EndOfStream.Length;
        var directory = Directory();
        var start = (ulong)LocalHeader().Length + _packed;
        var end = new List<byte>();
        if (_wide)
        {
            end.AddRange(WideEnd(start, (ulong)directory.Length));
        }

        var record = new byte[22];
        Put(record, 0, 0x06054B50);
        record[8] = record[10] = 1;
        Put(record, 12, (uint)directory.Length);
        Put(record, 16, _wide ? Large : (uint)start);
        return [.. Deflater.EndOfStream, .. directory, .. end, .. record];
    }

    /// <inheritdoc/>
    public IEnumerable<(long At, byte[] Bytes)> Corrections() => [(0, LocalHeader())];

    private byte[] LocalHeader()
    {
        var header = new byte[30];
        Put(header, 0, 0x04034B50);
        Common(header.AsSpan(4));
        return [.. header, .. _name, .. Extra()];
    }

    private byte[] Directory()
    {
        const uint plainFile = 0x81A4;
        var entry = new byte[46];
        Put(entry, 0, 0x02014B50);
        entry[4] = _wide ? (byte)45 : (byte)20;
        entry[5] = 3; // made on Unix
        Common(entry.AsSpan(6));
        Put(entry, 38, plainFile << 16);
        return [.. entry, .. _name, .. Extra()];
    }

    /// <summary>The fields that both headers have, from the version needed to the length of the extra field.</summary>
    private void Common(Span<byte> at)
    {
        at[0] = _wide ? (byte)45 : (byte)20;
        BinaryPrimitives.WriteUInt16LittleEndian(at[2..], Utf8Names);
        at[4] = 8; // deflate
        BinaryPrimitives.WriteUInt16LittleEndian(at[8..], (ushort)((Earliest.Month << 5) | Earliest.Day));
        BinaryPrimitives.WriteUInt32LittleEndian(at[10..], _crc.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(at[14..], _wide ? Large : (uint)_packed);
        BinaryPrimitives.WriteUInt32LittleEndian(at[18..], _wide ? Large : (uint)_plain);
        BinaryPrimitives.WriteUInt16LittleEndian(at[22..], (ushort)_name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(at[24..], (ushort)Extra().Length);
    }

    private byte[] Extra()
    {
        if (!_wide)
        {
            return [];
        }

        var extra = new byte[20];
        extra[0] = 1;
        extra[2] = 16;
        BinaryPrimitives.WriteUInt64LittleEndian(extra.AsSpan(4), _plain);
        BinaryPrimitives.WriteUInt64LittleEndian(extra.AsSpan(12), _packed);
        return extra;
    }

    private static byte[] WideEnd(ulong start, ulong length)
    {
        var end = new byte[56 + 20];
        Put(end, 0, 0x06064B50);
        BinaryPrimitives.WriteUInt64LittleEndian(end.AsSpan(4), 44);
        end[12] = end[14] = 45;
        end[24] = end[32] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(end.AsSpan(40), length);
        BinaryPrimitives.WriteUInt64LittleEndian(end.AsSpan(48), start);
        Put(end, 56, 0x07064B50);
        BinaryPrimitives.WriteUInt64LittleEndian(end.AsSpan(64), start + length);
        end[72] = 1;
        return end;
    }

    private static void Put(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
}
