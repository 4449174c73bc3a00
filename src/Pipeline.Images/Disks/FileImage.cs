using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Images.Disks;

/// <summary>A new file whose digest is known as soon as it is written. Zeros become holes. A failed write leaves it to its owner.</summary>
internal sealed class FileImage : ImageStream
{
    private const int BufferSize = 1 << 20;
    private static readonly byte[] Zeros = new byte[BufferSize];

    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly string _path;
    private long _at;
    private int _buffered;
    private bool _patched;

    /// <summary>Makes the file; it must not exist.</summary>
    public FileImage(string path)
    {
        _path = path;
        _file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <inheritdoc/>
    public override long Written => _at + _buffered;

    /// <inheritdoc/>
    public override string ScratchFile => _path + ".part";

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length >= BufferSize)
        {
            WriteOut();
            Store(buffer);
            return;
        }

        if (_buffered + buffer.Length > BufferSize)
        {
            WriteOut();
        }

        buffer.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += buffer.Length;
    }

    /// <inheritdoc/>
    public override void WriteZeros(long count)
    {
        if (count + _buffered <= BufferSize)
        {
            Write(Zeros.AsSpan(0, (int)count));
            return;
        }

        WriteOut();
        for (var left = count; left > 0; left -= BufferSize)
        {
            _hash.AppendData(Zeros, 0, (int)Math.Min(BufferSize, left));
        }

        _at += count;
    }

    /// <summary>A range that keeps its place is copied by the kernel, which shares blocks where the file system can.</summary>
    public override void Copy(SafeFileHandle file, long start, long end, CancellationToken cancellationToken)
    {
        if (Written != start)
        {
            base.Copy(file, start, end, cancellationToken);
            return;
        }

        WriteOut();
        FileRanges.Copy(file, _file, start, end, cancellationToken);
        for (var at = start; at < end; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, _buffer.AsSpan(0, (int)Math.Min(BufferSize, end - at)), at);
            if (read == 0)
            {
                throw new IOException("the file became shorter while it was copied");
            }

            _hash.AppendData(_buffer, 0, read);
            at += read;
        }

        _at = end;
    }

    /// <summary>Changes bytes that were written before. The digest then costs one more reading of the file.</summary>
    public void Patch(long at, ReadOnlySpan<byte> bytes)
    {
        WriteOut();
        RandomAccess.Write(_file, bytes, at);
        _patched = true;
    }

    /// <summary>A file without a name: it is gone with this process, however that ends.</summary>
    /// <param name="path">Where it is made; nothing is there afterwards.</param>
    public static FileImage Nameless(string path)
    {
        System.IO.File.Delete(path);
        var image = new FileImage(path);
        System.IO.File.Delete(path);
        return image;
    }

    /// <summary>The file, for copies of it.</summary>
    public SafeFileHandle File => _file;

    /// <summary>Ends the file and tells its size and digest.</summary>
    public (ByteSize Size, Digest Digest) Finish()
    {
        WriteOut();
        RandomAccess.SetLength(_file, _at); // a hole at the end
        if (_patched)
        {
            _ = _hash.GetHashAndReset();
            for (var at = 0L; at < _at; )
            {
                var read = RandomAccess.Read(_file, _buffer, at);
                _hash.AppendData(_buffer, 0, read);
                at += read;
            }
        }

        return (ByteSize.FromBytes(_at), Digest.FromHash(_hash.GetHashAndReset()));
    }

    /// <summary>Waits until the file is on the disk.</summary>
    public void Sync() => RandomAccess.FlushToDisk(_file);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void WriteOut()
    {
        var buffered = _buffer.AsSpan(0, _buffered);
        _buffered = 0;
        Store(buffered);
    }

    private void Store(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        RandomAccess.Write(_file, bytes, _at);
        _at += bytes.Length;
    }
}
