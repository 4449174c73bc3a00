using System.Security.Cryptography;
using Pipeline.Host.Files.Trees;

namespace Pipeline.Compose.Commits;

/// <summary>Reads, hashes and deflates files one after the other; one for each thread.</summary>
internal sealed class ContentReader : IDisposable
{
    /// <summary>Larger files are hashed and compressed in pieces, not here.</summary>
    public const int Whole = 64 << 20;

    private readonly RawDeflate _deflate = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _content = new byte[1 << 16];
    private byte[] _compressed = [];

    /// <summary>Bytes of the file that was read last.</summary>
    public int Size { get; private set; }

    /// <summary>Reads a file of at most <see cref="Whole"/> bytes.</summary>
    /// <returns>Checksum of its object.</returns>
    public byte[] Read(TreeHandle root, TreePath path, ObjectMetadata metadata)
    {
        using var handle = root.OpenFile(path, TreeLinks.Refused);
        var size = (int)Math.Min(RandomAccess.GetLength(handle), Whole);
        if (_content.Length < size)
        {
            _content = new byte[size];
        }

        Size = 0;
        for (int read; Size < size && (read = RandomAccess.Read(handle, _content.AsSpan(Size, size - Size), Size)) > 0; )
        {
            Size += read;
        }

        return ChecksumAs(metadata);
    }

    /// <summary>The checksum that the file that was read last has with other metadata.</summary>
    public byte[] ChecksumAs(ObjectMetadata metadata)
    {
        _hash.AppendData(ObjectFormat.FileHeader(metadata, []));
        _hash.AppendData(_content.AsSpan(0, Size));
        return _hash.GetHashAndReset();
    }

    /// <summary>The deflated content of the file that was read last; good until the next call.</summary>
    public ReadOnlySpan<byte> Deflate()
    {
        var room = _deflate.Bound(Size);
        if (_compressed.Length < room)
        {
            _compressed = new byte[room];
        }

        return _compressed.AsSpan(0, _deflate.Compress(_content.AsSpan(0, Size), _compressed));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deflate.Dispose();
        _hash.Dispose();
    }
}
