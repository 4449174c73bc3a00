using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;
using Pipeline.Releases.Rollouts;
using Pipeline.Releases.Simulation;

namespace Pipeline.Releases.Desks;

/// <summary>Which graph: a stream's, for one architecture.</summary>
/// <param name="Index">Release index.</param>
/// <param name="Updates">Updates of the stream.</param>
/// <param name="Architecture">As RPM spells it.</param>
/// <param name="Oci">Nodes by container image instead of by OSTree commit.</param>
public sealed record GraphRequest(string Index, string Updates, string Architecture, bool Oci);

/// <summary>How a graph is drawn.</summary>
public enum GraphFormat
{
    /// <summary>A picture for a browser.</summary>
    Svg,

    /// <summary>Text for Graphviz.</summary>
    Dot,
}

/// <summary>Façade of <c>graph</c>, but for serving, which is <c>Pipeline.UpdateServer</c>'s.</summary>
public sealed class GraphDesk
{
    private const int Points = 25;
    private readonly ReleaseServices _services;

    internal GraphDesk(ReleaseServices services) => _services = services;

    /// <summary>The update graph as clients get it.</summary>
    /// <exception cref="PipelineException">A document cannot be read, or they are of two streams (class 2).</exception>
    public async Task<string> BuildAsync(GraphRequest request, CancellationToken cancellationToken) =>
        GraphBuilder.Print((await ReadAsync(request, cancellationToken)).Graph);

    /// <summary>Draws the graph.</summary>
    /// <param name="request">Which graph.</param>
    /// <param name="format">How.</param>
    /// <param name="last">Only the newest so many releases, or <c>null</c>.</param>
    /// <param name="output">File that is written; <c>null</c> only returns the text.</param>
    /// <param name="cancellationToken">Ends the work before the write.</param>
    /// <returns>The text, or <c>null</c> when it was written.</returns>
    /// <exception cref="PipelineException">As <see cref="BuildAsync"/>.</exception>
    public async Task<string?> DrawAsync(
        GraphRequest request,
        GraphFormat format,
        int? last,
        string? output,
        CancellationToken cancellationToken
    )
    {
        var (whole, stream, scope) = await ReadAsync(request, cancellationToken);
        var graph = Newest(whole, last);
        var text =
            format == GraphFormat.Dot
                ? GraphDrawing.Dot(graph)
                : GraphDrawing.Svg(graph, $"{stream}, {scope.Architecture}, by {scope.Scheme}");
        if (output is null)
        {
            return text;
        }

        await AtomicFile.WriteAsync(_services.FullPath(output), text, cancellationToken);
        return null;
    }

    /// <summary>Finds which machines reach the head and how a rollout unfolds; writes the plot when one is asked for.</summary>
    /// <exception cref="PipelineException">The request fits together in no way, or a document cannot be read (class 2).</exception>
    public async Task<SimulationResult> SimulateAsync(SimulationRequest request, CancellationToken cancellationToken)
    {
        if (request.Before is null != request.After is null || request.Updates is null == request.Before is null)
        {
            throw new PipelineException(GraphDiagnostics.OneChange());
        }

        _ = Scope(request.Architecture, request.Oci);
        if (request.Before is { } before)
        {
            return new LostPaths(
                GraphPaths.Lost(
                    await GraphAsync(request, before, cancellationToken),
                    await GraphAsync(request, request.After!, cancellationToken)
                )
            );
        }

        var graph = await GraphAsync(request, request.Updates!, cancellationToken);
        if (request.Curve is null && request.Fleet is null)
        {
            return new AllPaths(GraphPaths.Head(graph) is var head and >= 0 ? graph.Nodes[head].Version : null, GraphPaths.All(graph));
        }

        var (result, plot) = request.Fleet is { } fleet ? Fleet(graph, Options(fleet, graph)) : Curve(Rolled(graph, request.Curve!));
        if (request.Svg is { } file)
        {
            await AtomicFile.WriteAsync(_services.FullPath(file), plot, cancellationToken);
        }

        return result;
    }

    private async Task<(UpdateGraph Graph, string Stream, GraphScope Scope)> ReadAsync(
        GraphRequest request,
        CancellationToken cancellationToken
    )
    {
        var index = (await DocumentFile.ReadAsync<ReleaseIndex>(_services.FullPath(request.Index), request.Index, cancellationToken)).Value;
        var updates = (
            await DocumentFile.ReadAsync<UpdatesDocument>(_services.FullPath(request.Updates), request.Updates, cancellationToken)
        ).Value;
        if (index.Stream != updates.Stream)
        {
            throw new PipelineException(GraphDiagnostics.StreamsDiffer(index.Stream, updates.Stream));
        }

        var scope = Scope(request.Architecture, request.Oci);
        return (GraphBuilder.Build(index, updates, scope), updates.Stream, scope);
    }

    private async Task<UpdateGraph> GraphAsync(SimulationRequest request, string updates, CancellationToken cancellationToken) =>
        (await ReadAsync(new(request.Index, updates, request.Architecture, request.Oci), cancellationToken)).Graph;

    private static GraphScope Scope(string architecture, bool oci) =>
        Architecture.All.Any(a => a.Name == architecture)
            ? new(architecture, oci)
            : throw new PipelineException(GraphDiagnostics.UnknownArchitecture(architecture));

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

    private static GraphNode Rolled(UpdateGraph graph, string version) =>
        graph.Nodes.LastOrDefault(n => (version == "newest" || n.Version == version) && Throttle.RolloutOf(n) is not null)
        ?? throw new PipelineException(
            GraphDiagnostics.NoRollout(version, graph.Nodes.Where(n => Throttle.RolloutOf(n) is not null).Select(n => n.Version))
        );

    private FleetOptions Options(FleetRequest request, UpdateGraph graph)
    {
        var wariness = request.Wariness is { } text
            ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
                ? value
                : throw new PipelineException(RolloutDiagnostics.NoNumber("--wariness", text, "a number from 0 to 1"))
            : (double?)null;
        var now = _services.Time.GetUtcNow();
        var rollout =
            graph.Nodes.Select(Throttle.RolloutOf).LastOrDefault(r => r?.DurationMinutes is not null)
            ?? new() { StartEpoch = now.ToUnixTimeSeconds() };
        var window = ExposureCurve.Window(rollout);
        var from = request.From is { } first ? Moments.Parse(first, now).ToUnixTimeSeconds() : window.From;
        var until = request.Until is { } last ? Moments.Parse(last, now).ToUnixTimeSeconds() : Math.Max(window.Until, from + 60);
        return request.Machines is >= 1 and <= 1_000_000 && request.CheckSeconds is >= 1 and <= 31_536_000 && from < until
            ? new(request.Machines, request.CheckSeconds, wariness, from, until, request.Seed)
            : throw new PipelineException(GraphDiagnostics.WrongFleet());
    }

    private static (SimulationResult Result, string Plot) Curve(GraphNode node)
    {
        var curve = ExposureCurve.Of(Throttle.RolloutOf(node)!, Points);
        return (new ExposureResult(node.Version, curve), SvgPlot.Draw($"Exposure of {node.Version}", [new(node.Version, curve)]));
    }

    private static (SimulationResult Result, string Plot) Fleet(UpdateGraph graph, FleetOptions options)
    {
        var run = Simulation.Fleet.Run(graph, options, Points);
        var versions = graph.Nodes.Select(n => n.Version).ToValueList();
        var head = GraphPaths.Head(graph);
        var share = run
            .Samples.Select(s => new CurvePoint(s.Epoch, head < 0 ? 0 : (double)s.Machines[head] / options.Machines))
            .ToValueList();
        var starting = Simulation.Fleet.StartingAt(head, head, options.Machines);
        var lines = new List<PlotLine>
        {
            new(FormattableString.Invariant($"at the head ({100.0 * starting / options.Machines:0.#}% start there)"), share),
        };
        if (head >= 0 && Throttle.RolloutOf(graph.Nodes[head]) is { } rollout)
        {
            lines.Add(new("allowed", [.. share.Select(p => p with { Share = Throttle.Share(rollout, p.Epoch) })]));
        }

        var top = head < 0 ? null : versions[head];
        var title = FormattableString.Invariant($"{options.Machines} machines on their way to {top ?? "nothing"}");
        return (
            new FleetCourse(top, options.Machines, run.AtHead, starting, run.Updates, versions, run.Samples, share),
            SvgPlot.Draw(title, lines.ToValueList())
        );
    }
}
