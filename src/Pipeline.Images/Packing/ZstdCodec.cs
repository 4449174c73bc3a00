using System.Runtime.InteropServices;

namespace Pipeline.Images.Packing;

/// <summary>Zstandard: one frame with size and checksum per block; every reader takes frames in a row for one file.</summary>
internal sealed unsafe partial class ZstdCodec : IBlockCodec
{
    /// <summary>libzstd's soname, for the fingerprint of what decides bytes.</summary>
    public const string Library = "libzstd.so.1";

    private const int Level = 10;
    private const int CompressionLevel = 100;
    private const int Checksum = 201;

    private bool _any;

    /// <inheritdoc/>
    public int BlockSize => 16 << 20;

    /// <inheritdoc/>
    public byte[] Begin(long? announced) => [];

    /// <inheritdoc/>
    public byte[] Compress(ReadOnlySpan<byte> block)
    {
        var context = ZSTD_createCCtx();
        if (context == 0)
        {
            throw new InvalidOperationException("libzstd has no memory");
        }

        try
        {
            Check(ZSTD_CCtx_setParameter(context, CompressionLevel, Level));
            Check(ZSTD_CCtx_setParameter(context, Checksum, 1));
            var output = new byte[(int)Check(ZSTD_compressBound((nuint)block.Length))];
            fixed (byte* input = block)
            fixed (byte* to = output)
            {
                var length = Check(ZSTD_compress2(context, to, (nuint)output.Length, input, (nuint)block.Length));
                return output[..(int)length];
            }
        }
        finally
        {
            _ = ZSTD_freeCCtx(context);
        }
    }

    /// <inheritdoc/>
    public void Plain(ReadOnlySpan<byte> block) { }

    /// <inheritdoc/>
    public void Packed(byte[] packed, int plain) => _any = true;

    /// <summary>A file without a frame is none, so nothing is a frame of nothing.</summary>
    public byte[] End() => _any ? [] : Compress([]);

    /// <inheritdoc/>
    public IEnumerable<(long At, byte[] Bytes)> Corrections() => [];

    /// <summary>Error codes are the last numbers there are, as zstd_errors.h says.</summary>
    private static nuint Check(nuint result)
    {
        const int codes = 120;
        return result <= nuint.MaxValue - codes
            ? result
            : throw new InvalidOperationException($"libzstd failed with {nuint.MaxValue - result + 1}");
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_CCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compressBound(nuint size);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compress2(nint context, byte* output, nuint room, byte* input, nuint size);
#pragma warning restore IDE1006
}
