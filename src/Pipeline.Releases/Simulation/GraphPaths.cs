using System.Globalization;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Simulation;

/// <summary>Whether machines of a release get to the head.</summary>
public enum PathOutcome
{
    /// <summary>They are there.</summary>
    Head,

    /// <summary>They get there.</summary>
    Reaches,

    /// <summary>They run something newer than the head, which is not offered to others.</summary>
    Ahead,

    /// <summary>They end at a declared dead end.</summary>
    DeadEnd,

    /// <summary>They end somewhere else, which is a mistake.</summary>
    Stuck,
}

/// <summary>The way of the machines of one release.</summary>
/// <param name="Version">Where they start.</param>
/// <param name="Outcome">How it ends.</param>
/// <param name="Steps">Releases they update to, in order.</param>
/// <param name="Barriers">Those of <paramref name="Steps"/> that are barriers.</param>
public sealed record UpdatePath(string Version, PathOutcome Outcome, ValueList<string> Steps, ValueList<string> Barriers);

/// <summary>Follows a graph as the update client does: always to the newest release that is offered.</summary>
internal static class GraphPaths
{
    /// <summary>
    /// The node all machines should get to: the newest one that any edge leads to, else the newest of all; -1 without nodes.
    /// </summary>
    public static int Head(UpdateGraph graph) => graph.Edges.Count == 0 ? graph.Nodes.Count - 1 : graph.Edges.Max(e => e.To);

    /// <summary>For each node the newest node it may update to, or -1. Clients compare ages and never go back.</summary>
    public static int[] Next(UpdateGraph graph)
    {
        var next = Enumerable.Repeat(-1, graph.Nodes.Count).ToArray();
        foreach (var edge in graph.Edges.Where(e => Age(graph, e.To) > Age(graph, e.From)))
        {
            next[edge.From] = next[edge.From] < 0 || Age(graph, edge.To) > Age(graph, next[edge.From]) ? edge.To : next[edge.From];
        }

        return next;
    }

    /// <summary>The ways of the machines of every release, in the order of nodes.</summary>
    public static ValueList<UpdatePath> All(UpdateGraph graph)
    {
        var head = Head(graph);
        var next = Next(graph);
        return [.. Enumerable.Range(0, graph.Nodes.Count).Select(i => From(graph, next, head, i))];
    }

    /// <summary>Releases whose machines got to the head before a change and do not after it.</summary>
    public static ValueList<UpdatePath> Lost(UpdateGraph before, UpdateGraph after)
    {
        var reached = All(before)
            .Where(p => p.Outcome is PathOutcome.Head or PathOutcome.Reaches)
            .Select(p => p.Version)
            .ToHashSet(StringComparer.Ordinal);
        var now = All(after);
        var gone = reached
            .Except(now.Select(p => p.Version), StringComparer.Ordinal)
            .Select(v => new UpdatePath(v, PathOutcome.Stuck, [], []));
        return [.. now.Where(p => p.Outcome is PathOutcome.DeadEnd or PathOutcome.Stuck && reached.Contains(p.Version)), .. gone];
    }

    private static UpdatePath From(UpdateGraph graph, int[] next, int head, int start)
    {
        var steps = new List<int>();
        for (var at = start; next[at] >= 0; at = next[at])
        {
            steps.Add(next[at]);
        }

        var end = steps.Count == 0 ? start : steps[^1];
        var outcome =
            start == head ? PathOutcome.Head
            : end == head ? PathOutcome.Reaches
            : start > head ? PathOutcome.Ahead
            : Has(graph, end, GraphKeys.Deadend) ? PathOutcome.DeadEnd
            : PathOutcome.Stuck;
        return new(
            graph.Nodes[start].Version,
            outcome,
            [.. steps.Select(s => graph.Nodes[s].Version)],
            [.. steps.Where(s => Has(graph, s, GraphKeys.Barrier)).Select(s => graph.Nodes[s].Version)]
        );
    }

    private static long Age(UpdateGraph graph, int node) =>
        long.TryParse(graph.Nodes[node].Metadata.Find(GraphKeys.AgeIndex), NumberStyles.None, CultureInfo.InvariantCulture, out var age)
            ? age
            : node;

    private static bool Has(UpdateGraph graph, int node, string key) => graph.Nodes[node].Metadata.TryFind(key, out _);
}
