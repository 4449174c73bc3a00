using System.Runtime.CompilerServices;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Values;

namespace Pipeline.TestKit;

/// <summary>What goes wrong.</summary>
public enum StoreFault
{
    /// <summary>An error before anything took effect.</summary>
    Fails,

    /// <summary>No answer and no effect, until the caller gives up.</summary>
    Stalls,

    /// <summary>A read ends in the middle; a write is cut off and takes no effect.</summary>
    Truncates,

    /// <summary>It took effect, but the answer never comes.</summary>
    LosesAnswer,
}

/// <summary>A store whose requests can be counted and made to go wrong.</summary>
/// <param name="inner">The store that works.</param>
/// <param name="faultAt">Number, from 1, of the request that goes wrong; 0 for none.</param>
/// <param name="fault">How it goes wrong.</param>
/// <param name="forEver">Whether every later request goes wrong too, as when the process dies there.</param>
public sealed class FaultyObjectStore(IObjectStore inner, int faultAt = 0, StoreFault fault = StoreFault.Fails, bool forEver = false)
    : IObjectStore
{
    private int _requests;
    private int _parts;

    /// <summary>Requests so far.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Parts that reached the store so far.</summary>
    public int PartsPut => Volatile.Read(ref _parts);

    /// <inheritdoc/>
    public string Address => inner.Address;

    /// <inheritdoc/>
    public Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken) =>
        CallAsync(() => inner.HeadAsync(key, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ReadAsync(key, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken)
    {
        if (!Hit())
        {
            return await inner.OpenAsync(key, offset, tag, cancellationToken);
        }

        await BeforeAsync(streams: true, cancellationToken);
        await using var whole = await inner.OpenAsync(key, offset, tag, cancellationToken);
        var piece = new byte[1000];
        var read = await whole.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellationToken);
        return new MemoryStream(piece, 0, read / 2);
    }

    /// <inheritdoc/>
    public Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    ) => CallAsync(() => inner.WriteAsync(key, content, headers, condition, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken) =>
        CallAsync(() => inner.DeleteAsync(key, tag, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Hit())
        {
            await BeforeAsync(streams: false, cancellationToken);
            throw Lost();
        }

        await foreach (var entry in inner.ListAsync(prefix, cancellationToken))
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public async Task<IPartUpload> BeginUploadAsync(
        string key,
        Digest digest,
        ObjectHeaders headers,
        CancellationToken cancellationToken
    ) => new FaultyUpload(this, await CallAsync(() => inner.BeginUploadAsync(key, digest, headers, cancellationToken), cancellationToken));

    /// <summary>The inner store stays open: tests look at what is left in it.</summary>
    public void Dispose() { }

    private bool Hit()
    {
        var number = Interlocked.Increment(ref _requests);
        return faultAt > 0 && (number == faultAt || (forEver && number > faultAt));
    }

    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        if (!Hit())
        {
            return await call();
        }

        await BeforeAsync(streams: false, cancellationToken);
        await call();
        throw Lost();
    }

    private async Task BeforeAsync(bool streams, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case StoreFault.Fails:
                throw new HttpRequestException("connection refused");
            case StoreFault.Stalls:
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                break;
            case StoreFault.Truncates when !streams:
                throw new HttpIOException(HttpRequestError.ResponseEnded, "the response ended prematurely");
            default:
                break;
        }
    }

    private static HttpRequestException Lost() => new("connection reset by peer");

    private sealed class FaultyUpload(FaultyObjectStore owner, IPartUpload upload) : IPartUpload
    {
        public Task<bool> HasPartAsync(UploadPart part, CancellationToken cancellationToken) =>
            owner.CallAsync(() => upload.HasPartAsync(part, cancellationToken), cancellationToken);

        public Task PutPartAsync(UploadPart part, CancellationToken cancellationToken) =>
            owner.CallAsync(
                async () =>
                {
                    await upload.PutPartAsync(part, cancellationToken);
                    return Interlocked.Increment(ref owner._parts);
                },
                cancellationToken
            );

        public Task<string?> CompleteAsync(int parts, CancellationToken cancellationToken) =>
            owner.CallAsync(() => upload.CompleteAsync(parts, cancellationToken), cancellationToken);

        public Task AbortAsync(CancellationToken cancellationToken) =>
            owner.CallAsync(
                async () =>
                {
                    await upload.AbortAsync(cancellationToken);
                    return true;
                },
                cancellationToken
            );
    }
}
