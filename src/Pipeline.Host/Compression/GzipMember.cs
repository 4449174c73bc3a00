using System.Runtime.InteropServices;

namespace Pipeline.Host.Compression;

/// <summary>
/// Decompresses one gzip member with zlib and says where it ends, which .NET's own stream does not. Bad data is an
/// <see cref="InvalidDataException"/>.
/// </summary>
public sealed unsafe partial class GzipMember : DecodingStream
{
    private const string Library = "libz.so.1";
    private readonly byte[] _input = new byte[64 * 1024];
    private readonly Stream _source;
    private readonly bool _leaveOpen;
    private readonly State* _state;
    private int _start;
    private int _end;
    private bool _ended;
    private bool _disposed;

    /// <summary>Begins to read.</summary>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="leaveOpen">Whether the source stays open when this is disposed.</param>
    public GzipMember(Stream source, bool leaveOpen)
    {
        const int gzipOnly = 15 + 16;
        (_source, _leaveOpen) = (source, leaveOpen);
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
        if (inflateInit2_(_state, gzipOnly, "1.2.11", sizeof(State)) != 0)
        {
            NativeMemory.Free(_state);
            throw new InvalidOperationException("zlib refused to start");
        }
    }

    /// <inheritdoc/>
    public override int Unused => _end - _start;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        fixed (byte* input = _input)
        fixed (byte* output = buffer)
        {
            _state->NextOut = output;
            _state->AvailableOut = (uint)buffer.Length;
            while (!_ended && _state->AvailableOut == (uint)buffer.Length && !buffer.IsEmpty)
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

            _ = inflateEnd(_state);
            NativeMemory.Free(_state);
        }

        base.Dispose(disposing);
    }

    private void Step(byte* input)
    {
        const int streamEnd = 1;
        if (_start == _end)
        {
            (_start, _end) = (0, _source.Read(_input));
            if (_end == 0)
            {
                throw new InvalidDataException("the gzip data is cut off");
            }
        }

        _state->NextIn = input + _start;
        _state->AvailableIn = (uint)(_end - _start);
        var code = inflate(_state, 0);
        _start = _end - (int)_state->AvailableIn;
        _ended = code == streamEnd;
        if (code is not (0 or streamEnd))
        {
            throw new InvalidDataException("the gzip data is damaged");
        }
    }

    /// <summary>z_stream, 112 bytes on every 64-bit machine.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    private struct State
    {
        public byte* NextIn;
        public uint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public uint AvailableOut;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inflateInit2_(State* state, int windowBits, string version, int size);

    [LibraryImport(Library)]
    private static partial int inflate(State* state, int flush);

    [LibraryImport(Library)]
    private static partial int inflateEnd(State* state);
#pragma warning restore IDE1006
}
