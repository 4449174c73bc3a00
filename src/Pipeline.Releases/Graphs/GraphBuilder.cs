using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Graphs;

/// <summary>
/// Makes the update graph of a stream from its release index and its updates document. Pure: the same documents give the same
/// bytes. Node and edge order, key names and number forms are those that fedora-coreos-cincinnati serves
/// (commons/src/graph.rs); keys of a node are in ordinal order, where the original's order is random.
/// </summary>
public static class GraphBuilder
{
    /// <summary>The graph for one architecture and scheme, with dead ends filtered, before any throttling.</summary>
    public static UpdateGraph Build(ReleaseIndex index, UpdatesDocument updates, GraphScope scope)
    {
        var entries = updates.Releases.ToLookup(r => r.Version, StringComparer.Ordinal);
        var nodes = new List<GraphNode>();
        for (var age = 0; age < index.Releases.Count; age++)
        {
            if (Payload(index.Releases[age], scope) is { } payload)
            {
                nodes.Add(Node(index.Releases[age].Version, age, payload, scope, entries));
            }
        }

        var found = nodes.ToValueList();
        return new() { Nodes = found, Edges = WithoutDeadEnds(found, Edges(found)).ToValueList() };
    }

    /// <summary>The graph as it is served: one line without a line feed.</summary>
    public static string Print(UpdateGraph graph)
    {
        var text = new StringBuilder("{\"nodes\":[");
        var separator = "";
        foreach (var node in graph.Nodes)
        {
            text.Append(separator).Append("{\"version\":\"").Append(Escape(node.Version)).Append("\",\"metadata\":{");
            separator = "";
            foreach (var (key, value) in node.Metadata)
            {
                text.Append(separator).Append('"').Append(Escape(key)).Append("\":\"").Append(Escape(value)).Append('"');
                separator = ",";
            }

            text.Append("},\"payload\":\"").Append(Escape(node.Payload)).Append("\"}");
            separator = ",";
        }

        text.Append("],\"edges\":[");
        separator = "";
        foreach (var edge in graph.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"{separator}[{edge.From},{edge.To}]");
            separator = ",";
        }

        return text.Append("]}").ToString();
    }

    /// <summary>The edges that do not start at a dead end, in their order.</summary>
    public static IEnumerable<GraphEdge> WithoutDeadEnds(ValueList<GraphNode> nodes, IEnumerable<GraphEdge> edges) =>
        edges.Where(e => !Has(nodes[e.From], GraphKeys.Deadend));

    /// <summary>The payload for the scope; the last of several wins, <c>null</c> when the release has none.</summary>
    private static string? Payload(IndexRelease release, GraphScope scope) =>
        scope.Oci
            ? release.OciImages?.LastOrDefault(i => i.Architecture == scope.Architecture && i.DigestRef.Length > 0)?.DigestRef
            : release.Commits?.LastOrDefault(c => c.Architecture == scope.Architecture && c.Checksum.Length > 0)?.Checksum;

    private static GraphNode Node(string version, int age, string payload, GraphScope scope, ILookup<string, UpdatesRelease> entries)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [GraphKeys.AgeIndex] = age.ToString(CultureInfo.InvariantCulture),
            [GraphKeys.Scheme] = scope.Scheme,
        };
        foreach (var entry in entries[version])
        {
            AddReason(facts, entry.Metadata.Deadend, GraphKeys.Deadend, GraphKeys.DeadendReason);
            AddReason(facts, entry.Metadata.Barrier, GraphKeys.Barrier, GraphKeys.BarrierReason);
            AddRollout(facts, entry.Metadata.Rollout);
        }

        return new()
        {
            Version = version,
            Metadata = new(facts),
            Payload = payload,
        };
    }

    private static void AddReason(SortedDictionary<string, string> facts, Reason? reason, string flag, string key)
    {
        if (reason is not null)
        {
            facts[flag] = "true";
            facts[key] = reason.Text.Length == 0 ? "generic" : reason.Text;
        }
    }

    private static void AddRollout(SortedDictionary<string, string> facts, Rollout? rollout)
    {
        if (rollout is null)
        {
            return;
        }

        facts[GraphKeys.Rollout] = "true";
        if (rollout.StartEpoch is { } start)
        {
            facts[GraphKeys.StartEpoch] = start.ToString(CultureInfo.InvariantCulture);
        }

        if (rollout.StartPercentage is { } share)
        {
            facts[GraphKeys.StartValue] = NumberText.Rust(share);
        }

        if (rollout.DurationMinutes is { } minutes)
        {
            facts[GraphKeys.DurationMinutes] = minutes.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Rollouts, newest first, from the barrier before them; then barriers, oldest first, from the one before.</summary>
    private static List<GraphEdge> Edges(ValueList<GraphNode> nodes)
    {
        var edges = new List<GraphEdge>();
        var barriers = new List<int>();
        var before = new int[nodes.Count];
        for (var i = 0; i < nodes.Count; i++)
        {
            before[i] = barriers.Count == 0 ? 0 : barriers[^1];
            if (Has(nodes[i], GraphKeys.Barrier))
            {
                barriers.Add(i);
            }
        }

        for (var target = nodes.Count - 1; target >= 0; target--)
        {
            if (Has(nodes[target], GraphKeys.Rollout))
            {
                AddRange(edges, before[target], target);
            }
        }

        foreach (var barrier in barriers.Where(b => !Has(nodes[b], GraphKeys.Rollout)))
        {
            AddRange(edges, before[barrier], barrier);
        }

        return edges;
    }

    private static void AddRange(List<GraphEdge> edges, int from, int target)
    {
        for (var i = from; i < target; i++)
        {
            edges.Add(new(i, target));
        }
    }

    private static bool Has(GraphNode node, string key) => node.Metadata.TryFind(key, out _);

    private static string Escape(string text) =>
        text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 && text.AsSpan().IndexOfAny('"', '\\') < 0
            ? text
            : JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);
}
