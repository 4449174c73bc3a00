using System.Buffers;

namespace Pipeline.Clouds.Disks;

/// <summary>One block of a disk, in a buffer that is used again.</summary>
public sealed class DiskBlock
{
    private readonly byte[] _buffer;

    private DiskBlock(int index, byte[] buffer) => (Index, _buffer) = (index, buffer);

    /// <summary>Its number from 0; it begins at this times <see cref="DiskContent.BlockSize"/>.</summary>
    public int Index { get; }

    /// <summary>Its bytes, always a whole block; valid until <see cref="Return"/>.</summary>
    public ReadOnlyMemory<byte> Data => _buffer.AsMemory(0, DiskContent.BlockSize);

    /// <summary>Its bytes to be filled.</summary>
    internal Span<byte> Buffer => _buffer.AsSpan(0, DiskContent.BlockSize);

    /// <summary>Its bytes as a stream for one request.</summary>
    internal MemoryStream Open() => new(_buffer, 0, DiskContent.BlockSize, writable: false);

    /// <summary>Gives the buffer back; called once.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>A block whose bytes are not set yet.</summary>
    internal static DiskBlock Rent(int index) => new(index, ArrayPool<byte>.Shared.Rent(DiskContent.BlockSize));
}
