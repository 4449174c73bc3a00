using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;

namespace Pipeline.Releases.Simulation;

/// <summary>A fleet to simulate.</summary>
/// <param name="Machines">How many, 1 to a million; they start on all nodes up to the head in equal shares.</param>
/// <param name="CheckSeconds">How often each asks, at least 1.</param>
/// <param name="Wariness">The same wariness for all, or <c>null</c> for one drawn per machine.</param>
/// <param name="From">First second, since 1970.</param>
/// <param name="Until">Last second.</param>
/// <param name="Seed">The same seed gives the same fleet.</param>
internal sealed record FleetOptions(int Machines, int CheckSeconds, double? Wariness, long From, long Until, ulong Seed);

/// <summary>A fleet's state at one time.</summary>
/// <param name="Epoch">Seconds since 1970.</param>
/// <param name="Machines">Machines by node, in the order of nodes.</param>
public sealed record FleetSample(long Epoch, ValueList<int> Machines);

/// <summary>What a simulated fleet did.</summary>
/// <param name="Samples">Its state at equal distances of time.</param>
/// <param name="Updates">Updates in all.</param>
/// <param name="AtHead">Machines at the head in the end.</param>
internal sealed record FleetResult(ValueList<FleetSample> Samples, long Updates, int AtHead);

/// <summary>
/// Monte Carlo: machines ask at their own times, with their own wariness, and update at once to the newest release they are shown.
/// </summary>
internal static class Fleet
{
    /// <summary>The most machine checks that are simulated; longer runs take larger steps.</summary>
    private const long MostChecks = 200_000_000;

    /// <summary>Runs a fleet through a graph.</summary>
    /// <param name="graph">The graph before throttling.</param>
    /// <param name="options">The fleet.</param>
    /// <param name="samples">How many states to report, at least 2.</param>
    public static FleetResult Run(UpdateGraph graph, FleetOptions options, int samples)
    {
        var head = GraphPaths.Head(graph);
        var targets = graph.Edges.ToLookup(e => e.From, e => e.To);
        var rollouts = graph.Nodes.Select(Throttle.RolloutOf).ToArray();
        var newestFirst = Enumerable
            .Range(0, graph.Nodes.Count)
            .Select(i => targets[i].Where(t => t > i).OrderDescending().ToArray())
            .ToArray();
        var source = new SeededSource(options.Seed);
        var span = options.Until - options.From;
        var interval = Math.Max(options.CheckSeconds, (long)((Int128)span * options.Machines / MostChecks) + 1);
        interval = (long)options.CheckSeconds * Math.Max(1, (interval + options.CheckSeconds - 1) / options.CheckSeconds);
        var counts = Enumerable.Range(0, samples).Select(_ => new int[graph.Nodes.Count]).ToArray();
        long updates = 0;
        for (var machine = 0; machine < options.Machines && head >= 0; machine++)
        {
            var node = StartOf(machine, head);
            var wariness = options.Wariness ?? Math.Max(1e-6, source.NextShare());
            var check = options.From + source.NextBelow(interval);
            for (var sample = 0; sample < samples; sample++)
            {
                var time = SampleTime(options, samples, sample);
                for (; check <= time && newestFirst[node].Length > 0; check += interval)
                {
                    var at = check;
                    var target = Array.Find(newestFirst[node], t => rollouts[t] is not { } r || wariness <= Throttle.Share(r, at));
                    updates += target > node ? 1 : 0;
                    node = Math.Max(node, target);
                }

                counts[sample][node]++;
            }
        }

        return new(
            [.. counts.Select((c, i) => new FleetSample(SampleTime(options, samples, i), [.. c]))],
            updates,
            head < 0 ? 0 : counts[^1][head]
        );
    }

    /// <summary>How many machines start at a node.</summary>
    public static int StartingAt(int node, int head, int machines) =>
        head < 0 || node > head ? 0 : (machines / (head + 1)) + (machines % (head + 1) > node ? 1 : 0);

    private static int StartOf(int machine, int head) => machine % (head + 1);

    private static long SampleTime(FleetOptions options, int samples, int sample) =>
        options.From + (long)((Int128)(options.Until - options.From) * sample / (samples - 1));
}
