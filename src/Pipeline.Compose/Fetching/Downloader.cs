using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Fetching;

/// <summary>Timeouts and attempts of downloads.</summary>
/// <param name="Retry">Attempts and waits for transient failures.</param>
/// <param name="Stall">Longest silence of a server before the connection counts as dead.</param>
internal sealed record DownloadPolicy(Retry Retry, TimeSpan Stall)
{
    /// <summary>Four attempts, half a minute of silence each.</summary>
    public static DownloadPolicy Default { get; } = new(Retry.Default, TimeSpan.FromSeconds(30));

    /// <summary>How slow a server may be; its total is for all attempts at one address.</summary>
    public Pace Pace { get; init; } = Pace.Default;
}

/// <summary>A small document to get.</summary>
internal sealed record DocumentRequest(string Url)
{
    /// <summary>Most bytes that are read.</summary>
    public required int Limit { get; init; }

    /// <summary>Validators of the copy we have: the server may answer "not modified".</summary>
    public string? ETag { get; init; }

    /// <summary>As <see cref="ETag"/>, in HTTP's date form.</summary>
    public string? LastModified { get; init; }

    /// <summary>Ask caches on the way to fetch it anew.</summary>
    public bool PastCaches { get; init; }
}

/// <summary>What came back.</summary>
internal sealed record DocumentResponse(bool NotModified, ReadOnlyMemory<byte> Content, string? ETag, string? LastModified);

/// <summary>
/// Gets documents and files over HTTP. Dropped, stalled and truncated answers are tried again and end as class 4; a wrong digest is
/// fetched once more past caches and then refused (class 5).
/// </summary>
/// <param name="http">The network.</param>
/// <param name="time">Clock for limits and waits.</param>
/// <param name="policy">The limits.</param>
/// <param name="credentials">What servers want to know of us.</param>
internal sealed class Downloader(HttpClient http, TimeProvider time, DownloadPolicy policy, UrlCredentials credentials)
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Gets a document into memory.</summary>
    public Task<DocumentResponse> GetAsync(DocumentRequest request, CancellationToken cancellationToken) =>
        Retried(
            request.Url,
            async (pace, token) =>
            {
                using var message = Message(request.Url, request.PastCaches);
                if (request.ETag is not null)
                {
                    message.Headers.TryAddWithoutValidation("If-None-Match", request.ETag);
                }

                if (request.LastModified is not null)
                {
                    message.Headers.TryAddWithoutValidation("If-Modified-Since", request.LastModified);
                }

                using var silence = new StallClock(policy.Stall, time, token) { Pace = pace };
                using var response = await silence.WatchAsync(t => http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, t));
                if (response.StatusCode == HttpStatusCode.NotModified && (request.ETag ?? request.LastModified) is not null)
                {
                    return new(true, default, request.ETag, request.LastModified);
                }

                response.EnsureSuccessStatusCode();
                var content = new MemoryStream();
                await CopyAsync(response, content, new(request.Limit, request.Url, silence, _ => { }), token);
                return new DocumentResponse(
                    false,
                    content.ToArray(),
                    response.Headers.ETag?.ToString(),
                    response.Content.Headers.LastModified?.ToString("R")
                );
            },
            cancellationToken
        );

    /// <summary>Gets a file into the store, checking size and digest while it streams.</summary>
    /// <param name="url">Its address.</param>
    /// <param name="digest">What it must be.</param>
    /// <param name="size">How many bytes it must have.</param>
    /// <param name="store">Where it goes.</param>
    /// <param name="progress">Called with the bytes of each read, and with a negative number when an attempt is given up.</param>
    /// <param name="cancellationToken">Ends it; nothing is left in the store.</param>
    public async Task StoreAsync(
        string url,
        Digest digest,
        long size,
        ContentStore store,
        Action<long> progress,
        CancellationToken cancellationToken
    )
    {
        for (var pastCaches = false; ; pastCaches = true)
        {
            try
            {
                await Retried(
                    url,
                    async (pace, token) =>
                    {
                        await AttemptAsync(url, digest, size, store, progress, new(pace, pastCaches), token);
                        return true;
                    },
                    cancellationToken
                );
                return;
            }
            catch (PipelineException e) when (e.Exit == ExitClass.Refused && !pastCaches)
            {
                // A cache on the way may hold a damaged copy; a second refusal is final.
            }
        }
    }

    private async Task AttemptAsync(
        string url,
        Digest digest,
        long size,
        ContentStore store,
        Action<long> progress,
        Attempt attempt,
        CancellationToken cancellationToken
    )
    {
        var temporary = store.NewTemporary();
        long got = 0;
        try
        {
            using var silence = new StallClock(policy.Stall, time, cancellationToken) { Pace = attempt.Pace };
            using var message = Message(url, attempt.PastCaches);
            using var response = await silence.WatchAsync(t => http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, t));
            response.EnsureSuccessStatusCode();
            if (response.Content.Headers.ContentLength is { } length && length != size)
            {
                // A whole answer of another size is another file, not a broken connection.
                throw new PipelineException(FetchDiagnostics.WrongSize(url, size, length));
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                await CopyAsync(
                    response,
                    new HashingStream(file, hash),
                    new(size, url, silence, n => progress(Count(n))),
                    cancellationToken
                );
            }

            if (got < size)
            {
                throw new HttpRequestException($"'{FetchDiagnostics.Shown(url)}' ended after {got} of {size} bytes");
            }

            var found = Digest.FromHash(hash.GetHashAndReset());
            if (found != digest)
            {
                throw new PipelineException(FetchDiagnostics.WrongDigest(url, digest, found));
            }

            store.Commit(temporary, digest);
        }
        catch
        {
            progress(-got);
            throw;
        }
        finally
        {
            File.Delete(temporary);
        }

        long Count(long n)
        {
            got += n;
            return n;
        }
    }

    private async Task<T> Retried<T>(string url, Func<Pace, CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        try
        {
            return await policy.Retry.RunAsync(
                $"fetching '{FetchDiagnostics.Shown(url)}'",
                (_, token) => action(policy.Pace with { Total = policy.Pace.Total - time.GetElapsedTime(begin) }, token),
                time,
                cancellationToken
            );
        }
        catch (HttpRequestException e) when (e.StatusCode is { } status)
        {
            throw new PipelineException(FetchDiagnostics.Status(url, status), e);
        }
    }

    private HttpRequestMessage Message(string url, bool pastCaches)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, url);
        message.Headers.Authorization = credentials.For(url);
        if (pastCaches)
        {
            message.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
            message.Headers.Pragma.ParseAdd("no-cache");
        }

        return message;
    }

    private static async Task CopyAsync(HttpResponseMessage response, Stream target, Copying copying, CancellationToken cancellationToken)
    {
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[BufferSize];
        long total = 0;
        int read;
        while ((read = await copying.Silence.ReadAsync(source, buffer)) > 0)
        {
            total += read;
            if (total > copying.Limit)
            {
                throw new PipelineException(FetchDiagnostics.TooLarge(copying.Url, copying.Limit));
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            copying.Progress(read);
        }
    }

    /// <summary>How one attempt differs from the others.</summary>
    private sealed record Attempt(Pace Pace, bool PastCaches);

    /// <summary>Limits of one copy.</summary>
    private sealed record Copying(long Limit, string Url, StallClock Silence, Action<long> Progress);
}
