using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Documents;

/// <summary>Reads documents from files and over HTTP, at most 16 MiB each.</summary>
/// <param name="http">The client for URLs.</param>
/// <param name="time">Clock for retries.</param>
internal sealed class DocumentSource(HttpClient http, TimeProvider time)
{
    /// <summary>Longest time for one try at a document, which has at most 16 MiB.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Whether a place is a URL that is fetched rather than a path.</summary>
    public static bool IsUrl(string place) =>
        place.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || place.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The bytes of a file or URL.</summary>
    /// <param name="place">An absolute path or a URL.</param>
    /// <param name="shown">The place as the user typed it.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="PipelineException">PL5020, PL5021, PL5025 (class 2); PL0340 the network failed (class 4).</exception>
    public Task<byte[]> ReadAsync(string place, string shown, CancellationToken cancellationToken) =>
        IsUrl(place)
            ? Retry.Default.RunAsync($"reading '{place}'", (_, token) => FetchAsync(place, token), time, cancellationToken)
            : DocumentFile.ReadBytesAsync(place, shown, cancellationToken);

    /// <summary>One try, which a server that says nothing more ends as well.</summary>
    private async Task<byte[]> FetchAsync(string url, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            return await FetchWholeAsync(url, both.Token);
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"no whole answer within {Limit.TotalSeconds:0} s");
        }
    }

    private async Task<byte[]> FetchWholeAsync(string url, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            // A server error may be transient; any other answer is final.
            throw (int)response.StatusCode >= 500
                ? new HttpRequestException($"the server answered {(int)response.StatusCode}", null, response.StatusCode)
                : new PipelineException(
                    Diagnostic.Error(
                        "PL5025",
                        $"'{url}' could not be read: the server answered {(int)response.StatusCode}",
                        hint: "check the URL"
                    )
                );
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await stream.ReadAtMostAsync(TextLimits.Default.MaxLength, cancellationToken)
            ?? throw new PipelineException(DocumentDiagnostics.NotADocument(url));
    }

    /// <summary>Reads the release.json that an index entry names, below another root when one is given.</summary>
    /// <param name="url">The entry's URL.</param>
    /// <param name="root">
    /// A directory or URL that replaces a prefix of <paramref name="url"/>; <c>null</c> fetches the URL itself.
    /// </param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <remarks>
    /// The longest tail of the URL's path that exists below the root is taken: a mirror of the whole bucket works, and so does one
    /// stream's <c>builds</c> folder.
    /// </remarks>
    /// <exception cref="PipelineException">Nothing there (class 2), or the URL climbs out of the root (class 5).</exception>
    public async Task<(string Place, byte[] Bytes)> ReadReleaseAsync(string url, string? root, CancellationToken cancellationToken)
    {
        if (root is null)
        {
            return (url, await ReadAsync(url, url, cancellationToken));
        }

        var path = Uri.TryCreate(url, UriKind.Absolute, out var parsed) ? Uri.UnescapeDataString(parsed.AbsolutePath) : url;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Any(p => p is ".." || p.Contains('\0', StringComparison.Ordinal)) || url.Contains("..", StringComparison.Ordinal))
        {
            throw new PipelineException(DocumentDiagnostics.EscapingUrl(url));
        }

        for (var skip = 0; skip < parts.Length; skip++)
        {
            var tail = string.Join('/', parts[skip..]);
            var place = IsUrl(root) ? $"{root.TrimEnd('/')}/{tail}" : Path.Combine(root, tail);
            try
            {
                return (place, await ReadAsync(place, place, cancellationToken));
            }
            catch (PipelineException e) when (e.Exit == ExitClass.BadInput && skip < parts.Length - 1)
            {
                // Not under this tail; the next one is shorter.
            }
        }

        throw new PipelineException(DocumentDiagnostics.NoFile(url));
    }
}
