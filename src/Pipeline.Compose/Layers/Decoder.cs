using System.IO.Compression;
using System.Runtime.InteropServices;
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

/// <summary>A stream that can only be read forward.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>zstd by libzstd; windows above 128 MiB are refused by the library.</summary>
internal sealed unsafe partial class ZstdStream : ReadOnlyStream
{
    private const string Library = "libzstd.so.1";
    private readonly byte[] _input = new byte[256 * 1024];
    private readonly Stream _source;
    private readonly nint _context = ZSTD_createDStream();
    private Buffer _in;
    private int _end;
    private nuint _pending = 1;
    private bool _disposed;

    public ZstdStream(Stream source) => _source = source;

    public override int Read(Span<byte> buffer)
    {
        fixed (byte* input = _input)
        fixed (byte* output = buffer)
        {
            var result = new Buffer { Pointer = output, Size = (nuint)buffer.Length };
            while (result.Position == 0 && !buffer.IsEmpty)
            {
                if (_in.Position == (nuint)_end)
                {
                    _end = _source.Read(_input);
                    _in.Position = 0;
                    if (_end == 0)
                    {
                        return _pending == 0 ? 0 : throw BadPackageException.Damaged("the zstd data is cut off");
                    }
                }

                _in.Pointer = input;
                _in.Size = (nuint)_end;
                _pending = ZSTD_decompressStream(_context, ref result, ref _in);
                if (ZSTD_isError(_pending) != 0)
                {
                    throw BadPackageException.Damaged($"the zstd data is damaged: {Marshal.PtrToStringUTF8(ZSTD_getErrorName(_pending))}");
                }
            }

            return (int)result.Position;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            _source.Dispose();
            _ = ZSTD_freeDStream(_context);
        }

        base.Dispose(disposing);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Pointer;
        public nuint Size;
        public nuint Position;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial nint ZSTD_createDStream();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDStream(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressStream(nint context, ref Buffer output, ref Buffer input);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint ZSTD_getErrorName(nuint code);
#pragma warning restore IDE1006
}
