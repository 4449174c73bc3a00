using System.Collections.Frozen;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;

namespace Pipeline.GraphServer;

/// <summary>All graphs of one stream, made from documents that were in the store at the same time. Never changed, only replaced whole.</summary>
internal sealed class StreamSnapshot
{
    private readonly FrozenDictionary<GraphScope, ServedGraph> _graphs;

    /// <summary>Builds every architecture and scheme.</summary>
    public StreamSnapshot(ReleaseIndex index, UpdatesDocument updates, FrozenDictionary<string, FrozenSet<string>> hidden, string mark)
    {
        Mark = mark;
        _graphs = (from architecture in Architecture.All
                   from oci in (bool[])[false, true]
                   select new GraphScope(architecture.Name, oci))
            .ToFrozenDictionary(s => s, s => new ServedGraph(GraphBuilder.Build(index, updates, s), hidden));
    }

    /// <summary>Tags of the documents this was made from.</summary>
    public string Mark { get; }

    /// <summary>Graphs by scope, for the metrics.</summary>
    public IEnumerable<KeyValuePair<GraphScope, ServedGraph>> Graphs => _graphs;

    /// <summary>The graph of a scope, or <c>null</c> for an architecture nobody builds.</summary>
    public ServedGraph? Find(string architecture, bool oci) => _graphs.GetValueOrDefault(new(architecture, oci));
}
