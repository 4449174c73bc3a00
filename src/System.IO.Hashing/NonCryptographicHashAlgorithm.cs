namespace System.IO.Hashing;

/// <summary>A hash that is fed piece by piece and is good for finding accidents, not attacks. The shape is that of the package this project stands in for.</summary>
/// <param name="hashLengthInBytes">Length of every hash.</param>
public abstract class NonCryptographicHashAlgorithm(int hashLengthInBytes)
{
    private const int Piece = 80 * 1024;

    /// <summary>Length of a hash in bytes.</summary>
    public int HashLengthInBytes { get; } = hashLengthInBytes;

    /// <summary>Feeds bytes.</summary>
    public abstract void Append(ReadOnlySpan<byte> source);

    /// <summary>Forgets everything fed so far.</summary>
    public abstract void Reset();

    /// <summary>Feeds bytes.</summary>
    public void Append(byte[] source) => Append(new ReadOnlySpan<byte>(source));

    /// <summary>Feeds all that is left in a stream.</summary>
    public void Append(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var buffer = new byte[Piece];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            Append(new ReadOnlySpan<byte>(buffer, 0, read));
        }
    }

    /// <summary>Feeds all that is left in a stream.</summary>
    public async Task AppendAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var buffer = new byte[Piece];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            Append(new ReadOnlySpan<byte>(buffer, 0, read));
        }
    }

    /// <summary>The hash of what was fed so far.</summary>
    public byte[] GetCurrentHash()
    {
        var hash = new byte[HashLengthInBytes];
        GetCurrentHashCore(hash);
        return hash;
    }

    /// <summary>Writes the hash of what was fed so far.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is shorter than a hash.</exception>
    public int GetCurrentHash(Span<byte> destination)
    {
        GetCurrentHashCore(Exact(destination));
        return HashLengthInBytes;
    }

    /// <summary>As <see cref="GetCurrentHash(Span{byte})"/>, but a short destination is an answer.</summary>
    public bool TryGetCurrentHash(Span<byte> destination, out int bytesWritten)
    {
        bytesWritten = destination.Length < HashLengthInBytes ? 0 : GetCurrentHash(destination);
        return destination.Length >= HashLengthInBytes;
    }

    /// <summary>The hash, after which everything is forgotten.</summary>
    public byte[] GetHashAndReset()
    {
        var hash = new byte[HashLengthInBytes];
        GetHashAndResetCore(hash);
        return hash;
    }

    /// <summary>Writes the hash, after which everything is forgotten.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is shorter than a hash.</exception>
    public int GetHashAndReset(Span<byte> destination)
    {
        GetHashAndResetCore(Exact(destination));
        return HashLengthInBytes;
    }

    /// <summary>Writes the hash to a destination of exactly its length.</summary>
    protected abstract void GetCurrentHashCore(Span<byte> destination);

    /// <summary>Writes the hash to a destination of exactly its length and forgets everything.</summary>
    protected virtual void GetHashAndResetCore(Span<byte> destination)
    {
        GetCurrentHashCore(destination);
        Reset();
    }

    private Span<byte> Exact(Span<byte> destination) => destination.Length >= HashLengthInBytes
        ? destination[..HashLengthInBytes]
        : throw new ArgumentException("the destination is shorter than a hash", nameof(destination));
}
