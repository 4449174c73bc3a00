namespace Pipeline.Images.Packing;

/// <summary>
/// One compressed file format, written as blocks that are compressed independently, so that the bytes do not depend on the number of
/// processors. For one file.
/// </summary>
internal interface IBlockCodec
{
    /// <summary>Every block but the last has this many plain bytes.</summary>
    int BlockSize { get; }

    /// <summary>What stands before the first block.</summary>
    /// <param name="announced">Plain bytes there will be, when that is known.</param>
    byte[] Begin(long? announced);

    /// <summary>Compresses a block. Called by several threads; depends on the block alone.</summary>
    byte[] Compress(ReadOnlySpan<byte> block);

    /// <summary>Told of each block's plain bytes, in order, before it is compressed.</summary>
    void Plain(ReadOnlySpan<byte> block);

    /// <summary>Told of each compressed block, in order.</summary>
    void Packed(byte[] packed, int plain);

    /// <summary>What stands after the last block.</summary>
    byte[] End();

    /// <summary>What changes at the file's beginning when all is known; empty for most formats.</summary>
    IEnumerable<(long At, byte[] Bytes)> Corrections();
}
