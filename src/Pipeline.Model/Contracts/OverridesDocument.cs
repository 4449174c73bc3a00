namespace Pipeline.Model.Contracts;

/// <summary><c>manifest-lock.overrides.yaml</c>: packages that people pinned or took early; wins over the lock.</summary>
public sealed record OverridesDocument : ContractRecord
{
    /// <summary>By package name.</summary>
    [Member("packages")]
    public ValueMap<OverridePackage>? Packages { get; init; }
}

/// <summary>One override.</summary>
public sealed record OverridePackage : ContractRecord
{
    /// <summary>Epoch, version and release.</summary>
    [Member("evr")]
    public string? Evr { get; init; }

    /// <summary>The same with architecture, for packages without one per machine.</summary>
    [Member("evra")]
    public string? Evra { get; init; }

    /// <summary>Why it exists.</summary>
    [Member("metadata")]
    public OverrideMetadata? Metadata { get; init; }
}

/// <summary>Why an override exists.</summary>
public sealed record OverrideMetadata : ContractRecord
{
    /// <summary><c>fast-track</c>: ahead of the repositories, removed once they have it. <c>pin</c>: held back.</summary>
    [Member("type", Pattern = "^(fast-track|pin)$", Expected = "fast-track or pin")]
    public string? Type { get; init; }

    /// <summary>URL of the update in Bodhi.</summary>
    [Member("bodhi")]
    public string? Bodhi { get; init; }

    /// <summary>URL of the tracker; required for pins.</summary>
    [Member("reason")]
    public string? Reason { get; init; }
}
