using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>A Cincinnati update graph: which release may update to which.</summary>
public sealed record UpdateGraph : ContractRecord
{
    /// <summary>Releases that exist for the scope, oldest first.</summary>
    [Member("nodes")]
    public required ValueList<GraphNode> Nodes { get; init; }

    /// <summary>Allowed updates between positions of <see cref="Nodes"/>.</summary>
    [Member("edges")]
    public required ValueList<GraphEdge> Edges { get; init; }
}

/// <summary>One release of a graph.</summary>
public sealed record GraphNode : ContractRecord
{
    /// <summary>The release's version.</summary>
    [Member("version")]
    public required string Version { get; init; }

    /// <summary>Facts by the keys of <see cref="GraphKeys"/>; all values are text.</summary>
    [Member("metadata")]
    public required ValueMap<string> Metadata { get; init; }

    /// <summary>Checksum of the commit, or pull spec by digest of the image.</summary>
    [Member("payload")]
    public required string Payload { get; init; }
}

/// <summary>An allowed update.</summary>
/// <param name="From">Position of the older node.</param>
/// <param name="To">Position of the newer node.</param>
public readonly record struct GraphEdge(int From, int To);

/// <summary>Keys of <see cref="GraphNode.Metadata"/>.</summary>
public static class GraphKeys
{
    /// <summary>Position in the whole release index; clients never go to a lower one.</summary>
    public const string AgeIndex = "org.fedoraproject.coreos.releases.age_index";

    /// <summary><c>checksum</c> or <c>oci</c>.</summary>
    public const string Scheme = "org.fedoraproject.coreos.scheme";

    /// <summary><c>true</c> for a barrier.</summary>
    public const string Barrier = "org.fedoraproject.coreos.updates.barrier";

    /// <summary>Why it is a barrier.</summary>
    public const string BarrierReason = "org.fedoraproject.coreos.updates.barrier_reason";

    /// <summary><c>true</c> for a dead end.</summary>
    public const string Deadend = "org.fedoraproject.coreos.updates.deadend";

    /// <summary>Why it is a dead end.</summary>
    public const string DeadendReason = "org.fedoraproject.coreos.updates.deadend_reason";

    /// <summary><c>true</c> for a release that is or was rolled out.</summary>
    public const string Rollout = "org.fedoraproject.coreos.updates.rollout";

    /// <summary>Start in seconds since 1970.</summary>
    public const string StartEpoch = "org.fedoraproject.coreos.updates.start_epoch";

    /// <summary>Share at the start, 0 to 1.</summary>
    public const string StartValue = "org.fedoraproject.coreos.updates.start_value";

    /// <summary>Minutes the rollout takes.</summary>
    public const string DurationMinutes = "org.fedoraproject.coreos.updates.duration_minutes";
}
