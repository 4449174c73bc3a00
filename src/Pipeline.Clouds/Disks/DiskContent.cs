using System.Buffers;
using System.IO.Compression;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Disks;

/// <summary>
/// What the disk of an artifact holds, in blocks of 512 KiB. Reads raw disks and stream-optimised VMDK, compressed or not, from front to
/// back in bounded memory.
/// </summary>
public sealed class DiskContent
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockSize = 512 << 10;

    private const ulong DecoderMemory = 512UL << 20;

    private readonly string _path;

    private DiskContent(string path, bool vmdk, bool compressed, ByteSize size) =>
        (_path, IsVmdk, IsCompressed, Size) = (path, vmdk, compressed, size);

    /// <summary>Size of the disk, holes included.</summary>
    public ByteSize Size { get; }

    /// <summary>Whether the file is a VMDK; a raw disk otherwise.</summary>
    internal bool IsVmdk { get; }

    private bool IsCompressed { get; }

    /// <summary>Opens an artifact, after its bytes were compared with its digest.</summary>
    /// <exception cref="PipelineException">PL6066 and PL6067 its bytes are others or missing; PL6068 it is no disk.</exception>
    public static async Task<DiskContent> OpenAsync(Artifact artifact, CancellationToken cancellationToken)
    {
        if (!RegularFile.Is(artifact.Path))
        {
            throw new PipelineException(CloudDiagnostics.NoArtifact(artifact.Path));
        }

        var actual = await FileDigest.OfAsync(artifact.Path, cancellationToken);
        return actual == artifact.Digest
            ? await Task.Run(() => Open(artifact.Path, artifact.UncompressedSize), cancellationToken)
            : throw new PipelineException(CloudDiagnostics.OtherBytes(artifact.Path, artifact.Digest, actual));
    }

    /// <summary>Opens a file whose bytes are known to be right.</summary>
    internal static DiskContent Open(string path, ByteSize? uncompressed)
    {
        using var stream = Decoded(path, out var compressed);
        var head = new byte[VmdkReader.HeaderSize];
        var read = Guarded(path, () => stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        if (VmdkReader.Is(head.AsSpan(0, read)))
        {
            return new(path, vmdk: true, compressed, VmdkReader.Parse(head).Size);
        }

        var size = compressed ? uncompressed?.Bytes ?? read + Guarded(path, () => Count(stream)) : new FileInfo(path).Length;
        return size > 0
            ? new(path, vmdk: false, compressed, ByteSize.FromBytes(size))
            : throw new PipelineException(CloudDiagnostics.BadDisk(path, "it is empty"));
    }

    /// <summary>
    /// The blocks that hold anything but zeros, ascending. Each block's buffer is the caller's, who gives it back with
    /// <see cref="DiskBlock.Return"/>.
    /// </summary>
    public IEnumerable<DiskBlock> Blocks()
    {
        using var blocks = (
            IsVmdk ? VmdkBlocks()
            : IsCompressed ? StreamBlocks()
            : FileBlocks()
        ).GetEnumerator();
        while (Guarded(_path, blocks.MoveNext))
        {
            if (blocks.Current.Data.Span.ContainsAnyExcept((byte)0))
            {
                yield return blocks.Current;
            }
            else
            {
                blocks.Current.Return();
            }
        }
    }

    private IEnumerable<DiskBlock> VmdkBlocks()
    {
        using var stream = Decoded(_path, out _);
        foreach (var block in new VmdkReader(stream).Blocks())
        {
            yield return block;
        }
    }

    private IEnumerable<DiskBlock> StreamBlocks()
    {
        using var stream = Decoded(_path, out _);
        var total = 0L;
        for (var index = 0; total < Size.Bytes; index++)
        {
            var block = DiskBlock.Rent(index);
            var read = stream.ReadAtLeast(block.Buffer, BlockSize, throwOnEndOfStream: false);
            total += read;
            if (total > Size.Bytes || (read < BlockSize && total < Size.Bytes))
            {
                throw OtherSize();
            }

            block.Buffer[read..].Clear();
            yield return block;
        }

        if (stream.ReadByte() != -1)
        {
            throw OtherSize();
        }

        InvalidDataException OtherSize() => new($"it does not have the {Size.Bytes} bytes that its build records");
    }

    /// <summary>Holes are not read.</summary>
    private IEnumerable<DiskBlock> FileBlocks()
    {
        using var file = RegularFile.Open(_path);
        var next = 0L;
        foreach (var (start, end) in FileRanges.Stored(file))
        {
            for (var at = Math.Max(next, start / BlockSize); at * BlockSize < end; at++)
            {
                var block = DiskBlock.Rent(checked((int)at));
                var filled = 0;
                while (filled < BlockSize)
                {
                    var read = RandomAccess.Read(file, block.Buffer[filled..], (at * BlockSize) + filled);
                    if (read == 0)
                    {
                        break;
                    }

                    filled += read;
                }

                block.Buffer[filled..].Clear();
                next = at + 1;
                yield return block;
            }
        }
    }

    private static Stream Decoded(string path, out bool compressed)
    {
        var file = RegularFile.OpenStream(path);
        compressed = true;
        switch (Path.GetExtension(path))
        {
            case ".xz":
                return new LzmaStream(file, DecoderMemory, leaveOpen: false);
            case ".gz":
                return new GZipStream(file, CompressionMode.Decompress);
            case ".zst":
                return new ZstdStream(file);
            default:
                compressed = false;
                return file;
        }
    }

    private static long Count(Stream stream)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            var count = 0L;
            for (var read = 1; read > 0; count += read)
            {
                read = stream.Read(buffer);
            }

            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What decoders throw at bytes that are no such data, as an error about the file.</summary>
    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new PipelineException(CloudDiagnostics.BadDisk(path, e.Message), e);
        }
    }
}
