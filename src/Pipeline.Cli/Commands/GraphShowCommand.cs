using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary><c>graph show</c>.</summary>
internal sealed class GraphShowCommand : Verb
{
    private readonly GraphOptions _graph = new();
    private readonly Option<string> _format = new("--format")
    {
        Description = "svg or dot",
        HelpName = "FORMAT",
        DefaultValueFactory = _ => "svg",
    };
    private readonly Option<int?> _last = new("--last")
    {
        Description = "Only the newest N releases",
        HelpName = "N",
        CustomParser = Numbers.Whole(),
    };
    private readonly Option<string?> _output = new("--output")
    {
        Description = "Write to this file instead of standard output",
        HelpName = "FILE",
    };

    public GraphShowCommand(Services services)
        : base(
            "show",
            "Draws the update graph of a stream",
            "pipeline graph show --index releases.json --updates updates/stable.json --arch x86_64 --output graph.svg",
            "pipeline graph show --index releases.json --updates updates/stable.json --arch x86_64 --format dot --last 20"
        )
    {
        WrongValues.OneOf(_format, "svg", "dot");
        _graph.AddTo(this);
        Options.Add(_format);
        Options.Add(_last);
        Options.Add(_output);
        Run(
            async (parsed, cancellationToken) =>
            {
                var text = await services.Releases.Graphs.DrawAsync(
                    _graph.Read(parsed),
                    parsed.GetRequiredValue(_format) == "dot" ? GraphFormat.Dot : GraphFormat.Svg,
                    parsed.GetValue(_last),
                    parsed.GetValue(_output),
                    cancellationToken
                );
                await services.Output.WriteAsync(text);
                return ExitClass.Done;
            }
        );
    }
}
