using Microsoft.Win32.SafeHandles;

namespace Pipeline.Images.Disks;

/// <summary>
/// Takes the bytes of an image from its first to its last. Zeros and pieces of files have calls of their own, because they can cost less.
/// </summary>
internal abstract class ImageStream : Stream
{
    private const int Chunk = 1 << 20;

    /// <summary>Bytes written so far.</summary>
    public abstract long Written { get; }

    /// <summary>Path of a file that the writer may use while it works; it is removed with the image's other temporary files.</summary>
    public abstract string ScratchFile { get; }

    /// <inheritdoc/>
    public sealed override bool CanRead => false;

    /// <inheritdoc/>
    public sealed override bool CanSeek => false;

    /// <inheritdoc/>
    public sealed override bool CanWrite => true;

    /// <inheritdoc/>
    public sealed override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>How many bytes there will be; <c>null</c> when the writer does not know.</summary>
    public long? Announced { get; private set; }

    /// <summary>Says how many bytes there will be, before the first; a writer that does not know does not call it.</summary>
    public virtual void Announce(long length) => Announced = length;

    /// <summary>Writes zeros.</summary>
    public abstract void WriteZeros(long count);

    /// <summary>Writes a range of a file.</summary>
    public virtual void Copy(SafeFileHandle file, long start, long end, CancellationToken cancellationToken)
    {
        var buffer = new byte[Chunk];
        for (var at = start; at < end; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(Chunk, end - at)), at);
            if (read == 0)
            {
                throw new IOException("the file became shorter while it was copied");
            }

            Write(buffer.AsSpan(0, read));
            at += read;
        }
    }

    /// <summary>Writes zeros up to the next multiple of <paramref name="unit"/>.</summary>
    public void Pad(int unit) => WriteZeros((unit - (Written % unit)) % unit);

    /// <inheritdoc/>
    public sealed override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override void SetLength(long value) => throw new NotSupportedException();
}
