using System.CommandLine;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;
using Pipeline.Releases.Simulation;

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
    private readonly Option<int?> _last = new("--last") { Description = "Only the newest N releases", HelpName = "N" };
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
        _format.AcceptOnlyFromAmong("svg", "dot");
        _graph.AddTo(this);
        Options.Add(_format);
        Options.Add(_last);
        Options.Add(_output);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (index, updates, scope) = await _graph.ReadAsync(services, parsed, cancellationToken);
                var graph = Newest(GraphBuilder.Build(index, updates, scope), parsed.GetValue(_last));
                var text =
                    parsed.GetRequiredValue(_format) == "dot"
                        ? GraphDrawing.Dot(graph)
                        : GraphDrawing.Svg(graph, $"{updates.Stream}, {scope.Architecture}, by {scope.Scheme}");
                if (parsed.GetValue(_output) is { } file)
                {
                    await AtomicFile.WriteAsync(services.FullPath(file), text, cancellationToken);
                }
                else
                {
                    await services.Output.WriteAsync(text);
                }

                return ExitClass.Done;
            }
        );
    }

    private static UpdateGraph Newest(UpdateGraph graph, int? count)
    {
        var skip = Math.Max(0, graph.Nodes.Count - Math.Max(1, count ?? int.MaxValue));
        return skip == 0
            ? graph
            : new()
            {
                Nodes = graph.Nodes.Skip(skip).ToValueList(),
                Edges = graph.Edges.Where(e => e.From >= skip).Select(e => new GraphEdge(e.From - skip, e.To - skip)).ToValueList(),
            };
    }
}
