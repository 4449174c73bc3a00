using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary><c>graph build</c>.</summary>
internal sealed class GraphBuildCommand : Verb
{
    private readonly GraphOptions _graph = new();

    public GraphBuildCommand(Services services)
        : base(
            "build",
            "Prints the update graph of a stream for one architecture",
            "pipeline graph build --index releases.json --updates updates/stable.json --arch x86_64",
            "pipeline graph build --index releases.json --updates updates/stable.json --arch s390x --oci"
        )
    {
        _graph.AddTo(this);
        Run(
            async (parsed, cancellationToken) =>
            {
                services.Output.Write(await services.Releases.Graphs.BuildAsync(_graph.Read(parsed), cancellationToken));
                return ExitClass.Done;
            }
        );
    }
}

/// <summary>The options that say which graph.</summary>
internal sealed class GraphOptions
{
    private readonly Option<string> _index = new("--index")
    {
        Description = "Release index (releases.json)",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string> _updates = new("--updates")
    {
        Description = "Updates of the stream (updates/STREAM.json)",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string> _arch = new("--arch")
    {
        Description = "Architecture, as RPM spells it",
        HelpName = "ARCH",
        Required = true,
    };
    private readonly Option<bool> _oci = new("--oci") { Description = "Nodes by container image instead of by OSTree commit" };

    public void AddTo(Command command)
    {
        command.Options.Add(_index);
        command.Options.Add(_updates);
        command.Options.Add(_arch);
        command.Options.Add(_oci);
    }

    public GraphRequest Read(ParseResult parsed) =>
        new(parsed.GetRequiredValue(_index), parsed.GetRequiredValue(_updates), parsed.GetRequiredValue(_arch), parsed.GetValue(_oci));
}
