using System.Globalization;
using Pipeline.Compose.Fetching;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>An index document whose signature was checked.</summary>
/// <param name="Document">Its bytes.</param>
/// <param name="Content">What it says.</param>
/// <param name="CheckedOn">The day of the check; keys expire by the day.</param>
/// <param name="ETag">Validator of the server's copy.</param>
/// <param name="LastModified">The same, as a date.</param>
internal sealed record CheckedDocument<T>(ReadOnlyMemory<byte> Document, T Content, DateTime CheckedOn, string? ETag, string? LastModified)
{
    /// <summary>Fetches a document by conditional GET and checks it, unless the same bytes were checked today.</summary>
    /// <param name="services">Network and clock.</param>
    /// <param name="url">Where it is.</param>
    /// <param name="limit">The most bytes it may have.</param>
    /// <param name="cached">The last one from there, or <c>null</c>.</param>
    /// <param name="check">
    /// Verifies and reads the bytes. The second argument: whether a detached signature must be fetched past caches on the way.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PipelineException">That of the network, or of the second refusal.</exception>
    public static async Task<CheckedDocument<T>> FetchAsync(
        RepositoryServices services,
        string url,
        int limit,
        CheckedDocument<T>? cached,
        Func<ReadOnlyMemory<byte>, bool, Task<T>> check,
        CancellationToken cancellationToken
    )
    {
        for (var pastCaches = false; ; pastCaches = true)
        {
            var request = new DocumentRequest(url)
            {
                Limit = limit,
                PastCaches = pastCaches,
                ETag = pastCaches ? null : cached?.ETag,
                LastModified = pastCaches ? null : cached?.LastModified,
            };
            try
            {
                var response = await services.Downloader.GetAsync(request, cancellationToken);
                var document = response.NotModified ? cached!.Document : response.Content;
                var today = services.Time.GetUtcNow().UtcDateTime.Date;
                return cached is not null && cached.CheckedOn == today && document.Span.SequenceEqual(cached.Document.Span)
                    ? cached with
                    {
                        ETag = response.ETag,
                        LastModified = response.LastModified,
                    }
                    : new(document, await check(document, pastCaches), today, response.ETag, response.LastModified);
            }
            catch (PipelineException e) when (e.Exit == ExitClass.Refused && !pastCaches)
            {
                // A cache on the way may hold a damaged copy, or the repository changed between the document and its signature; a second
                // refusal is final.
            }
        }
    }

    /// <summary>
    /// Keeps it with a state that names its digest, so that a run that was killed between the files cannot pair two documents.
    /// </summary>
    /// <param name="directory">Holds one document.</param>
    /// <param name="name">File name of the document.</param>
    /// <param name="more">A further text of the state.</param>
    public async Task KeepAsync(string directory, string name, (string Name, string Text) more)
    {
        (string Name, string? Text)[] members =
        [
            ("document", Digest.Of(Document.Span).Hex),
            ("checked", CheckedOn.ToString(KeptDocument.DayFormat, CultureInfo.InvariantCulture)),
            more,
            ("etag", ETag),
            ("lastModified", LastModified),
        ];
        var state = members.Where(m => m.Text is not null).Select(m => new JsonTextMember(m.Name, new JsonTextString(m.Text!)));
        await AtomicFile.WriteAsync(Path.Combine(directory, name), Document, CancellationToken.None);
        await AtomicFile.WriteAsync(
            Path.Combine(directory, KeptDocument.StateFile),
            JsonTextWriter.Write(new JsonTextObject(state.ToValueList()), JsonStyle.Pretty),
            CancellationToken.None
        );
    }
}

/// <summary>A document that <see cref="CheckedDocument{T}.KeepAsync"/> kept.</summary>
/// <param name="Document">Its bytes.</param>
/// <param name="CheckedOn">The day of the check.</param>
/// <param name="State">Its state.</param>
internal sealed record KeptDocument(byte[] Document, DateTime CheckedOn, JsonTextObject State)
{
    internal const string StateFile = "state.json";
    internal const string DayFormat = "yyyy-MM-dd";

    /// <summary>Reads one; <c>null</c> when there is none, or its files are of two runs.</summary>
    public static async Task<KeptDocument?> ReadAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var (state, file) = (Path.Combine(directory, StateFile), Path.Combine(directory, name));
        if (
            !RegularFile.Is(state)
            || !RegularFile.Is(file)
            || JsonText.Parse(state, await RegularFile.ReadAsync(state, cancellationToken), new()) is not JsonTextObject json
        )
        {
            return null;
        }

        var kept = new KeptDocument(await RegularFile.ReadAsync(file, cancellationToken), default, json);
        return
            kept.Text("document") == Digest.Of(kept.Document).Hex
            && DateTime.TryParseExact(kept.Text("checked"), DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? kept with
            {
                CheckedOn = day,
            }
            : null;
    }

    /// <summary>A text of the state, or <c>null</c>.</summary>
    public string? Text(string name) => (State.Find(name) as JsonTextString)?.Value;

    /// <summary>The document with what it says.</summary>
    public CheckedDocument<T> With<T>(T content) => new(Document, content, CheckedOn, Text("etag"), Text("lastModified"));
}
