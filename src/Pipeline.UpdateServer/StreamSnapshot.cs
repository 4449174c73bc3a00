using System.Collections.Frozen;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;

namespace Pipeline.UpdateServer;

/// <summary>
/// All graphs of one stream, made from documents that were in the store at the same time. Never changed, only replaced whole.
/// </summary>
internal sealed class StreamSnapshot
{
    /// <summary>By architecture: few, so a walk finds one faster than a hash.</summary>
    private readonly (string Architecture, ServedGraph Commits, ServedGraph Images)[] _graphs;

    /// <summary>Builds every architecture and scheme.</summary>
    /// <param name="index">Which releases there are.</param>
    /// <param name="updates">Rollouts, barriers and dead ends.</param>
    /// <param name="hidden">Platform → versions it is not led to.</param>
    /// <param name="mark">Tags of the documents.</param>
    /// <param name="counters">Counts what is handed out of a scope, over all snapshots.</param>
    public StreamSnapshot(
        ReleaseIndex index,
        UpdatesDocument updates,
        FrozenDictionary<string, FrozenSet<string>> hidden,
        string mark,
        Func<GraphScope, Counter> counters
    )
    {
        Mark = mark;
        _graphs = [.. Architecture.All.Select(a => (a.Name, Make(new(a.Name)), Make(new(a.Name, Oci: true))))];

        ServedGraph Make(GraphScope scope) => new(GraphBuilder.Build(index, updates, scope), hidden, counters(scope));
    }

    /// <summary>Tags of the documents this was made from.</summary>
    public string Mark { get; }

    /// <summary>Graphs by scope, for the metrics.</summary>
    public IEnumerable<KeyValuePair<GraphScope, ServedGraph>> Graphs =>
        _graphs.SelectMany(g =>
            (KeyValuePair<GraphScope, ServedGraph>[])[new(new(g.Architecture), g.Commits), new(new(g.Architecture, Oci: true), g.Images)]
        );

    /// <summary>The graph of a scope, or <c>null</c> for an architecture without a graph.</summary>
    public ServedGraph? Find(ReadOnlySpan<char> architecture, bool oci)
    {
        foreach (var graph in _graphs)
        {
            if (architecture.SequenceEqual(graph.Architecture))
            {
                return oci ? graph.Images : graph.Commits;
            }
        }

        return null;
    }
}
