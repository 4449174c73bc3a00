using System.Globalization;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Graphs;

/// <summary>Hides updates from machines whose turn has not come, as fedora-coreos-cincinnati does (commons/src/policy.rs).</summary>
public static class Throttle
{
    /// <summary>
    /// The share of machines, 0 to 1, that see a release at <paramref name="now"/> seconds since 1970; above 1 when documents say so.
    /// </summary>
    /// <param name="rollout">Start, duration and start share; absent ones count as 0, none and 0.</param>
    /// <param name="now">Seconds since 1970 UTC.</param>
    public static double Share(Rollout rollout, long now)
    {
        var start = rollout.StartEpoch ?? 0;
        var initial = rollout.StartPercentage ?? 0;
        if (now < start)
        {
            return 0;
        }

        if (rollout.DurationMinutes is not { } minutes)
        {
            return initial;
        }

        var seconds = Math.Max(1.0, minutes) * 60;
        return now - (double)start > seconds ? 1 : initial + ((1 - initial) / seconds * (now - (double)start));
    }

    /// <summary>The graph a machine with <paramref name="wariness"/> sees: edges into a release whose share is below it are gone.</summary>
    public static UpdateGraph Apply(UpdateGraph graph, double wariness, long now)
    {
        var hidden = graph.Nodes.Select(n => RolloutOf(n) is { } rollout && wariness > Share(rollout, now)).ToArray();
        return graph with { Edges = GraphBuilder.WithoutDeadEnds(graph.Nodes, graph.Edges.Where(e => !hidden[e.To])).ToValueList() };
    }

    /// <summary>The rollout a node carries in its metadata, or <c>null</c>.</summary>
    public static Rollout? RolloutOf(GraphNode node) =>
        !node.Metadata.TryFind(GraphKeys.Rollout, out _)
            ? null
            : new Rollout
            {
                StartEpoch = Integer(node, GraphKeys.StartEpoch),
                DurationMinutes = Integer(node, GraphKeys.DurationMinutes),
                StartPercentage = double.TryParse(
                    node.Metadata.Find(GraphKeys.StartValue),
                    NumberStyles.Float,
                    CultureInfo.InvariantCulture,
                    out var share
                )
                    ? share
                    : null,
            };

    private static long? Integer(GraphNode node, string key) =>
        long.TryParse(node.Metadata.Find(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
