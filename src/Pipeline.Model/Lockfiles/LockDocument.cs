using Pipeline.Model.Contracts;

namespace Pipeline.Model.Lockfiles;

/// <summary>
/// <c>manifest-lock.&lt;arch&gt;.json</c> as a file has it: rpm-ostree's form, version 1. What that has no place for (repository, location,
/// size, installation order) is in each package's metadata.
/// </summary>
public sealed record LockDocument : ContractRecord
{
    /// <summary>
    /// By package name, or by <c>name:architecture</c> where packages of one name are locked for several architectures; sorted.
    /// </summary>
    [Member("packages", Sorted = true)]
    public required ValueMap<LockDocumentPackage> Packages { get; init; }

    /// <summary>When and from which repositories.</summary>
    [Member("metadata")]
    public LockDocumentMetadata? Metadata { get; init; }
}

/// <summary>One locked package.</summary>
public sealed record LockDocumentPackage : ContractRecord
{
    /// <summary>Epoch, version, release and architecture.</summary>
    [Member("evra")]
    public string? Evra { get; init; }

    /// <summary>Epoch, version and release, for any architecture.</summary>
    [Member("evr")]
    public string? Evr { get; init; }

    /// <summary>sha256 or other digest of the package, as <c>type:hex</c>.</summary>
    [Member("digest")]
    public string? Digest { get; init; }

    /// <summary>Facts that the resolver does not use.</summary>
    [Member("metadata")]
    public LockDocumentPackageMetadata? Metadata { get; init; }
}

/// <summary>Facts about a locked package.</summary>
public sealed record LockDocumentPackageMetadata : ContractRecord
{
    /// <summary>Name of the source package, in files of rpm-ostree.</summary>
    [Member("sourcerpm")]
    public string? SourceRpm { get; init; }

    /// <summary>Name of the source package.</summary>
    [Member("source")]
    public string? Source { get; init; }

    /// <summary>Id of the repository it comes from.</summary>
    [Member("repo")]
    public string? Repo { get; init; }

    /// <summary>Path below the repository's base.</summary>
    [Member("location")]
    public string? Location { get; init; }

    /// <summary>Bytes of the package file.</summary>
    [Member("size")]
    public long? Size { get; init; }

    /// <summary>Place in the installation order, from 0.</summary>
    [Member("order")]
    public long? Order { get; init; }

    /// <summary>Whether the family marks it essential.</summary>
    [Member("essential")]
    public bool? Essential { get; init; }
}

/// <summary>Facts about a lock.</summary>
public sealed record LockDocumentMetadata : ContractRecord
{
    /// <summary>The day of the version comes from here.</summary>
    [Member("generated", Pattern = Patterns.Time, Expected = Patterns.TimeText)]
    public string? Generated { get; init; }

    /// <summary>By repository id.</summary>
    [Member("rpmmd_repos")]
    public ValueMap<LockDocumentRepo>? Repos { get; init; }
}

/// <summary>A repository's state.</summary>
public sealed record LockDocumentRepo : ContractRecord
{
    /// <summary>When its index was made.</summary>
    [Member("generated", Pattern = Patterns.Time, Expected = Patterns.TimeText)]
    public string? Generated { get; init; }

    /// <summary>Digest of its signed index, as <c>sha256:hex</c>.</summary>
    [Member("release")]
    public string? Release { get; init; }
}
