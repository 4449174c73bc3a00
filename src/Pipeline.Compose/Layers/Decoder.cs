using System.IO.Compression;
using Pipeline.Host.Compression;

namespace Pipeline.Compose.Layers;

/// <summary>Opens the compressed members of packages; each yields at most a given number of bytes.</summary>
internal static class Decoder
{
    private const ulong XzMemoryLimit = 1UL << 30;

    /// <summary>A stream of the decoded bytes of <paramref name="source"/>.</summary>
    /// <param name="name">The member's name; its suffix says how it is compressed.</param>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="limit">Most bytes that come out; one more is an error.</param>
    /// <exception cref="BadPackageException">The suffix is not known.</exception>
    public static Stream Open(string name, Stream source, long limit) =>
        new LimitedStream(
            Path.GetExtension(name) switch
            {
                ".xz" or ".lzma" => new LzmaStream(source, XzMemoryLimit, leaveOpen: false),
                ".zst" => new ZstdStream(source),
                ".gz" => new GZipStream(source, CompressionMode.Decompress),
                ".bz2" => new Bzip2Stream(source),
                ".tar" or ".cpio" => source,
                var other => throw BadPackageException.Damaged($"compression '{other}' is not supported"),
            },
            limit
        );

    /// <summary>Counts what comes out; stops bombs.</summary>
    private sealed class LimitedStream(Stream inner, long limit) : ReadOnlyStream
    {
        private readonly long _limit = limit;
        private long _left = limit;

        public override int Read(Span<byte> buffer)
        {
            try
            {
                var read = inner.Read(buffer);
                _left -= read;
                return _left >= 0 ? read : throw BadPackageException.TooLarge($"it unpacks to more than {_limit} bytes");
            }
            catch (InvalidDataException e)
            {
                throw BadPackageException.Damaged(e.Message);
            }
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
