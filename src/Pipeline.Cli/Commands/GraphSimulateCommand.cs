using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Desks;
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
        Description = "Updates after the change; shows which releases lose their path to the head",
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
        CustomParser = Numbers.Whole(),
    };
    private readonly Option<int> _interval = new("--check-interval")
    {
        Description = "Seconds between a machine's checks",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 300,
        CustomParser = Numbers.WholeOrDefault(),
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
        CustomParser = Numbers.LongOrDefault(),
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
            "Shows which machines reach the head, and how a rollout proceeds",
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
        var fleet = parsed.GetValue(_fleet) is { } machines
            ? new FleetRequest(
                machines,
                parsed.GetValue(_interval),
                parsed.GetValue(_wariness),
                unchecked((ulong)parsed.GetValue(_seed)),
                parsed.GetValue(_from),
                parsed.GetValue(_until)
            )
            : null;
        var result = await _services.Releases.Graphs.SimulateAsync(
            new(
                parsed.GetRequiredValue(_index),
                parsed.GetValue(_updates),
                parsed.GetValue(_before),
                parsed.GetValue(_after),
                parsed.GetRequiredValue(_arch),
                parsed.GetValue(_oci),
                parsed.GetValue(_curve),
                fleet,
                parsed.GetValue(_svg)
            ),
            cancellationToken
        );
        new SimulationAnswer(_services, parsed.GetValue(_json)).Print(result);
        return result switch
        {
            LostPaths { Paths.Count: > 0 } => ExitClass.WorkFailed,
            AllPaths all when all.Paths.Any(p => p.Outcome == PathOutcome.Stuck) => ExitClass.WorkFailed,
            _ => ExitClass.Done,
        };
    }
}
