using Pipeline.Model.Contracts;
using Pipeline.Model.Values;

namespace Pipeline.Model.Denylists;

/// <summary>One entry of <c>kola-denylist.yaml</c>: tests known to fail.</summary>
public sealed record DenylistEntry : ContractRecord
{
    /// <summary>Glob of test names.</summary>
    [Member("pattern")]
    public required string Pattern { get; init; }

    /// <summary>URL of the issue.</summary>
    [Member("tracker")]
    public required string Tracker { get; init; }

    /// <summary>Only on these streams.</summary>
    [Member("streams")]
    public ValueList<string>? Streams { get; init; }

    /// <summary>Only on these architectures.</summary>
    [Member("arches")]
    public ValueList<string>? Arches { get; init; }

    /// <summary>Only on these platforms.</summary>
    [Member("platforms")]
    public ValueList<string>? Platforms { get; init; }

    /// <summary>Only for these versions of the base system.</summary>
    [Member("osversion")]
    public ValueList<string>? OsVersions { get; init; }

    /// <summary>Denied until this day (YYYY-MM-DD).</summary>
    [Member("snooze", Pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", Expected = "a day such as 2026-07-21")]
    public string? Snooze { get; init; }

    /// <summary>Run it, but only warn when it fails.</summary>
    [Member("warn")]
    public bool? Warn { get; init; }
}
