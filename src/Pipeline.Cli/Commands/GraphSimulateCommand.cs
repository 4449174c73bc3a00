using System.CommandLine;
using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;
using Pipeline.Releases.Rollouts;
using Pipeline.Releases.Simulation;

namespace Pipeline.Cli.Commands;

/// <summary><c>graph simulate</c>.</summary>
internal sealed class GraphSimulateCommand : Verb
{
    private readonly Services _services;
    private readonly Option<string> _index = new("--index")
    {
        Description = "Release index (releases.json)",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string?> _updates = new("--updates")
    {
        Description = "Updates of the stream (updates/STREAM.json)",
        HelpName = "FILE",
    };
    private readonly Option<string?> _before = new("--before") { Description = "Updates before a change", HelpName = "FILE" };
    private readonly Option<string?> _after = new("--after")
    {
        Description = "Updates after the change; tells who loses the way to the head",
        HelpName = "FILE",
    };
    private readonly Option<string> _arch = new("--arch")
    {
        Description = "Architecture, as RPM spells it",
        HelpName = "ARCH",
        Required = true,
    };
    private readonly Option<bool> _oci = new("--oci") { Description = "Nodes by container image instead of by OSTree commit" };
    private readonly Option<string?> _curve = new("--curve")
    {
        Description = "Exposure of this release's rollout over time ('newest' for the newest)",
        HelpName = "VERSION",
    };
    private readonly Option<int?> _fleet = new("--fleet")
    {
        Description = "Simulate N machines, 1 to 1000000, through the newest rollout",
        HelpName = "N",
    };
    private readonly Option<int> _interval = new("--check-interval")
    {
        Description = "Seconds between a machine's checks",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 300,
    };
    private readonly Option<string?> _wariness = new("--wariness")
    {
        Description = "The same rollout wariness for all machines, 0 to 1 (default: drawn per machine)",
        HelpName = "W",
    };
    private readonly Option<long> _seed = new("--seed")
    {
        Description = "The same seed gives the same fleet",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<string?> _from = new("--from")
    {
        Description = "First moment of the fleet (default: around the rollout)",
        HelpName = "TIME",
    };
    private readonly Option<string?> _until = new("--until") { Description = "Last moment of the fleet", HelpName = "TIME" };
    private readonly Option<string?> _svg = new("--svg") { Description = "Also plot the curve or fleet to this file", HelpName = "FILE" };
    private readonly Option<bool> _json = JsonOption();

    public GraphSimulateCommand(Services services)
        : base(
            "simulate",
            "Tells which machines reach the head, and how a rollout unfolds",
            "pipeline graph simulate --index releases.json --updates updates/stable.json --arch x86_64",
            "pipeline graph simulate --index releases.json --before old.json --after new.json --arch aarch64",
            "pipeline graph simulate --index releases.json --updates updates/stable.json --arch x86_64 --fleet 10000 --svg fleet.svg"
        )
    {
        _services = services;
        foreach (
            var option in new Option[]
            {
                _index,
                _updates,
                _before,
                _after,
                _arch,
                _oci,
                _curve,
                _fleet,
                _interval,
                _wariness,
                _seed,
                _from,
                _until,
                _svg,
                _json,
            }
        )
        {
            Options.Add(option);
        }

        Run(RunAsync);
    }

    private async Task<ExitClass> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (updates, before, after) = (parsed.GetValue(_updates), parsed.GetValue(_before), parsed.GetValue(_after));
        if (before is null != after is null || updates is null == before is null)
        {
            throw new PipelineException(GraphDiagnostics.OneChange());
        }

        var arch = parsed.GetRequiredValue(_arch);
        if (!Model.Values.Architecture.All.Any(a => a.Name == arch))
        {
            throw new PipelineException(GraphDiagnostics.UnknownArchitecture(arch));
        }

        var scope = new GraphScope(arch, parsed.GetValue(_oci));
        var answer = new SimulationAnswer(_services, parsed.GetValue(_json));
        if (before is not null)
        {
            var lost = GraphPaths.Lost(
                await GraphAsync(parsed, before, scope, cancellationToken),
                await GraphAsync(parsed, after!, scope, cancellationToken)
            );
            answer.Lost(lost);
            return lost.Count == 0 ? ExitClass.Done : ExitClass.WorkFailed;
        }

        var graph = await GraphAsync(parsed, updates!, scope, cancellationToken);
        if (parsed.GetValue(_curve) is null && parsed.GetValue(_fleet) is null)
        {
            var paths = GraphPaths.All(graph);
            answer.Paths(graph, paths);
            return paths.Any(p => p.Outcome == PathOutcome.Stuck) ? ExitClass.WorkFailed : ExitClass.Done;
        }

        var svg = parsed.GetValue(_fleet) is { } machines
            ? answer.Fleet(graph, FleetOptions(parsed, graph, machines))
            : answer.Curve(Rolled(graph, parsed.GetRequiredValue(_curve)!));
        if (parsed.GetValue(_svg) is { } file)
        {
            await AtomicFile.WriteAsync(_services.FullPath(file), svg, cancellationToken);
        }

        return ExitClass.Done;
    }

    private async Task<UpdateGraph> GraphAsync(ParseResult parsed, string file, GraphScope scope, CancellationToken cancellationToken)
    {
        var name = parsed.GetRequiredValue(_index);
        var index = (await DocumentFile.ReadAsync<ReleaseIndex>(_services.FullPath(name), name, cancellationToken)).Value;
        var updates = (await DocumentFile.ReadAsync<UpdatesDocument>(_services.FullPath(file), file, cancellationToken)).Value;
        return index.Stream == updates.Stream
            ? GraphBuilder.Build(index, updates, scope)
            : throw new PipelineException(GraphDiagnostics.StreamsDiffer(index.Stream, updates.Stream));
    }

    private static GraphNode Rolled(UpdateGraph graph, string version) =>
        graph.Nodes.LastOrDefault(n => (version == "newest" || n.Version == version) && Throttle.RolloutOf(n) is not null)
        ?? throw new PipelineException(
            GraphDiagnostics.NoRollout(version, graph.Nodes.Where(n => Throttle.RolloutOf(n) is not null).Select(n => n.Version))
        );

    private FleetOptions FleetOptions(ParseResult parsed, UpdateGraph graph, int machines)
    {
        var wariness = parsed.GetValue(_wariness) is { } text
            ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
                ? value
                : throw new PipelineException(RolloutDiagnostics.NoNumber(text))
            : (double?)null;
        var now = _services.Time.GetUtcNow();
        var rollout =
            graph.Nodes.Select(Throttle.RolloutOf).LastOrDefault(r => r?.DurationMinutes is not null)
            ?? new() { StartEpoch = now.ToUnixTimeSeconds() };
        var window = ExposureCurve.Window(rollout);
        var from = parsed.GetValue(_from) is { } first ? Moments.Parse(first, now).ToUnixTimeSeconds() : window.From;
        var until = parsed.GetValue(_until) is { } last ? Moments.Parse(last, now).ToUnixTimeSeconds() : Math.Max(window.Until, from + 60);
        var interval = parsed.GetValue(_interval);
        return machines is >= 1 and <= 1_000_000 && interval is >= 1 and <= 31_536_000 && from < until
            ? new(machines, interval, wariness, from, until, unchecked((ulong)parsed.GetValue(_seed)))
            : throw new PipelineException(GraphDiagnostics.WrongFleet());
    }
}
