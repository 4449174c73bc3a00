using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Pipeline.Provisioning;

/// <summary>gzip without a name or time, so that equal bytes compress equally.</summary>
internal static class Gzip
{
    private static readonly byte[] Header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff];

    /// <summary>The bytes as one gzip member, at the best compression.</summary>
    public static byte[] Compress(byte[] bytes)
    {
        using var stream = new MemoryStream();
        stream.Write(Header);
        using (var deflate = new DeflateStream(stream, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(bytes);
        }

        // DeflateStream writes nothing at all for no bytes; gzip needs an empty final block.
        if (bytes.Length == 0)
        {
            stream.Write([3, 0]);
        }

        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32.HashToUInt32(bytes));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)bytes.Length);
        stream.Write(trailer);
        return stream.ToArray();
    }

    /// <summary>The decompressed bytes; <c>null</c> when they are not gzip or more than <paramref name="limit"/>.</summary>
    public static byte[]? Decompress(byte[] bytes, int limit)
    {
        try
        {
            using var stream = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using var made = new MemoryStream();
            var buffer = new byte[81920];
            int n;
            while ((n = stream.Read(buffer)) > 0)
            {
                if (made.Length + n > limit)
                {
                    return null;
                }

                made.Write(buffer, 0, n);
            }

            return made.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
