using System.Net;
using Pipeline.Model.Values;

namespace Pipeline.UpdateServer;

/// <summary>What a graph service serves, where, and its time limits.</summary>
public sealed record GraphServiceOptions
{
    /// <summary>Streams, each with <c>prod/streams/STREAM/releases.json</c> and <c>updates/STREAM.json</c> in the store.</summary>
    public required ValueList<string> Streams { get; init; }

    /// <summary>Where clients ask; port 0 for any free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Where metrics are served, apart from the clients' port; <c>null</c> for nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>How often the store is looked at.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time one look at the store may take.</summary>
    public TimeSpan RefreshLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether <c>updates/STREAM.platforms.json</c> may hide releases from single platforms.</summary>
    public bool PlatformEdges { get; init; }

    /// <summary>Most connections at the same time; more are closed at once.</summary>
    public int MostConnections { get; init; } = 20_000;

    /// <summary>How long running answers get to finish when the service stops.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);
}
