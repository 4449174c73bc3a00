using System.Buffers.Binary;
using System.IO.Compression;
using Pipeline.Host.Files;

namespace Pipeline.Releases.Differences;

/// <summary>The bytes of files in archive-mode repositories: a header with owner and mode, then raw deflate.</summary>
internal static class ObjectContents
{
    private const int PrefixSize = 8;
    private const int Buffer = 1 << 16;

    /// <summary>Whether two file objects hold the same bytes, whatever their owners and modes; not when one cannot be read.</summary>
    public static bool AreSame(string repository, string checksum, string otherRepository, string otherChecksum)
    {
        try
        {
            using var a = Open(repository, checksum);
            using var b = Open(otherRepository, otherChecksum);
            var (left, right) = (new byte[Buffer], new byte[Buffer]);
            while (true)
            {
                var read = a.ReadAtLeast(left, Buffer, throwOnEndOfStream: false);
                var other = b.ReadAtLeast(right, Buffer, throwOnEndOfStream: false);
                if (read != other || !left.AsSpan(0, read).SequenceEqual(right.AsSpan(0, other)))
                {
                    return false;
                }

                if (read < Buffer)
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return false;
        }
    }

    private static DeflateStream Open(string repository, string checksum)
    {
        var file = RegularFile.OpenStream(Path.Combine(repository, "objects", checksum[..2], checksum[2..] + ".filez"));
        Span<byte> prefix = stackalloc byte[PrefixSize];
        file.ReadExactly(prefix);
        file.Position = PrefixSize + (long)BinaryPrimitives.ReadUInt32BigEndian(prefix);
        return new(file, CompressionMode.Decompress);
    }
}
