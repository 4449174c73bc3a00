using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Pipeline.Images.Packing;

/// <summary>xz: one stream of many blocks with their sizes, as <c>xz --threads</c> makes it; liblzma compresses the blocks.</summary>
internal sealed unsafe partial class XzCodec : IBlockCodec
{
    /// <summary>liblzma's soname, for the fingerprint of what decides bytes.</summary>
    public const string Library = "liblzma.so.5";

    private const uint Preset = 6;
    private const int CheckCrc64 = 4;
    private const int HeaderSize = 12;
    private readonly List<(ulong Unpadded, ulong Plain)> _blocks = [];

    /// <summary>Three dictionaries of the preset.</summary>
    public int BlockSize => 24 << 20;

    private static ReadOnlySpan<byte> Flags => [0, CheckCrc64];

    /// <inheritdoc/>
    public byte[] Begin(long? announced)
    {
        byte[] header = [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, .. Flags, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Crc32.HashToUInt32(Flags));
        return header;
    }

    /// <summary>Lets liblzma make a stream of one block, and takes the block out of it.</summary>
    public byte[] Compress(ReadOnlySpan<byte> block)
    {
        var output = new byte[(int)lzma_stream_buffer_bound((nuint)block.Length)];
        nuint length = 0;
        fixed (byte* input = block)
        fixed (byte* to = output)
        {
            var code = lzma_easy_buffer_encode(Preset, CheckCrc64, 0, input, (nuint)block.Length, to, &length, (nuint)output.Length);
            if (code != 0)
            {
                throw new InvalidOperationException($"liblzma failed with {code}");
            }
        }

        var stream = output.AsSpan(0, (int)length);
        return stream[HeaderSize..^(HeaderSize + IndexSize(stream))].ToArray();
    }

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> block) { }

    /// <summary>A block's size without its padding: its header says how long the compressed data is, a check of 8 bytes follows.</summary>
    public void Packed(byte[] packed, int plain)
    {
        var header = (packed[0] + 1) * 4;
        _blocks.Add(((ulong)header + ReadNumber(packed.AsSpan(2)) + 8, (ulong)plain));
    }

    /// <inheritdoc/>
    public byte[] End()
    {
        var index = new List<byte> { 0 };
        AddNumber(index, (ulong)_blocks.Count);
        foreach (var (unpadded, plain) in _blocks)
        {
            AddNumber(index, unpadded);
            AddNumber(index, plain);
        }

        while (index.Count % 4 != 0)
        {
            index.Add(0);
        }

        AddUInt32(index, Crc32.HashToUInt32(CollectionsMarshal.AsSpan(index)));
        byte[] backward = [0, 0, 0, 0, .. Flags];
        BinaryPrimitives.WriteUInt32LittleEndian(backward, (uint)((index.Count / 4) - 1));
        AddUInt32(index, Crc32.HashToUInt32(backward));
        return [.. index, .. backward, (byte)'Y', (byte)'Z'];
    }

    /// <inheritdoc/>
    public IEnumerable<(long At, byte[] Bytes)> Corrections() => [];

    private static int IndexSize(ReadOnlySpan<byte> stream) => (int)((BinaryPrimitives.ReadUInt32LittleEndian(stream[^8..]) + 1) * 4);

    private static ulong ReadNumber(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < 9; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if ((bytes[i] & 0x80) == 0)
            {
                break;
            }
        }

        return value;
    }

    private static void AddNumber(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)((value & 0x7F) | 0x80));
        }

        bytes.Add((byte)value);
    }

    private static void AddUInt32(List<byte> bytes, uint value)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        bytes.AddRange(four);
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial nuint lzma_stream_buffer_bound(nuint size);

    [LibraryImport(Library)]
    private static partial int lzma_easy_buffer_encode(
        uint preset,
        int check,
        nint allocator,
        byte* input,
        nuint size,
        byte* output,
        nuint* written,
        nuint room
    );
#pragma warning restore IDE1006
}
