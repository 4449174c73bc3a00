using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>An index of packages, verified and in the content store.</summary>
/// <param name="Repo">Id of its repository.</param>
/// <param name="Digest">sha256 of the file as downloaded.</param>
/// <param name="Compression">How it is compressed.</param>
/// <param name="Length">Most bytes it may have when unpacked.</param>
internal sealed record IndexFile(string Repo, Digest Digest, IndexCompression Compression, long Length);

/// <summary>Forms of an index.</summary>
internal enum IndexCompression
{
    /// <summary>Plain text.</summary>
    None,

    /// <summary>gzip.</summary>
    Gzip,

    /// <summary>xz.</summary>
    Xz,
}

/// <summary>A repository after its Release was verified and its indices are in the store.</summary>
/// <param name="Repository">Which.</param>
/// <param name="Release">sha256 of the signed text.</param>
/// <param name="Date">Its <c>Date</c>.</param>
/// <param name="Indices">Its indices for the wanted architecture.</param>
internal sealed record RepositoryState(Repository Repository, Digest Release, DateTimeOffset Date, ValueList<IndexFile> Indices);
