using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Compose.Commits;

/// <summary>A range of a file.</summary>
/// <param name="File">The file, open for reading.</param>
/// <param name="Offset">Where the range begins.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct FileSlice(SafeFileHandle File, long Offset, long Length);

/// <summary>
/// Compressed contents in the order in which threads finish them, until all names are known and the archive can be written.
/// </summary>
/// <param name="path">A file that is gone when this is disposed.</param>
internal sealed class CommitArchiveScratch(string path) : IDisposable
{
    private const int LargeLevel = 2;
    private readonly FileStream _file = new(
        path,
        FileMode.CreateNew,
        FileAccess.ReadWrite,
        FileShare.None,
        bufferSize: 0,
        FileOptions.DeleteOnClose
    );

    private long _end;

    /// <summary>Keeps bytes. Safe for several threads.</summary>
    public FileSlice Add(ReadOnlySpan<byte> bytes)
    {
        var at = Interlocked.Add(ref _end, bytes.Length) - bytes.Length;
        RandomAccess.Write(_file.SafeFileHandle, bytes, at);
        return new(_file.SafeFileHandle, at, bytes.Length);
    }

    /// <summary>Keeps the deflated content of a file that is too large for memory. Safe for several threads.</summary>
    /// <param name="content">The file.</param>
    /// <param name="size">How many bytes of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public FileSlice AddLarge(SafeFileHandle content, long size, CancellationToken cancellationToken)
    {
        // Deflate adds five bytes to a block that it cannot shrink; blocks of zlib-ng are never smaller than 1 KiB.
        var room = checked(size + size / 128 + (1 << 16));
        var at = Interlocked.Add(ref _end, room) - room;
        using var range = new Range(_file.SafeFileHandle, at, room);
        var options = new ZLibCompressionOptions { CompressionLevel = LargeLevel };
        using (var deflate = new DeflateStream(range, options, leaveOpen: true))
        {
            var buffer = new byte[1 << 20];
            int read;
            for (long done = 0; done < size; done += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                read = RandomAccess.Read(content, buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - done)), done);
                if (read == 0)
                {
                    throw new EndOfStreamException("a file of the tree became shorter while it was committed");
                }

                deflate.Write(buffer, 0, read);
            }
        }

        return new(_file.SafeFileHandle, at, range.Position);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Writes a range of the file from its beginning on.</summary>
    private sealed class Range(SafeFileHandle file, long start, long room) : Stream
    {
        private long _at;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _at;

        public override long Position
        {
            get => _at;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_at + buffer.Length > room)
            {
                throw new InvalidOperationException("compressed content is larger than deflate can make it");
            }

            RandomAccess.Write(file, buffer, start + _at);
            _at += buffer.Length;
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
