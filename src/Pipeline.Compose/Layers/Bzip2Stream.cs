using System.Runtime.InteropServices;
using Pipeline.Host.Compression;

namespace Pipeline.Compose.Layers;

/// <summary>bzip2 by libbz2, several streams in a row included, as bzip2(1) reads them.</summary>
internal sealed unsafe partial class Bzip2Stream : ReadOnlyStream
{
    private const string Library = "libbz2.so.1.0";
    private readonly byte[] _input = new byte[256 * 1024];
    private readonly Stream _source;
    private readonly State* _state;
    private int _start;
    private int _end;
    private bool _inStream;
    private bool _hadStream;
    private bool _disposed;

    public Bzip2Stream(Stream source)
    {
        _source = source;
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
    }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty)
        {
            return 0;
        }

        fixed (byte* input = _input)
        fixed (byte* output = buffer)
        {
            _state->NextOut = output;
            _state->AvailableOut = (uint)buffer.Length;
            while (_state->AvailableOut == (uint)buffer.Length)
            {
                if (_start == _end)
                {
                    (_start, _end) = (0, _source.Read(_input));
                    if (_end == 0)
                    {
                        return _hadStream && !_inStream ? 0 : throw BadPackageException.Damaged("the bzip2 data is cut off");
                    }
                }

                Step(input);
            }

            return buffer.Length - (int)_state->AvailableOut;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            _source.Dispose();
            if (_inStream)
            {
                _ = BZ2_bzDecompressEnd(_state);
            }

            NativeMemory.Free(_state);
        }

        base.Dispose(disposing);
    }

    private void Step(byte* input)
    {
        const int streamEnd = 4;
        if (!_inStream)
        {
            if (BZ2_bzDecompressInit(_state, 0, 0) != 0)
            {
                throw new InvalidOperationException("libbz2 refused to start");
            }

            (_inStream, _hadStream) = (true, true);
        }

        _state->NextIn = input + _start;
        _state->AvailableIn = (uint)(_end - _start);
        var code = BZ2_bzDecompress(_state);
        _start = _end - (int)_state->AvailableIn;
        if (code == streamEnd)
        {
            _ = BZ2_bzDecompressEnd(_state);
            _inStream = false;
        }
        else if (code != 0)
        {
            throw BadPackageException.Damaged("the bzip2 data is damaged");
        }
    }

    /// <summary>bz_stream, 80 bytes on every 64-bit machine.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private struct State
    {
        public byte* NextIn;
        public uint AvailableIn;
        public uint TotalInLow;
        public uint TotalInHigh;
        public byte* NextOut;
        public uint AvailableOut;
        public uint TotalOutLow;
        public uint TotalOutHigh;
        public nint Internal;
        public nint Allocate;
        public nint Free;
        public nint Opaque;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial int BZ2_bzDecompressInit(State* state, int verbosity, int small);

    [LibraryImport(Library)]
    private static partial int BZ2_bzDecompress(State* state);

    [LibraryImport(Library)]
    private static partial int BZ2_bzDecompressEnd(State* state);
#pragma warning restore IDE1006
}
