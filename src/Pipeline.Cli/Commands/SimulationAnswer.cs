using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;
using Pipeline.Releases.Simulation;

namespace Pipeline.Cli.Commands;

/// <summary>Prints what simulations found, for people or as JSON.</summary>
internal sealed class SimulationAnswer(Services services, bool json)
{
    private const int Points = 25;

    /// <summary>The way of every release.</summary>
    public void Paths(UpdateGraph graph, ValueList<UpdatePath> paths)
    {
        if (json)
        {
            Json(new { head = GraphPaths.Head(graph) is var h and >= 0 ? graph.Nodes[h].Version : null, paths = paths.Select(Shape) });
            return;
        }

        foreach (var path in paths)
        {
            services.Output.WriteLine(Line(path));
        }
    }

    /// <summary>Releases that lose the way to the head.</summary>
    public void Lost(ValueList<UpdatePath> lost)
    {
        if (json)
        {
            Json(new { lost = lost.Select(Shape) });
            return;
        }

        foreach (var path in lost)
        {
            services.Output.WriteLine($"loses the head: {Line(path)}");
        }
    }

    /// <summary>The exposure of one rollout; returns the plot.</summary>
    public string Curve(GraphNode node)
    {
        var curve = ExposureCurve.Of(Throttle.RolloutOf(node)!, Points);
        if (json)
        {
            Json(
                new
                {
                    version = node.Version,
                    points = curve.Select(p => new
                    {
                        epoch = p.Epoch,
                        time = Stamp(p.Epoch),
                        share = p.Share,
                    }),
                }
            );
        }
        else
        {
            foreach (var point in curve)
            {
                services.Output.WriteLine(Bar(point));
            }
        }

        return SvgPlot.Draw($"Exposure of {node.Version}", [new(node.Version, curve)]);
    }

    /// <summary>A simulated fleet; returns the plot.</summary>
    public string Fleet(UpdateGraph graph, FleetOptions options)
    {
        var result = Releases.Simulation.Fleet.Run(graph, options, Points);
        var versions = graph.Nodes.Select(n => n.Version).ToArray();
        var head = GraphPaths.Head(graph);
        var share = result
            .Samples.Select(s => new CurvePoint(s.Epoch, head < 0 ? 0 : (double)s.Machines[head] / options.Machines))
            .ToValueList();
        if (json)
        {
            Json(
                new
                {
                    head = head < 0 ? null : versions[head],
                    machines = options.Machines,
                    at_head = result.AtHead,
                    updates = result.Updates,
                    samples = result.Samples.Select(s => new
                    {
                        epoch = s.Epoch,
                        time = Stamp(s.Epoch),
                        machines = versions.Zip(s.Machines).Where(v => v.Second > 0).ToDictionary(v => v.First, v => v.Second),
                    }),
                }
            );
        }
        else
        {
            foreach (var point in share)
            {
                services.Output.WriteLine(Bar(point));
            }

            services.Output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.AtHead} of {options.Machines} machines at {(head < 0 ? "nothing" : versions[head])} after {result.Updates} updates"
                )
            );
        }

        var exposure =
            head >= 0 && Throttle.RolloutOf(graph.Nodes[head]) is { } rollout
                ? new PlotLine("allowed", [.. share.Select(p => p with { Share = Throttle.Share(rollout, p.Epoch) })])
                : null;
        ValueList<PlotLine> lines = exposure is null
            ? [new PlotLine("machines at the head", share)]
            : [new PlotLine("machines at the head", share), exposure];
        return SvgPlot.Draw(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{options.Machines} machines on their way to {(head < 0 ? "nothing" : versions[head])}"
            ),
            lines
        );
    }

    private static object Shape(UpdatePath path) =>
        new
        {
            version = path.Version,
            outcome = Word(path.Outcome),
            steps = path.Steps.ToArray(),
            barriers = path.Barriers.ToArray(),
        };

    private static string Line(UpdatePath path) =>
        $"{path.Version}: {Word(path.Outcome)}{(path.Steps.Count == 0 ? "" : $" by {string.Join(" > ", path.Steps)}")}{(path.Barriers.Count == 0 ? "" : $" ({path.Barriers.Count} barrier{(path.Barriers.Count == 1 ? "" : "s")})")}";

    private static string Word(PathOutcome outcome) =>
        outcome switch
        {
            PathOutcome.Head => "is the head",
            PathOutcome.Reaches => "reaches the head",
            PathOutcome.Ahead => "is ahead of the head",
            PathOutcome.DeadEnd => "ends at a dead end",
            _ => "is stuck",
        };

    private static string Bar(CurvePoint point) =>
        string.Create(
                CultureInfo.InvariantCulture,
                $"{Stamp(point.Epoch)} {point.Share * 100, 5:0.0}% {new string('#', (int)(Math.Clamp(point.Share, 0, 1) * 40))}"
            )
            .TrimEnd();

    private static string Stamp(long epoch) => Moments.Stamp(DateTimeOffset.FromUnixTimeSeconds(epoch));

    private void Json(object value) => services.Output.WriteLine(JsonSerializer.Serialize(value));
}
