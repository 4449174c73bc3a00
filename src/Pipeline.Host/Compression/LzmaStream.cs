using System.Runtime.InteropServices;

namespace Pipeline.Host.Compression;

/// <summary>
/// Decompresses xz and lzma data with liblzma, several streams in a row included, and checks the integrity fields. Bad data is an
/// <see cref="InvalidDataException"/>.
/// </summary>
public sealed unsafe partial class LzmaStream : DecodingStream
{
    private const string Library = "liblzma.so.5";
    private readonly byte[] _input = new byte[256 * 1024];
    private readonly Stream _source;
    private readonly bool _leaveOpen;
    private readonly State* _state;
    private int _start;
    private int _end;
    private bool _sourceEnded;
    private bool _ended;
    private bool _disposed;

    /// <summary>Begins to read.</summary>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="memoryLimit">Most bytes that the decoder may allocate; data that needs more is refused.</param>
    /// <param name="leaveOpen">Whether the source stays open when this is disposed.</param>
    public LzmaStream(Stream source, ulong memoryLimit, bool leaveOpen)
        : this(source, memoryLimit, leaveOpen, one: false) { }

    /// <inheritdoc cref="LzmaStream(Stream, ulong, bool)"/>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="memoryLimit">Most bytes that the decoder may allocate; data that needs more is refused.</param>
    /// <param name="leaveOpen">Whether the source stays open when this is disposed.</param>
    /// <param name="one">Whether to end after one stream; what follows it is in the source and <see cref="DecodingStream.Unused"/>.</param>
    public LzmaStream(Stream source, ulong memoryLimit, bool leaveOpen, bool one)
    {
        const uint concatenated = 8;
        (_source, _leaveOpen) = (source, leaveOpen);
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
        if (lzma_auto_decoder(_state, memoryLimit, one ? 0 : concatenated) != 0)
        {
            NativeMemory.Free(_state);
            throw new InvalidOperationException("liblzma refused to start");
        }
    }

    /// <inheritdoc/>
    public override int Unused => _end - _start;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_ended || buffer.IsEmpty)
        {
            return 0;
        }

        fixed (byte* input = _input)
        fixed (byte* output = buffer)
        {
            _state->NextOut = output;
            _state->AvailableOut = (nuint)buffer.Length;
            while (!_ended && _state->AvailableOut == (nuint)buffer.Length)
            {
                Step(input);
            }

            return buffer.Length - (int)_state->AvailableOut;
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

            lzma_end(_state);
            NativeMemory.Free(_state);
        }

        base.Dispose(disposing);
    }

    private void Step(byte* input)
    {
        const int streamEnd = 1;
        const int finish = 3;
        if (_start == _end && !_sourceEnded)
        {
            (_start, _end) = (0, _source.Read(_input));
            _sourceEnded = _end == 0;
        }

        _state->NextIn = input + _start;
        _state->AvailableIn = (nuint)(_end - _start);
        var code = lzma_code(_state, _sourceEnded ? finish : 0);
        _start = _end - (int)_state->AvailableIn;
        _ended = code == streamEnd;
        if (code is not (0 or streamEnd))
        {
            throw new InvalidDataException(
                code switch
                {
                    6 => "the xz data needs too much memory",
                    10 => "the xz data is cut off",
                    7 => "not xz data",
                    _ => "the xz data is damaged",
                }
            );
        }
    }

    /// <summary>lzma_stream, 136 bytes on every 64-bit machine.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 136)]
    private struct State
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial int lzma_auto_decoder(State* state, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    private static partial int lzma_code(State* state, int action);

    [LibraryImport(Library)]
    private static partial void lzma_end(State* state);
#pragma warning restore IDE1006
}
