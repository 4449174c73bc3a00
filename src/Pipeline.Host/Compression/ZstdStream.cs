using System.Runtime.InteropServices;

namespace Pipeline.Host.Compression;

/// <summary>
/// Decompresses zstd with libzstd; windows above 128 MiB are refused by the library. Bad data is an <see cref="InvalidDataException"/>.
/// </summary>
public sealed unsafe partial class ZstdStream : DecodingStream
{
    private const string Library = "libzstd.so.1";
    private readonly byte[] _input = new byte[256 * 1024];
    private readonly Stream _source;
    private readonly bool _one;
    private readonly bool _leaveOpen;
    private readonly nint _context = ZSTD_createDStream();
    private Buffer _in;
    private int _end;
    private nuint _pending = 1;
    private bool _disposed;

    /// <summary>Begins to read all frames up to the end of the source, which is disposed with this.</summary>
    public ZstdStream(Stream source)
        : this(source, one: false, leaveOpen: false) { }

    /// <summary>Begins to read.</summary>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="one">Whether to end after one frame; what follows it is in the source and <see cref="DecodingStream.Unused"/>.</param>
    /// <param name="leaveOpen">Whether the source stays open when this is disposed.</param>
    public ZstdStream(Stream source, bool one, bool leaveOpen) => (_source, _one, _leaveOpen) = (source, one, leaveOpen);

    /// <inheritdoc/>
    public override int Unused => _end - (int)_in.Position;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        fixed (byte* input = _input)
        fixed (byte* output = buffer)
        {
            var result = new Buffer { Pointer = output, Size = (nuint)buffer.Length };
            while (result.Position == 0 && !buffer.IsEmpty && !(_one && _pending == 0))
            {
                if (_in.Position == (nuint)_end)
                {
                    _end = _source.Read(_input);
                    _in.Position = 0;
                    if (_end == 0)
                    {
                        return _pending == 0 ? 0 : throw new InvalidDataException("the zstd data is cut off");
                    }
                }

                _in.Pointer = input;
                _in.Size = (nuint)_end;
                _pending = ZSTD_decompressStream(_context, ref result, ref _in);
                if (ZSTD_isError(_pending) != 0)
                {
                    throw new InvalidDataException($"the zstd data is damaged: {Marshal.PtrToStringUTF8(ZSTD_getErrorName(_pending))}");
                }
            }

            return (int)result.Position;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            if (!_leaveOpen)
            {
                _source.Dispose();
            }

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
