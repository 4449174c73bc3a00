using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>An index of packages, verified and in the content store.</summary>
/// <param name="Repo">Id of its repository.</param>
/// <param name="Digest">sha256 of the file as downloaded.</param>
/// <param name="Compression">How it is compressed.</param>
/// <param name="Length">Most bytes it may have when unpacked.</param>
internal sealed record IndexFile(string Repo, Digest Digest, IndexCompression Compression, long Length)
{
    /// <summary>Whether it must have exactly <see cref="Length"/> bytes when unpacked.</summary>
    public bool IsExact { get; init; }

    /// <summary>sha256 of the unpacked text, or <c>null</c> when its repository does not say.</summary>
    public Digest? Text { get; init; }
}

/// <summary>Forms of an index.</summary>
internal enum IndexCompression
{
    /// <summary>Plain text.</summary>
    None,

    /// <summary>gzip.</summary>
    Gzip,

    /// <summary>xz.</summary>
    Xz,

    /// <summary>zstd.</summary>
    Zstd,
}

/// <summary>Parts of a repository that few manifests need; they are fetched when one does.</summary>
[Flags]
internal enum IndexParts
{
    /// <summary>Nothing but packages.</summary>
    None = 0,

    /// <summary>The paths of all files of all packages.</summary>
    Files = 1,

    /// <summary>Groups of packages.</summary>
    Groups = 2,

    /// <summary>What updates say of packages.</summary>
    Advisories = 4,
}

/// <summary>A repository after its Release or repomd was verified and its indices are in the store.</summary>
/// <param name="Repository">Which, with the address that answered.</param>
/// <param name="Release">sha256 of the signed text.</param>
/// <param name="Date">Its <c>Date</c>.</param>
/// <param name="Indices">Its indices for the wanted architecture.</param>
internal sealed record RepositoryState(Repository Repository, Digest Release, DateTimeOffset Date, ValueList<IndexFile> Indices)
{
    /// <summary>What fetching <see cref="IndexParts.Files"/> gives: sha256 as the signed text has it, or <c>null</c> for none.</summary>
    public Digest? FilesDigest { get; init; }

    /// <summary>What fetching <see cref="IndexParts.Groups"/> gives: sha256 as the signed text has it, or <c>null</c> for none.</summary>
    public Digest? GroupsDigest { get; init; }

    /// <summary>The index of all files; <c>null</c> before it was fetched.</summary>
    public IndexFile? Files { get; init; }

    /// <summary>The groups; <c>null</c> before they were fetched, and where there are none.</summary>
    public IndexFile? Groups { get; init; }

    /// <summary>The advisories; <c>null</c> before they were fetched, and where there are none.</summary>
    public IndexFile? Advisories { get; init; }
}
