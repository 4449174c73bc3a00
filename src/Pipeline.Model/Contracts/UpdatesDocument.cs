using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary><c>updates/&lt;stream&gt;.json</c>: which releases are rolled out, barriers and dead ends. Reviewed by people.</summary>
public sealed record UpdatesDocument : ContractRecord
{
    /// <summary>The stream's name.</summary>
    [Member("stream")]
    public required string Stream { get; init; }

    /// <summary>When the document changed.</summary>
    [Member("metadata")]
    public required DocumentMetadata Metadata { get; init; }

    /// <summary>Entries, oldest first. A version without an entry has no incoming edges.</summary>
    [Member("releases")]
    public required ValueList<UpdatesRelease> Releases { get; init; }
}

/// <summary>What the graph needs to know about one release.</summary>
public sealed record UpdatesRelease : ContractRecord
{
    /// <summary>The release's version.</summary>
    [Member("version", Pattern = Patterns.Version, Expected = Patterns.VersionText)]
    public required string Version { get; init; }

    /// <summary>At least one of rollout, barrier and dead end.</summary>
    [Member("metadata")]
    public required UpdatesMetadata Metadata { get; init; }
}

/// <summary>Rollout, barrier and dead end of one release.</summary>
public sealed record UpdatesMetadata : ContractRecord
{
    /// <summary>Machines may update to the release.</summary>
    [Member("rollout")]
    public Rollout? Rollout { get; init; }

    /// <summary>Every older machine must stop here on its way.</summary>
    [Member("barrier")]
    public Reason? Barrier { get; init; }

    /// <summary>Machines cannot leave this release.</summary>
    [Member("deadend")]
    public Reason? Deadend { get; init; }
}

/// <summary>The share of machines that may see a release, over time.</summary>
public sealed record Rollout : ContractRecord
{
    /// <summary>
    /// Minutes from the start until every machine sees it; <c>null</c>: the share stays at <see cref="StartPercentage"/>.
    /// </summary>
    [Member("duration_minutes")]
    public long? DurationMinutes { get; init; }

    /// <summary>Start in seconds since 1970 UTC; <c>null</c> means 0.</summary>
    [Member("start_epoch")]
    public long? StartEpoch { get; init; }

    /// <summary>Share at the start, 0 to 1 in spite of its name; <c>null</c> means 0.</summary>
    [Member("start_percentage")]
    public double? StartPercentage { get; init; }
}

/// <summary>Why a release is a barrier or a dead end.</summary>
public sealed record Reason : ContractRecord
{
    /// <summary>A URL; empty is shown as "generic".</summary>
    [Member("reason")]
    public required string Text { get; init; }
}
