using System.CommandLine;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;

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
                var (index, updates, scope) = await _graph.ReadAsync(services, parsed, cancellationToken);
                services.Output.Write(GraphBuilder.Print(GraphBuilder.Build(index, updates, scope)));
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

    public async Task<(ReleaseIndex Index, UpdatesDocument Updates, GraphScope Scope)> ReadAsync(
        Services services,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        var index = await DocumentFile.ReadAsync<ReleaseIndex>(
            services.FullPath(parsed.GetRequiredValue(_index)),
            parsed.GetRequiredValue(_index),
            cancellationToken
        );
        var updates = await DocumentFile.ReadAsync<UpdatesDocument>(
            services.FullPath(parsed.GetRequiredValue(_updates)),
            parsed.GetRequiredValue(_updates),
            cancellationToken
        );
        if (index.Value.Stream != updates.Value.Stream)
        {
            throw new PipelineException(GraphDiagnostics.StreamsDiffer(index.Value.Stream, updates.Value.Stream));
        }

        return (index.Value, updates.Value, Scope(parsed));
    }

    public GraphScope Scope(ParseResult parsed)
    {
        var arch = parsed.GetRequiredValue(_arch);
        return Model.Values.Architecture.All.Any(a => a.Name == arch)
            ? new(arch, parsed.GetValue(_oci))
            : throw new PipelineException(GraphDiagnostics.UnknownArchitecture(arch));
    }
}
