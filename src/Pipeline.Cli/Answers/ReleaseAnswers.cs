namespace Pipeline.Cli.Answers;

/// <summary>What an edit in place did, or would do: <c>rollout …</c>, <c>release index</c>, <c>promote</c> of locks.</summary>
/// <param name="File">The document.</param>
/// <param name="Changed">Whether it would be another one.</param>
/// <param name="Written">Whether it was written; never of a dry run.</param>
/// <param name="Diff">As <c>diff -u</c> prints it; empty when nothing changed.</param>
internal sealed record DocumentEdit(string File, bool Changed, bool Written, string Diff);

/// <summary><c>promote</c> of a branch.</summary>
/// <param name="Source">The commit that was promoted.</param>
/// <param name="Commit">The new commit; <c>null</c> when none was made.</param>
/// <param name="Tree">Its tree.</param>
/// <param name="Changes">A line for each changed file.</param>
internal sealed record BranchEdit(string Source, string? Commit, string? Tree, IReadOnlyList<string> Changes);

/// <summary>One rollout of <c>rollout print</c> and <c>rollout report</c>.</summary>
/// <param name="Stream">Its stream.</param>
/// <param name="Version">The release.</param>
/// <param name="Standing">In words.</param>
/// <param name="StartEpoch">Seconds since 1970; <c>null</c> without one.</param>
/// <param name="DurationMinutes">How long it takes; <c>null</c> when it stays at its start.</param>
/// <param name="StartPercentage">Share at the start, 0 to 1.</param>
/// <param name="Share">Share now, 0 to 1; <c>null</c> when there is no rollout.</param>
internal sealed record RolloutState(
    string Stream,
    string? Version,
    string Standing,
    long? StartEpoch,
    long? DurationMinutes,
    double? StartPercentage,
    double? Share
);

/// <summary>One difference of <c>contract check</c>.</summary>
/// <param name="File">The document.</param>
/// <param name="Pointer">JSON pointer.</param>
/// <param name="Reason">What differs.</param>
/// <param name="Style">Whether only the form differs.</param>
internal sealed record ContractFinding(string File, string Pointer, string Reason, bool Style);

/// <summary>One difference of <c>stream diff</c>.</summary>
/// <param name="Change">Added, removed or changed.</param>
/// <param name="Place">Where in the document.</param>
/// <param name="Before">The old value.</param>
/// <param name="After">The new value.</param>
internal sealed record StreamChange(string Change, string Place, string? Before, string? After);

/// <summary><c>version compare</c>.</summary>
/// <param name="A">The first.</param>
/// <param name="B">The second.</param>
/// <param name="Order">-1 when the first is older, 1 when it is newer, 0 when they are equal.</param>
internal sealed record VersionOrder(string A, string B, int Order);

/// <summary>The way of one version in <c>graph simulate</c>.</summary>
/// <param name="Version">Where a machine starts.</param>
/// <param name="Outcome">In words.</param>
/// <param name="Steps">The versions it updates to.</param>
/// <param name="Barriers">Those that are barriers.</param>
internal sealed record SimulatedPath(string Version, string Outcome, IReadOnlyList<string> Steps, IReadOnlyList<string> Barriers);

/// <summary><c>graph simulate</c> of one graph.</summary>
/// <param name="Head">The newest version; <c>null</c> when there is none.</param>
/// <param name="Paths">From each version.</param>
internal sealed record SimulatedPaths(string? Head, IReadOnlyList<SimulatedPath> Paths);

/// <summary><c>graph simulate --before --after</c>.</summary>
/// <param name="Lost">Versions that reached the head before and do not any more.</param>
internal sealed record SimulatedLosses(IReadOnlyList<SimulatedPath> Lost);

/// <summary>A moment of a rollout.</summary>
/// <param name="Epoch">Seconds since 1970.</param>
/// <param name="Time">The same for people.</param>
/// <param name="Share">Share of machines that are offered it, 0 to 1.</param>
internal sealed record ExposurePoint(long Epoch, string Time, double Share);

/// <summary><c>graph simulate --curve</c>.</summary>
/// <param name="Version">The release.</param>
/// <param name="Points">Over time.</param>
internal sealed record SimulatedExposure(string Version, IReadOnlyList<ExposurePoint> Points);

/// <summary>A moment of a fleet.</summary>
/// <param name="Epoch">Seconds since 1970.</param>
/// <param name="Time">The same for people.</param>
/// <param name="Machines">How many run each version.</param>
internal sealed record FleetMoment(long Epoch, string Time, IReadOnlyDictionary<string, int> Machines);

/// <summary><c>graph simulate --fleet</c>.</summary>
/// <param name="Head">The newest version.</param>
/// <param name="Machines">How many there are.</param>
/// <param name="AtHead">How many run the head at the end.</param>
/// <param name="StartedAtHead">How many of these started there.</param>
/// <param name="Updates">How many updates were made.</param>
/// <param name="Samples">Over time.</param>
internal sealed record SimulatedFleet(
    string? Head,
    int Machines,
    int AtHead,
    int StartedAtHead,
    long Updates,
    IReadOnlyList<FleetMoment> Samples
);
