using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>What to resolve into exact packages.</summary>
public sealed record LockRequest
{
    /// <summary>Absolute path of the root manifest; repositories and overlays lie beside it.</summary>
    public required string ManifestPath { get; init; }

    /// <summary>The manifest as the user named it, for messages.</summary>
    public required string ManifestDisplay { get; init; }

    /// <summary>The architecture to compose for.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Holds the caches.</summary>
    public required WorkDirectory WorkDirectory { get; init; }

    /// <summary>Variables from outside (<c>--var</c>, and <c>stream</c> from <c>--stream</c>).</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Mirrors given with <c>--mirror ID=URL</c>.</summary>
    public IReadOnlyDictionary<string, string> Mirrors { get; init; } = new Dictionary<string, string>();

    /// <summary>A lockfile to compose exactly (<c>--lock</c>), or <c>null</c> to resolve.</summary>
    public string? LockFile { get; init; }

    /// <summary>Trust the cache and do not touch the network.</summary>
    public bool Offline { get; init; }

    /// <summary>Allow definitions of repositories to turn off the check of signatures. Recorded in the build.</summary>
    public bool Insecure { get; init; }
}
