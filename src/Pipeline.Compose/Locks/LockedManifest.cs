using Pipeline.Compose.Families;
using Pipeline.Compose.Repos;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>
/// Proof that every package a manifest asks for is pinned by digest in verified indices: only <see cref="LockStep"/> makes one, and it is
/// never read from disk.
/// </summary>
internal sealed record LockedManifest
{
    internal LockedManifest(IPackageFamily family, Manifest manifest, Lockfile lockfile, string lockText, RepositorySet repositories)
    {
        Family = family;
        Manifest = manifest;
        Lockfile = lockfile;
        LockText = lockText;
        Repositories = repositories;
    }

    /// <summary>The kind of its packages.</summary>
    internal IPackageFamily Family { get; }

    /// <summary>The flattened manifest.</summary>
    public Manifest Manifest { get; }

    /// <summary>The packages, dependencies first.</summary>
    public Lockfile Lockfile { get; }

    /// <summary>The bytes of <c>manifest-lock.generated.&lt;arch&gt;.json</c>; the same lock always has the same text.</summary>
    public string LockText { get; }

    /// <summary>sha256 of <see cref="LockText"/>: what a step that depends on the lock takes as its input.</summary>
    public Digest LockDigest => Digest.Of(LockText);

    /// <summary>The verified indices that it was resolved from.</summary>
    internal IReadOnlyList<RepositoryState> States { get; init; } = [];

    /// <summary>What commitmeta.json says of the repositories.</summary>
    public JsonTextObject RepositoryMetadata { get; init; } = new([]);

    /// <summary>Where the packages come from.</summary>
    internal RepositorySet Repositories { get; }
}
