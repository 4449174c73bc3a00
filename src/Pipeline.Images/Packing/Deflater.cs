using System.Runtime.InteropServices;

namespace Pipeline.Images.Packing;

/// <summary>Deflate by zlib: parts of one long stream, and whole small streams.</summary>
internal static unsafe partial class Deflater
{
    /// <summary>zlib's soname, for the fingerprint of what decides bytes.</summary>
    public const string Library = "libz.so.1";

    private const int Level = 6;
    private const int SyncFlush = 2;
    private const int Finish = 4;
    private const int StreamEnd = 1;

    /// <summary>What follows the last part of a stream: an empty block that says it is the last.</summary>
    public static ReadOnlySpan<byte> EndOfStream => [3, 0];

    /// <summary>A part of a stream, ending on a byte's border; the next part refers to nothing in it.</summary>
    public static byte[] Part(ReadOnlySpan<byte> plain) => Run(plain, windowBits: -15, SyncFlush);

    /// <summary>A whole raw stream whose distances are less than 4 KiB, as qcow2 wants its clusters.</summary>
    public static byte[] SmallWindow(ReadOnlySpan<byte> plain) => Run(plain, windowBits: -12, Finish);

    /// <summary>A whole zlib stream.</summary>
    public static byte[] Zlib(ReadOnlySpan<byte> plain) => Run(plain, windowBits: 15, Finish);

    private static byte[] Run(ReadOnlySpan<byte> plain, int windowBits, int flush)
    {
        const int method = 8;
        const int memory = 9;
        var state = default(State);
        var output = new byte[plain.Length + (plain.Length / 128) + 1024];
        if (deflateInit2_(&state, Level, method, windowBits, memory, 0, "1.2.11", sizeof(State)) != 0)
        {
            throw new InvalidOperationException("zlib refused to start");
        }

        try
        {
            fixed (byte* input = plain)
            fixed (byte* to = output)
            {
                state.NextIn = input;
                state.AvailableIn = (uint)plain.Length;
                state.NextOut = to;
                state.AvailableOut = (uint)output.Length;
                var code = deflate(&state, flush);
                return code == (flush == Finish ? StreamEnd : 0) && state.AvailableIn == 0 && state.AvailableOut > 0
                    ? output[..^(int)state.AvailableOut]
                    : throw new InvalidOperationException("zlib's output does not fit its bound");
            }
        }
        finally
        {
            _ = deflateEnd(&state);
        }
    }

    /// <summary>z_stream on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public byte* NextIn;
        public uint AvailableIn;
        public nuint TotalIn;
        public byte* NextOut;
        public uint AvailableOut;
        public nuint TotalOut;
        public nint Message;
        public nint Internal;
        public nint Allocate;
        public nint Free;
        public nint Opaque;
        public int DataType;
        public nuint Adler;
        public nuint Reserved;
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int deflateInit2_(
        State* state,
        int level,
        int method,
        int windowBits,
        int memory,
        int strategy,
        string version,
        int size
    );

    [LibraryImport(Library)]
    private static partial int deflate(State* state, int flush);

    [LibraryImport(Library)]
    private static partial int deflateEnd(State* state);
#pragma warning restore IDE1006
}
