namespace Pipeline.Model.Contracts;

/// <summary><c>manifest-lock.&lt;arch&gt;.json</c> in rpm-ostree's form.</summary>
public sealed record RpmLockDocument : ContractRecord
{
    /// <summary>By package name, sorted.</summary>
    [Member("packages", Sorted = true)]
    public required ValueMap<RpmLockPackage> Packages { get; init; }

    /// <summary>When and from which repositories.</summary>
    [Member("metadata")]
    public RpmLockMetadata? Metadata { get; init; }
}

/// <summary>One locked package.</summary>
public sealed record RpmLockPackage : ContractRecord
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

    /// <summary>Facts nobody resolves by.</summary>
    [Member("metadata")]
    public RpmLockPackageMetadata? Metadata { get; init; }
}

/// <summary>Facts about a locked package.</summary>
public sealed record RpmLockPackageMetadata : ContractRecord
{
    /// <summary>Name of the source package.</summary>
    [Member("sourcerpm")]
    public string? SourceRpm { get; init; }
}

/// <summary>Facts about a lock.</summary>
public sealed record RpmLockMetadata : ContractRecord
{
    /// <summary>The day of the version comes from here.</summary>
    [Member("generated", Pattern = Patterns.Time, Expected = Patterns.TimeText)]
    public string? Generated { get; init; }

    /// <summary>By repository id.</summary>
    [Member("rpmmd_repos")]
    public ValueMap<RpmLockRepo>? Repos { get; init; }
}

/// <summary>A repository's state.</summary>
public sealed record RpmLockRepo : ContractRecord
{
    /// <summary>When its index was made.</summary>
    [Member("generated", Pattern = Patterns.Time, Expected = Patterns.TimeText)]
    public string? Generated { get; init; }
}
