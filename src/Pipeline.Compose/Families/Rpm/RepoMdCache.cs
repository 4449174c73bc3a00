using Pipeline.Compose.Repos;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>A repomd.xml and the address that gave it.</summary>
internal sealed record ServedRepoMd(RepoMd RepoMd, string BaseUrl);

/// <summary>The last verified repomd.xml of each repository.</summary>
/// <param name="directory">Holds a directory for each.</param>
internal sealed class RepoMdCache(string directory)
{
    private const string Name = "repomd.xml";
    private const string Address = "url";

    /// <summary>The last one, or <c>null</c>.</summary>
    public async Task<CheckedDocument<ServedRepoMd>?> ReadAsync(RpmRepository repository, CancellationToken cancellationToken) =>
        await KeptDocument.ReadAsync(DirectoryOf(repository), Name, cancellationToken) is { } kept
        && kept.Text(Address) is { } url
        && repository.BaseUrls.Contains(url)
            ? kept.With(new ServedRepoMd(RepoMd.Parse(repository.Id, kept.Document), url))
            : null;

    /// <summary>Keeps one.</summary>
    public Task WriteAsync(RpmRepository repository, CheckedDocument<ServedRepoMd> repomd) =>
        repomd.KeepAsync(DirectoryOf(repository), Name, (Address, repomd.Content.BaseUrl));

    /// <summary>A repository is its addresses, its keys and what is checked: a change of any of them starts anew.</summary>
    private string DirectoryOf(RpmRepository repository)
    {
        var places = string.Join(' ', repository.BaseUrls.Select(NewestIndex.Place));
        var identity = $"rpm {places} {Digest.Of(repository.Keyring.Span)} {repository.ChecksIndex}";
        return Path.Combine(directory, $"{repository.Id}-{Digest.Of(identity).Hex[..16]}");
    }
}
