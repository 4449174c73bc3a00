using System.Security.Cryptography;
using Pipeline.Images.Disks;
using Pipeline.Model.Values;

namespace Pipeline.Images.Packing;

/// <summary>
/// Compresses on all processors while it is written, and takes the digest of the plain bytes in the same pass. Blocks of zeros are
/// compressed once. Memory: a few blocks per processor.
/// </summary>
internal sealed class CompressedImage : ImageStream
{
    private readonly ImageStream _target;
    private readonly IBlockCodec _codec;
    private readonly InOrder<(byte[] Packed, int Plain, byte[]? Buffer)> _work;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Stack<byte[]> _free = new();
    private readonly byte[] _zeros;
    private byte[] _block;
    private byte[]? _packedZeros;
    private int _filled;
    private long _written;
    private bool _begun;

    /// <summary>Writes compressed bytes to <paramref name="target"/>, which stays open.</summary>
    public CompressedImage(ImageStream target, IBlockCodec codec)
    {
        (_target, _codec) = (target, codec);
        _work = new(Take);
        _block = new byte[codec.BlockSize];
        _zeros = new byte[codec.BlockSize];
    }

    /// <inheritdoc/>
    public override long Written => _written;

    /// <inheritdoc/>
    public override string ScratchFile => _target.ScratchFile;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        while (!buffer.IsEmpty)
        {
            var part = Math.Min(buffer.Length, _codec.BlockSize - _filled);
            buffer[..part].CopyTo(_block.AsSpan(_filled));
            _filled += part;
            _written += part;
            buffer = buffer[part..];
            if (_filled == _codec.BlockSize)
            {
                AddBlock();
            }
        }
    }

    /// <inheritdoc/>
    public override void WriteZeros(long count)
    {
        while (count > 0)
        {
            var part = (int)Math.Min(count, _codec.BlockSize - _filled);
            if (part == _codec.BlockSize)
            {
                _hash.AppendData(_zeros);
                _written += part;
                AddZeros();
            }
            else
            {
                Write(_zeros.AsSpan(0, part));
            }

            count -= part;
        }
    }

    /// <summary>Ends the compressed file and tells the size and digest of what was written.</summary>
    public (ByteSize Size, Digest Digest) Finish()
    {
        Begin();
        if (_filled > 0)
        {
            AddBlock();
        }

        _work.Finish();
        _target.Write(_codec.End());
        foreach (var (at, bytes) in _codec.Corrections())
        {
            ((FileImage)_target).Patch(at, bytes);
        }

        return (ByteSize.FromBytes(_written), Digest.FromHash(_hash.GetHashAndReset()));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _work.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void AddBlock()
    {
        var (block, length) = (_block, _filled);
        if (length == _codec.BlockSize && !block.AsSpan().ContainsAnyExcept((byte)0))
        {
            AddZeros();
        }
        else
        {
            Begin();
            _codec.Plain(block.AsSpan(0, length));
            _work.Add(() => (_codec.Compress(block.AsSpan(0, length)), length, block));
            _block = _free.TryPop(out var free) ? free : new byte[_codec.BlockSize];
        }

        _filled = 0;
    }

    private void AddZeros()
    {
        Begin();
        _codec.Plain(_zeros);
        _packedZeros ??= _codec.Compress(_zeros);
        _work.Add((_packedZeros, _zeros.Length, null));
    }

    private void Begin()
    {
        if (!_begun)
        {
            _target.Write(_codec.Begin(Announced));
            _begun = true;
        }
    }

    private void Take((byte[] Packed, int Plain, byte[]? Buffer) done)
    {
        _codec.Packed(done.Packed, done.Plain);
        _target.Write(done.Packed);
        if (done.Buffer is { } buffer)
        {
            _free.Push(buffer);
        }
    }
}
