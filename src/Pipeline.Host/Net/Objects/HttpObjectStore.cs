using System.Net;
using System.Net.Http.Headers;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

/// <summary>A published store seen through its web address: everything that reads works, nothing that writes or lists.</summary>
/// <param name="root">Base URL without a final <c>/</c>.</param>
/// <param name="client">From <see cref="HttpStack"/>; disposed with the store.</param>
public sealed class HttpObjectStore(string root, HttpClient client) : IObjectStore
{
    /// <inheritdoc/>
    public string Address => root;

    /// <inheritdoc/>
    public async Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Head, key);
        using var answer = await SendAsync($"looking at '{key}'", request, cancellationToken);
        return answer is null
            ? null
            : new(
                key,
                LengthOf(answer, key),
                TagOf(answer),
                null,
                answer.Content.Headers.ContentType?.MediaType,
                answer.Headers.CacheControl?.ToString()
            );
    }

    /// <inheritdoc/>
    public async Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, key);
        using var answer = await SendAsync($"reading '{key}'", request, cancellationToken);
        if (answer is null)
        {
            return null;
        }

        if (answer.Content.Headers.ContentLength is { } declared && declared > limit)
        {
            throw new PipelineException(ObjectDiagnostics.TooLarge(root, key, declared, limit));
        }

        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (bytes.Length + read > limit)
            {
                throw new PipelineException(ObjectDiagnostics.TooLarge(root, key, bytes.Length + read, limit));
            }

            bytes.Write(buffer, 0, read);
        }

        return new(bytes.ToArray(), TagOf(answer));
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken)
    {
        var request = Request(HttpMethod.Get, key);
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        var answer =
            await SendAsync($"reading '{key}'", request, cancellationToken)
            ?? throw new PipelineException(ObjectDiagnostics.Missing(root, key));
        if (
            TagOf(answer) != tag
            || (offset > 0 && (answer.StatusCode != HttpStatusCode.PartialContent || answer.Content.Headers.ContentRange?.From != offset))
        )
        {
            answer.Dispose();
            throw new PipelineException(ObjectDiagnostics.Changed(root, key));
        }

        return await answer.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    ) => throw ReadOnly();

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken) => throw ReadOnly();

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) => throw ReadOnly();

    /// <inheritdoc/>
    public Task<IPartUpload> BeginUploadAsync(string key, Digest digest, ObjectHeaders headers, CancellationToken cancellationToken) =>
        throw ReadOnly();

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string key) =>
        new(method, $"{root}/{string.Join('/', ObjectKey.Check(key).Split('/').Select(Uri.EscapeDataString))}");

    private async Task<HttpResponseMessage?> SendAsync(string what, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new PipelineException(ObjectDiagnostics.Failed(root, what, e.Message), e);
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        var status = answer.StatusCode;
        answer.Dispose();

        // A bucket without the right to list answers 403 for what is not there.
        return status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden
            ? null
            : throw new PipelineException(ObjectDiagnostics.Failed(root, what, $"HTTP {(int)status}"));
    }

    private long LengthOf(HttpResponseMessage answer, string key) =>
        answer.Content.Headers.ContentLength
        ?? throw new PipelineException(ObjectDiagnostics.Failed(root, $"looking at '{key}'", "the server does not send the size"));

    private static string TagOf(HttpResponseMessage answer) =>
        answer.Headers.ETag?.ToString()
        ?? answer.Content.Headers.LastModified?.ToString("O", System.Globalization.CultureInfo.InvariantCulture)
        ?? "untagged";

    private PipelineException ReadOnly() => new(ObjectDiagnostics.ReadOnly(root));
}
