using System.Runtime.CompilerServices;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

/// <summary>
/// A store that fails, stalls or takes effect without answering, made reliable: every call has a time limit and bounded retries, and a
/// conditional write whose answer was lost is looked up instead of taken for somebody else's.
/// </summary>
/// <param name="inner">The store; disposed with this one.</param>
/// <param name="retry">Attempts and delays.</param>
/// <param name="limit">Longest time for one call that moves at most one part.</param>
/// <param name="time">Clock for limits and waits.</param>
public sealed class ReliableObjectStore(IObjectStore inner, Retry retry, TimeSpan limit, TimeProvider time) : IObjectStore
{
    /// <inheritdoc/>
    public string Address => inner.Address;

    /// <inheritdoc/>
    public Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken) =>
        CallAsync($"looking at '{key}'", (_, c) => inner.HeadAsync(key, c), cancellationToken);

    /// <inheritdoc/>
    public Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken) =>
        CallAsync($"reading '{key}'", (_, c) => inner.ReadAsync(key, limit, c), cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken) =>
        CallAsync($"reading '{key}'", (_, c) => inner.OpenAsync(key, offset, tag, c), cancellationToken);

    /// <inheritdoc/>
    public Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    ) =>
        CallAsync(
            $"writing '{key}'",
            async (attempt, c) =>
            {
                if (await inner.WriteAsync(key, content, headers, condition, c) is { } tag)
                {
                    return tag;
                }

                // An earlier try may have been the one that changed it.
                var there =
                    attempt > 1 && content.Length <= ObjectDocuments.Limit ? await inner.ReadAsync(key, ObjectDocuments.Limit, c) : null;
                return there is not null && there.Bytes.Span.SequenceEqual(content.Span) ? there.Tag : null;
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken) =>
        CallAsync(
            $"deleting '{key}'",
            async (attempt, c) => await inner.DeleteAsync(key, tag, c) || (attempt > 1 && await inner.HeadAsync(key, c) is null),
            cancellationToken
        );

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = await CallAsync(
            $"listing '{prefix}'",
            async (_, c) =>
            {
                var entries = new List<ObjectEntry>();
                await foreach (var entry in inner.ListAsync(prefix, c))
                {
                    entries.Add(entry);
                }

                return entries;
            },
            cancellationToken
        );
        foreach (var entry in all)
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
    ) =>
        new ReliableUpload(
            this,
            key,
            await CallAsync(
                $"beginning the upload of '{key}'",
                (_, c) => inner.BeginUploadAsync(key, digest, headers, c),
                cancellationToken
            )
        );

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private Task<T> CallAsync<T>(string what, Func<int, CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        retry.RunAsync(
            $"{Address}: {what}",
            async (attempt, c) =>
            {
                using var clock = new CancellationTokenSource(limit, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, c);
                try
                {
                    return await call(attempt, both.Token);
                }
                catch (OperationCanceledException e) when (clock.IsCancellationRequested && !c.IsCancellationRequested)
                {
                    throw new PipelineException(ObjectDiagnostics.Failed(Address, what, $"no answer within {limit.TotalSeconds:0.#} s"), e);
                }
            },
            time,
            cancellationToken
        );

    private sealed class ReliableUpload(ReliableObjectStore owner, string key, IPartUpload upload) : IPartUpload
    {
        public Task<bool> HasPartAsync(UploadPart part, CancellationToken cancellationToken) =>
            owner.CallAsync($"looking at part {part.Number} of '{key}'", (_, c) => upload.HasPartAsync(part, c), cancellationToken);

        public Task PutPartAsync(UploadPart part, CancellationToken cancellationToken) =>
            owner.CallAsync(
                $"uploading part {part.Number} of '{key}'",
                async (_, c) =>
                {
                    await upload.PutPartAsync(part, c);
                    return true;
                },
                cancellationToken
            );

        public Task<string?> CompleteAsync(int parts, CancellationToken cancellationToken) =>
            owner.CallAsync($"completing '{key}'", (_, c) => upload.CompleteAsync(parts, c), cancellationToken);

        public Task AbortAsync(CancellationToken cancellationToken) =>
            owner.CallAsync(
                $"giving up '{key}'",
                async (_, c) =>
                {
                    await upload.AbortAsync(c);
                    return true;
                },
                cancellationToken
            );
    }
}
