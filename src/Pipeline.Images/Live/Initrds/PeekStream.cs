using Pipeline.Host.Compression;

namespace Pipeline.Images.Live.Initrds;

/// <summary>A stream that can be looked at before it is read, and counts.</summary>
/// <param name="inner">Read from where it stands.</param>
/// <param name="limit">Most bytes that are read.</param>
internal sealed class PeekStream(Stream inner, long limit) : ReadOnlyStream
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _read;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (!Fill(1))
        {
            return 0;
        }

        var read = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, read).CopyTo(buffer);
        _start += read;
        return read;
    }

    /// <summary>Skips zeros; <c>false</c> when nothing else follows.</summary>
    public bool SkipZeros()
    {
        while (Fill(1))
        {
            var zeros = _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept((byte)0);
            if (zeros >= 0)
            {
                _start += zeros;
                return true;
            }

            _start = _end;
        }

        return false;
    }

    /// <summary>Whether the next bytes are these.</summary>
    public bool StartsWith(ReadOnlySpan<byte> bytes) => Fill(bytes.Length) && _buffer.AsSpan(_start).StartsWith(bytes);

    /// <summary>Bytes that came from the inner stream so far.</summary>
    public long Count => _read;

    /// <summary>Takes back bytes of the last read.</summary>
    public void Unread(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _start);
        _start -= count;
    }

    private bool Fill(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (_end < count)
        {
            var read = inner.Read(_buffer.AsSpan(_end));
            _end += read;
            _read += read;
            if (_read > limit)
            {
                throw new InvalidDataException("it unpacks to more than is read");
            }

            if (read == 0)
            {
                return false;
            }
        }

        return true;
    }
}
