using Pipeline.Host.Net.Objects;
using Pipeline.Model.Values;

namespace Pipeline.TestKit;

/// <summary>A store that answers as another one does; tests change single answers. Nothing can be written or listed.</summary>
/// <param name="inner">The store that answers; it stays the caller's.</param>
public abstract class ReadOnlyStore(IObjectStore inner) : IObjectStore
{
    /// <inheritdoc/>
    public string Address => inner.Address;

    /// <inheritdoc/>
    public virtual Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken) => inner.HeadAsync(key, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken) =>
        inner.ReadAsync(key, limit, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<IPartUpload> BeginUploadAsync(string key, Digest digest, ObjectHeaders headers, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called once at the end.</summary>
    protected virtual void Dispose(bool disposing) { }
}
