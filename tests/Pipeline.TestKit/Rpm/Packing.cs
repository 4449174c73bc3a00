using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Pipeline.TestKit.Rpm;

/// <summary>Compresses as repositories do, in one call.</summary>
public static partial class Packing
{
    private const int Fast = 1;
    private const int CheckCrc32 = 1;

    /// <summary>The bytes for a file with this ending: <c>.gz</c>, <c>.xz</c>, <c>.zst</c>; as they are for all others.</summary>
    public static byte[] Pack(string ending, byte[] plain) =>
        ending switch
        {
            ".gz" => Gzip(plain),
            ".xz" => Xz(plain),
            ".zst" => Zstd(plain),
            _ => plain,
        };

    private static byte[] Gzip(byte[] plain)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return packed.ToArray();
    }

    private static byte[] Xz(byte[] plain)
    {
        var packed = new byte[(plain.Length * 2) + 1024];
        nuint length = 0;
        var code = lzma_easy_buffer_encode(Fast, CheckCrc32, 0, plain, (nuint)plain.Length, packed, ref length, (nuint)packed.Length);
        return code == 0 ? packed[..(int)length] : throw new InvalidOperationException($"liblzma: {code}");
    }

    private static byte[] Zstd(byte[] plain)
    {
        var packed = new byte[(plain.Length * 2) + 1024];
        var length = ZSTD_compress(packed, (nuint)packed.Length, plain, (nuint)plain.Length, Fast);
        return length <= (nuint)packed.Length ? packed[..(int)length] : throw new InvalidOperationException("libzstd");
    }

#pragma warning disable IDE1006 // names of the libraries
    [LibraryImport("liblzma.so.5")]
    private static partial int lzma_easy_buffer_encode(
        uint preset,
        int check,
        nint allocator,
        byte[] input,
        nuint inputSize,
        byte[] output,
        ref nuint position,
        nuint outputSize
    );

    [LibraryImport("libzstd.so.1")]
    private static partial nuint ZSTD_compress(byte[] output, nuint outputSize, byte[] input, nuint inputSize, int level);
#pragma warning restore IDE1006
}
