using Pipeline.Model.Values;
using Pipeline.Releases.Simulation;

namespace Pipeline.Releases.Desks;

/// <summary>What to simulate: <paramref name="Updates"/>, or a change from <paramref name="Before"/> to <paramref name="After"/>.</summary>
/// <param name="Index">Release index.</param>
/// <param name="Updates">Updates of the stream.</param>
/// <param name="Before">Updates before a change.</param>
/// <param name="After">Updates after it.</param>
/// <param name="Architecture">As RPM spells it.</param>
/// <param name="Oci">Nodes by container image.</param>
/// <param name="Curve">A release whose rollout is followed over time, or <c>newest</c>.</param>
/// <param name="Fleet">Machines that are sent through the newest rollout; goes before <paramref name="Curve"/>.</param>
/// <param name="Svg">File for the plot of a curve or fleet.</param>
public sealed record SimulationRequest(
    string Index,
    string? Updates,
    string? Before,
    string? After,
    string Architecture,
    bool Oci,
    string? Curve,
    FleetRequest? Fleet,
    string? Svg
);

/// <summary>A fleet to simulate.</summary>
/// <param name="Machines">How many, 1 to 1 000 000.</param>
/// <param name="CheckSeconds">Seconds between a machine's checks.</param>
/// <param name="Wariness">The same for all machines, 0 to 1, as people type it; <c>null</c> draws one per machine.</param>
/// <param name="Seed">The same seed gives the same fleet.</param>
/// <param name="From">First moment as people type it; <c>null</c> for around the rollout.</param>
/// <param name="Until">Last moment.</param>
public sealed record FleetRequest(int Machines, int CheckSeconds, string? Wariness, ulong Seed, string? From, string? Until);

/// <summary>What a simulation found.</summary>
public abstract record SimulationResult;

/// <summary>The way of every release.</summary>
/// <param name="Head">Version of the head; <c>null</c> for an empty graph.</param>
/// <param name="Paths">Oldest release first.</param>
public sealed record AllPaths(string? Head, ValueList<UpdatePath> Paths) : SimulationResult;

/// <summary>Releases that lose the way to the head by a change.</summary>
/// <param name="Paths">How they fare after it.</param>
public sealed record LostPaths(ValueList<UpdatePath> Paths) : SimulationResult;

/// <summary>The exposure of one rollout over time.</summary>
/// <param name="Version">The release.</param>
/// <param name="Points">Share of machines that may see it.</param>
public sealed record ExposureResult(string Version, ValueList<CurvePoint> Points) : SimulationResult;

/// <summary>A fleet on its way.</summary>
/// <param name="Head">Version of the head; <c>null</c> for an empty graph.</param>
/// <param name="Machines">How many there are.</param>
/// <param name="AtHead">How many are at the head in the end.</param>
/// <param name="Starting">How many of these started there: machines start in equal shares on all releases up to the head.</param>
/// <param name="Updates">Updates made in all.</param>
/// <param name="Versions">Releases in the order of <see cref="FleetSample.Machines"/>.</param>
/// <param name="Samples">Machines at each release over time.</param>
/// <param name="Share">Share of machines at the head over time.</param>
public sealed record FleetCourse(
    string? Head,
    int Machines,
    int AtHead,
    int Starting,
    long Updates,
    ValueList<string> Versions,
    ValueList<FleetSample> Samples,
    ValueList<CurvePoint> Share
) : SimulationResult;
