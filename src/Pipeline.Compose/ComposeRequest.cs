using Pipeline.Compose.Locks;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

/// <summary>What to compose.</summary>
public sealed record ComposeRequest
{
    /// <summary>The packages to compose, and where.</summary>
    public required LockRequest Lock { get; init; }

    /// <summary>The architecture.</summary>
    public Architecture Architecture => Lock.Architecture;

    /// <summary>Holds <c>cache/</c>, <c>builds/</c> and <c>tmp/</c>.</summary>
    public WorkDirectory WorkDirectory => Lock.WorkDirectory;

    /// <summary>The stream, or <c>null</c> at a desk; gives Z of the version.</summary>
    public string? Stream { get; init; }

    /// <summary>The version, or <c>null</c> for the next number.</summary>
    public string? Version { get; init; }

    /// <summary>Make it again though nothing changed: under the same version, from unpacked packages on.</summary>
    public bool Force { get; init; }

    /// <summary>Whether the last part of an automatic version is <c>devA</c>; false in official builds.</summary>
    public bool Development { get; init; } = true;

    /// <summary>
    /// Emulate every program of a foreign tree, also those for which this machine's own could stand in. Slow; the check of the other way.
    /// </summary>
    public bool PlainEmulation { get; init; }

    /// <summary>Wait for another compose in the same work directory; otherwise that is PL0310.</summary>
    public bool Wait { get; init; } = true;

    /// <summary>How much of this machine each run of scripts may use. Nothing that was made depends on it.</summary>
    public ToolLimits ScriptLimits { get; init; } = ToolLimits.Default;
}

/// <summary>A composed build.</summary>
/// <param name="Id">The build's id.</param>
/// <param name="Version">Its version; equal to the id.</param>
/// <param name="Commit">Checksum of its OSTree commit.</param>
/// <param name="Architecture">Its architecture.</param>
/// <param name="Unchanged">Whether it was there already, made from the same inputs.</param>
/// <param name="Directory"><c>builds/ID/ARCH</c>.</param>
public sealed record ComposeResult(string Id, string Version, string Commit, Architecture Architecture, bool Unchanged, string Directory);
