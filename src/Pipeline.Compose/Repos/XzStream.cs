using System.Runtime.InteropServices;

namespace Pipeline.Compose.Repos;

/// <summary>Decompresses xz data with liblzma; reading only.</summary>
internal sealed unsafe partial class XzStream : Stream
{
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int BufferError = 10;
    private const int Run = 0;
    private const int Finish = 3;
    private const uint Concatenated = 0x08;
    private const ulong MemoryLimit = 256UL * 1024 * 1024;

#pragma warning disable CA2213 // the caller's
    private readonly Stream _source;
#pragma warning restore CA2213
    private readonly byte[] _input = new byte[64 * 1024];
    private readonly LzmaStream* _lzma;
    private int _offset;
    private int _available;
    private bool _sourceEnded;
    private bool _ended;
    private bool _disposed;

    /// <summary>Begins; <paramref name="source"/> stays the caller's.</summary>
    public XzStream(Stream source)
    {
        _source = source;
        _lzma = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));
        var code = lzma_stream_decoder(_lzma, MemoryLimit, Concatenated);
        if (code != Ok)
        {
            NativeMemory.Free(_lzma);
            throw new InvalidDataException($"xz: cannot begin (code {code})");
        }
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (!_ended && buffer.Length > 0)
        {
            if (_available == 0 && !_sourceEnded)
            {
                _offset = 0;
                _available = _source.Read(_input);
                _sourceEnded = _available == 0;
            }

            var produced = Step(buffer);
            if (produced > 0)
            {
                return produced;
            }
        }

        return 0;
    }

    private int Step(Span<byte> buffer)
    {
        fixed (byte* input = _input)
        fixed (byte* output = buffer)
        {
            _lzma->NextIn = input + _offset;
            _lzma->AvailableIn = (nuint)_available;
            _lzma->NextOut = output;
            _lzma->AvailableOut = (nuint)buffer.Length;
            var code = lzma_code(_lzma, _sourceEnded ? Finish : Run);
            _offset += _available - (int)_lzma->AvailableIn;
            _available = (int)_lzma->AvailableIn;
            var produced = buffer.Length - (int)_lzma->AvailableOut;
            _ended = code == StreamEnd;
            if (code is not (Ok or StreamEnd) && !(code == BufferError && produced > 0))
            {
                throw new InvalidDataException(code == BufferError ? "xz: the data ends too early" : $"xz: damaged data (code {code})");
            }

            return produced;
        }
    }

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            lzma_end(_lzma);
            NativeMemory.Free(_lzma);
        }

        base.Dispose(disposing);
    }

    /// <summary>lzma/base.h, lzma_stream: 136 bytes on every 64-bit architecture.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 136)]
    private struct LzmaStream
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport("liblzma.so.5")]
    private static partial int lzma_stream_decoder(LzmaStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport("liblzma.so.5")]
    private static partial int lzma_code(LzmaStream* stream, int action);

    [LibraryImport("liblzma.so.5")]
    private static partial void lzma_end(LzmaStream* stream);
#pragma warning restore IDE1006
}
