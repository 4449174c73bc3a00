using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;
using Pipeline.Releases.Simulation;
using Pipeline.TestKit;

namespace Pipeline.Tests.Releases;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class SimulationTests
{
    [Test]
    public void Machines_go_through_barriers_and_stop_at_dead_ends()
    {
        var paths = GraphPaths.All(Graph(6, (1, "deadend"), (2, "barrier"), (4, "rollout")));

        Assert.That(
            paths.Select(p => $"{p.Version} {p.Outcome} {string.Join('>', p.Steps)} {p.Barriers.Count}"),
            Is.EqualTo(["v0 Reaches v2>v4 1", "v1 DeadEnd  0", "v2 Reaches v4 0", "v3 Reaches v4 0", "v4 Head  0", "v5 Ahead  0"])
        );
    }

    [Test]
    public void A_new_dead_end_takes_the_way_from_its_machines()
    {
        var lost = GraphPaths.Lost(Graph(4, (3, "rollout")), Graph(4, (1, "deadend"), (3, "rollout")));

        Assert.That(lost.Select(p => p.Version), Is.EqualTo(["v1"]));
        Assert.That(GraphPaths.Lost(Graph(4, (3, "rollout")), Graph(4, (3, "rollout"), (2, "barrier"))), Is.Empty);
    }

    [Test]
    public void A_fleet_follows_the_exposure_and_is_the_same_for_the_same_seed()
    {
        var graph = Graph(2, (1, "rolling"));
        var options = new FleetOptions(10_000, 300, null, 1_000_000, 1_000_000 + (60 * 100), 3);

        var result = Fleet.Run(graph, options, 3);
        var again = Fleet.Run(graph, options, 3);

        Assert.That(result.Samples[0].Machines[1], Is.EqualTo(5_000), "half start at the head");
        Assert.That(
            result.Samples[1].Machines[1],
            Is.EqualTo(7_500).Within(350),
            "half of the others after half of the time, less what waits for its next check"
        );
        Assert.That(again.Samples, Is.EqualTo(result.Samples));
        Assert.That(
            Fleet.Run(graph, options with { Wariness = 1, Until = 1_000_000 + (60 * 99) }, 3).AtHead,
            Is.EqualTo(5_000),
            "the wariest wait for the end"
        );
    }

    [Test]
    public void Pictures_are_pinned()
    {
        var graph = Graph(7, (1, "deadend"), (2, "barrier"), (5, "rollout"), (6, "rolling"));

        Golden.Check("Releases/graph.svg", GraphDrawing.Svg(graph, "a <stream> & more"));
        Golden.Check("Releases/graph.dot", GraphDrawing.Dot(graph));
        Golden.Check(
            "Releases/curve.svg",
            SvgPlot.Draw("exposure", [new("v6", ExposureCurve.Of(Throttle.RolloutOf(graph.Nodes[6])!, 12))])
        );
    }

    [Test]
    public void Absurd_rollouts_do_not_break_the_arithmetic()
    {
        foreach (var start in new[] { long.MinValue, -1, long.MaxValue })
        {
            foreach (var minutes in new[] { long.MinValue, 0, long.MaxValue })
            {
                var rollout = new Rollout
                {
                    StartEpoch = start,
                    DurationMinutes = minutes,
                    StartPercentage = 1e300,
                };

                Assert.That(() => ExposureCurve.Of(rollout, 5), Throws.Nothing);
            }
        }
    }

    private static UpdateGraph Graph(int releases, params (int At, string What)[] marks)
    {
        var index = new ReleaseIndex
        {
            Stream = "s",
            Releases =
            [
                .. Enumerable
                    .Range(0, releases)
                    .Select(i => new IndexRelease { Version = $"v{i}", Commits = [new() { Architecture = "x86_64", Checksum = $"c{i}" }] }),
            ],
        };
        var entries = marks.Select(m => new UpdatesRelease
        {
            Version = $"v{m.At}",
            Metadata = m.What switch
            {
                "barrier" => new() { Barrier = new() { Text = "b" } },
                "deadend" => new() { Deadend = new() { Text = "\"d\" & <e>" } },
                "rollout" => new() { Rollout = new() { StartPercentage = 1 } },
                _ => new()
                {
                    Rollout = new()
                    {
                        StartEpoch = 1_000_000,
                        DurationMinutes = 100,
                        StartPercentage = 0,
                    },
                },
            },
        });
        return GraphBuilder.Build(
            index,
            new()
            {
                Stream = "s",
                Metadata = new(),
                Releases = entries.ToValueList(),
            },
            new("x86_64")
        );
    }
}
