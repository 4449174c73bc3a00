using System.Globalization;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>A repomd.xml that was verified.</summary>
/// <param name="Document">Its bytes.</param>
/// <param name="RepoMd">What it says.</param>
/// <param name="CheckedOn">The day on which its signature was checked; keys expire by the day.</param>
/// <param name="BaseUrl">The address that gave it.</param>
/// <param name="ETag">Validator of the server's copy.</param>
/// <param name="LastModified">The same, as a date.</param>
internal sealed record CachedRepoMd(
    ReadOnlyMemory<byte> Document,
    RepoMd RepoMd,
    DateTime CheckedOn,
    string BaseUrl,
    string? ETag,
    string? LastModified
);

/// <summary>The last verified repomd.xml of each repository.</summary>
/// <param name="directory">Holds a directory for each.</param>
internal sealed class RepoMdCache(string directory)
{
    /// <summary>The last one, or <c>null</c>.</summary>
    public async Task<CachedRepoMd?> ReadAsync(RpmRepository repository, CancellationToken cancellationToken)
    {
        var (state, file) = (FileOf(repository, "state.json"), FileOf(repository, "repomd.xml"));
        if (
            !RegularFile.Is(state)
            || !RegularFile.Is(file)
            || JsonText.Parse(state, await RegularFile.ReadAsync(state, cancellationToken), new()) is not JsonTextObject json
        )
        {
            return null;
        }

        var document = await RegularFile.ReadAsync(file, cancellationToken);
        return
            Text("document") == Digest.Of(document).Hex
            && Text("url") is { } url
            && repository.BaseUrls.Contains(url)
            && DateTime.TryParseExact(Text("checked"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new(document, RepoMd.Parse(repository.Id, document), day, url, Text("etag"), Text("lastModified"))
            : null;

        string? Text(string name) => (json.Find(name) as JsonTextString)?.Value;
    }

    /// <summary>Keeps one. The state names the digest of the document, so that a killed run cannot pair two.</summary>
    public async Task WriteAsync(RpmRepository repository, CachedRepoMd cached)
    {
        JsonTextMember[] members =
        [
            new("document", new JsonTextString(Digest.Of(cached.Document.Span).Hex)),
            new("checked", new JsonTextString(cached.CheckedOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))),
            new("url", new JsonTextString(cached.BaseUrl)),
            .. cached.ETag is null ? Array.Empty<JsonTextMember>() : [new("etag", new JsonTextString(cached.ETag))],
            .. cached.LastModified is null ? Array.Empty<JsonTextMember>() : [new("lastModified", new JsonTextString(cached.LastModified))],
        ];
        await AtomicFile.WriteAsync(FileOf(repository, "repomd.xml"), cached.Document, CancellationToken.None);
        await AtomicFile.WriteAsync(
            FileOf(repository, "state.json"),
            JsonTextWriter.Write(new JsonTextObject([.. members]), JsonStyle.Pretty),
            CancellationToken.None
        );
    }

    /// <summary>A repository is its addresses, its keys and what is checked: a change of any of them starts anew.</summary>
    private string FileOf(RpmRepository repository, string name)
    {
        var places = string.Join(' ', repository.BaseUrls.Select(NewestIndex.Place));
        var identity = $"rpm {places} {Digest.Of(repository.Keyring.Span)} {repository.ChecksIndex}";
        return Path.Combine(directory, $"{repository.Id}-{Digest.Of(identity).Hex[..16]}", name);
    }
}
