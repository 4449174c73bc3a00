using System.Runtime.InteropServices;

namespace Pipeline.Host.Compression;

/// <summary>Compresses to xz with liblzma.</summary>
public static unsafe partial class Xz
{
    private const string Library = "liblzma.so.5";
    private const uint Level = 9;
    private const int Crc32 = 1;

    /// <summary>More than headers take; data that cannot be compressed grows by a ten-thousandth.</summary>
    private const int Headers = 4096;

    /// <summary>
    /// The bytes as one xz stream that Linux reads as an initramfs: CRC32, and a dictionary that is no larger than the data needs. The same
    /// bytes give the same result.
    /// </summary>
    public static byte[] Compress(ReadOnlySpan<byte> bytes)
    {
        const uint smallestDictionary = 4096;
        const uint largestDictionary = 64 << 20;
        const ulong lzma2 = 0x21;

        // lzma_options_lzma begins with the dictionary's size; the rest is filled by the preset.
        var options = stackalloc uint[64];
        new Span<uint>(options, 64).Clear();
        if (lzma_lzma_preset(options, Level) != 0)
        {
            throw new InvalidOperationException("liblzma has no such level");
        }

        options[0] = Math.Clamp(
            (uint)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)bytes.Length),
            smallestDictionary,
            largestDictionary
        );
        var filters = stackalloc Filter[2];
        filters[0] = new() { Id = lzma2, Options = options };
        filters[1] = new() { Id = ulong.MaxValue };
        var made = new byte[checked(bytes.Length + (bytes.Length / 8) + Headers)];
        nuint length = 0;
        int code;
        fixed (byte* input = bytes)
        fixed (byte* output = made)
        {
            // An empty span has no address; liblzma wants one.
            byte nothing = 0;
            var from = bytes.IsEmpty ? &nothing : input;
            code = lzma_stream_buffer_encode(filters, Crc32, 0, from, (nuint)bytes.Length, output, &length, (nuint)made.Length);
        }

        return code == 0 ? made[..(int)length] : throw new InvalidOperationException($"liblzma failed to compress: {code}");
    }

    /// <summary>lzma_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Filter
    {
        public ulong Id;
        public void* Options;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial byte lzma_lzma_preset(void* options, uint preset);

    [LibraryImport(Library)]
    private static partial int lzma_stream_buffer_encode(
        Filter* filters,
        int check,
        nint allocator,
        byte* input,
        nuint inputSize,
        byte* output,
        nuint* position,
        nuint outputSize
    );
#pragma warning restore IDE1006
}
