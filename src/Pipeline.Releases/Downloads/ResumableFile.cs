using System.Net;
using System.Net.Http.Headers;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Downloads;

/// <summary>
/// A file that is fetched in pieces: what a broken connection or a killed run left is gone on from, when the server still has the same
/// file. Whether the bytes are right is for the caller to find out.
/// </summary>
/// <param name="http">The network.</param>
/// <param name="time">Clock for limits and waits.</param>
internal sealed class ResumableFile(HttpClient http, TimeProvider time)
{
    private const int Attempts = 6;
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>Fetches into a file; its partner <c>.tag</c> keeps what the server called the file.</summary>
    /// <param name="url">The address.</param>
    /// <param name="part">The file, which may have a beginning already.</param>
    /// <param name="step">Shows progress.</param>
    /// <param name="cancellationToken">Ends it; what is there stays.</param>
    /// <exception cref="PipelineException">PL0340 the network failed (class 4); PL5605 the server refused.</exception>
    public Task FetchAsync(string url, string part, IStep step, CancellationToken cancellationToken) =>
        new Retry(Attempts, TimeSpan.FromMilliseconds(500)).RunAsync(
            $"fetching '{url}'",
            async (_, token) =>
            {
                await AttemptAsync(url, part, step, token);
                return true;
            },
            time,
            cancellationToken
        );

    /// <summary>Removes a file and its partner.</summary>
    public static void Forget(string part)
    {
        File.Delete(part);
        File.Delete(TagOf(part));
    }

    private async Task AttemptAsync(string url, string part, IStep step, CancellationToken cancellationToken)
    {
        using var clock = new StallClock(Silence, time, cancellationToken) { Pace = Pace.RateOnly };
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        var have = Beginning(part);
        if (have is var (length, tag) && length > 0)
        {
            message.Headers.Range = new RangeHeaderValue(length, null);
            message.Headers.TryAddWithoutValidation("If-Range", tag);
        }

        using var response = await clock.WatchAsync(t => http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, t));
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Forget(part);
            throw new HttpRequestException("the server has another file now", null, HttpStatusCode.ServiceUnavailable);
        }

        if (!response.IsSuccessStatusCode)
        {
            var failed = new HttpRequestException($"the server answered {(int)response.StatusCode}", null, response.StatusCode);
            throw Retry.IsTransient(failed) ? failed : new PipelineException(DownloadDiagnostics.Status(url, (int)response.StatusCode));
        }

        var at = Start(response, part, have.Length);
        var total = response.Content.Headers.ContentLength is { } rest ? at + rest : (long?)null;
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var target = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1);
        target.SetLength(at);
        target.Position = at;
        var buffer = new byte[256 * 1024];
        int read;
        while ((read = await clock.ReadAsync(source, buffer)) > 0)
        {
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            at += read;
            step.Progress(at, total ?? 0, Path.GetFileName(part), ProgressUnits.Bytes);
        }

        if (total is { } whole && at < whole)
        {
            throw new HttpRequestException($"it ended after {at} of {whole} bytes");
        }
    }

    /// <summary>Where the answer goes on: the server says so, and has to mean where we are.</summary>
    private static long Start(HttpResponseMessage response, string part, long have)
    {
        if (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have)
        {
            return have;
        }

        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            Forget(part);
            throw new HttpRequestException("the server sent another part than was asked for", null, HttpStatusCode.ServiceUnavailable);
        }

        // A weak tag is no promise about bytes.
        if (response.Headers.ETag is { IsWeak: false } tag)
        {
            File.WriteAllText(TagOf(part), tag.ToString());
        }
        else
        {
            File.Delete(TagOf(part));
        }

        return 0;
    }

    private static (long Length, string Tag) Beginning(string part) =>
        RegularFile.Is(part) && RegularFile.Is(TagOf(part)) && RegularFile.ReadText(TagOf(part), 1024).Trim() is { Length: > 0 } tag
            ? (new FileInfo(part).Length, tag)
            : (0, "");

    private static string TagOf(string part) => part + ".tag";
}
