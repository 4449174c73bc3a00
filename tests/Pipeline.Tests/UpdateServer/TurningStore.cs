using Pipeline.Host.Net.Objects;

namespace Pipeline.Tests.UpdateServer;

/// <summary>Publishes a third release, index and updates, while the first look is under way.</summary>
internal sealed class TurningStore(GraphStore stream) : IObjectStore
{
    private int _reads;

    public string Address => stream.Store.Address;

    public Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken) => stream.Store.HeadAsync(key, cancellationToken);

    public async Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken)
    {
        if (++_reads == 2)
        {
            stream.Release("43.20260201.3.0", "x86_64");
            stream.Mark("43.20260201.3.0", """{"rollout":{"start_percentage":1.0}}""");
            await stream.PublishAsync();
        }

        return await stream.Store.ReadAsync(key, limit, cancellationToken);
    }

    public Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IPartUpload> BeginUploadAsync(
        string key,
        Pipeline.Model.Values.Digest digest,
        ObjectHeaders headers,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public void Dispose() { }
}
