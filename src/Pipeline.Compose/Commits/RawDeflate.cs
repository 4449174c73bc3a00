using System.Runtime.InteropServices;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Commits;

/// <summary>
/// Raw deflate of whole buffers with libdeflate, whose output depends on nothing but the input, the level and its version. What hardly
/// shrinks is stored. For one thread.
/// </summary>
internal sealed unsafe partial class RawDeflate : IDisposable
{
    /// <summary>Its soname, for the fingerprint of the tools that decide bytes.</summary>
    public const string Library = "libdeflate.so.0";

    /// <summary>Raise it when the same library makes other bytes of the same content.</summary>
    public const int Version = 1;

    // Measured on the container host: see the README.
    private const int Level = 1;
    private const int SampleSize = 4 << 10;
    private const int Samples = 8;
    private readonly byte[] _sample = new byte[SampleSize * Samples];
    private nint _compressor;
    private nint _storer;

    /// <summary>Makes one.</summary>
    /// <exception cref="PipelineException">PL2145: there is no libdeflate.</exception>
    public RawDeflate()
    {
        try
        {
            _compressor = Require(libdeflate_alloc_compressor(Level));
            _storer = Require(libdeflate_alloc_compressor(0));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new PipelineException(CommitDiagnostics.NoLibrary("libdeflate", "libdeflate0", e.Message.Split('\n')[0]), e);
        }
    }

    /// <summary>Frees what was never disposed.</summary>
    ~RawDeflate() => Free();

    /// <summary>The most bytes that <paramref name="length"/> bytes become.</summary>
    public int Bound(int length) =>
        checked(
            (int)
                Math.Max(
                    libdeflate_deflate_compress_bound(_compressor, (nuint)length),
                    libdeflate_deflate_compress_bound(_storer, (nuint)length)
                )
        );

    /// <summary>Compresses.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="output">Room for <see cref="Bound"/> of them.</param>
    /// <returns>How many bytes it wrote.</returns>
    public int Compress(ReadOnlySpan<byte> data, Span<byte> output)
    {
        ObjectDisposedException.ThrowIf(_compressor == 0, this);
        return Compress(Shrinks(data, output) ? _compressor : _storer, data, output);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Images, compressed modules and the like are seen by pieces of them, at a tenth of the cost.</summary>
    private bool Shrinks(ReadOnlySpan<byte> data, Span<byte> output)
    {
        if (data.Length < 2 * _sample.Length)
        {
            return true;
        }

        for (var i = 0; i < Samples; i++)
        {
            var at = (int)((long)(data.Length - SampleSize) * i / (Samples - 1));
            data.Slice(at, SampleSize).CopyTo(_sample.AsSpan(i * SampleSize));
        }

        return Compress(_compressor, _sample, output) < _sample.Length / 100 * 99;
    }

    private static int Compress(nint compressor, ReadOnlySpan<byte> data, Span<byte> output)
    {
        fixed (byte* from = data)
        fixed (byte* to = output)
        {
            var empty = stackalloc byte[1];
            var length = libdeflate_deflate_compress(compressor, from is null ? empty : from, (nuint)data.Length, to, (nuint)output.Length);
            return length > 0 ? (int)length : throw new InvalidOperationException("libdeflate: the output does not fit its own bound");
        }
    }

    private static nint Require(nint compressor) =>
        compressor != 0 ? compressor : throw new InvalidOperationException("libdeflate has no memory");

    private void Free()
    {
        foreach (var compressor in (nint[])[Interlocked.Exchange(ref _compressor, 0), Interlocked.Exchange(ref _storer, 0)])
        {
            if (compressor != 0)
            {
                libdeflate_free_compressor(compressor);
            }
        }
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport(Library)]
    private static partial nint libdeflate_alloc_compressor(int level);

    [LibraryImport(Library)]
    private static partial nuint libdeflate_deflate_compress(nint compressor, byte* input, nuint size, byte* output, nuint room);

    [LibraryImport(Library)]
    private static partial nuint libdeflate_deflate_compress_bound(nint compressor, nuint size);

    [LibraryImport(Library)]
    private static partial void libdeflate_free_compressor(nint compressor);
#pragma warning restore IDE1006
}
