using System.Buffers.Binary;
using System.IO.Hashing;

namespace Pipeline.Images.Packing;

/// <summary>gzip (RFC 1952): one member, whose deflate stream is made of parts.</summary>
internal sealed class GzipCodec : IBlockCodec
{
    private readonly Crc32 _crc = new();
    private uint _length;

    /// <inheritdoc/>
    public int BlockSize => 1 << 20;

    /// <inheritdoc/>
    public byte[] Begin(long? announced) => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];

    /// <inheritdoc/>
    public byte[] Compress(ReadOnlySpan<byte> block) => Deflater.Part(block);

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> block)
    {
        _crc.Append(block);
        _length = unchecked(_length + (uint)block.Length);
    }

    /// <inheritdoc/>
    public void Packed(byte[] packed, int plain) { }

    /// <inheritdoc/>
    public byte[] End()
    {
        var end = new byte[10];
        Deflater.EndOfStream.CopyTo(end);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(2), _crc.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(6), _length);
        return end;
    }

    /// <inheritdoc/>
    public IEnumerable<(long At, byte[] Bytes)> Corrections() => [];
}
