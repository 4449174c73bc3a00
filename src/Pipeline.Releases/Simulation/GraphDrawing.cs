using System.Globalization;
using System.Text;
using Pipeline.Model.Contracts;

namespace Pipeline.Releases.Simulation;

/// <summary>Draws an update graph: DOT for graphviz, or SVG with the newest release on top and one lane per target.</summary>
internal static class GraphDrawing
{
    private const int Row = 26;
    private const int Lane = 16;

    /// <summary>The graph in DOT.</summary>
    public static string Dot(UpdateGraph graph)
    {
        var text = new StringBuilder("digraph updates {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n");
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            var node = graph.Nodes[i];
            var style =
                Has(node, GraphKeys.Deadend) ? ", style=filled, fillcolor=\"#ffd7d5\""
                : Has(node, GraphKeys.Barrier) ? ", style=filled, fillcolor=\"#fff1cc\""
                : Has(node, GraphKeys.Rollout) ? ", style=filled, fillcolor=\"#dafbe1\""
                : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"  n{i} [label=\"{Quote(node.Version)}{(Marks(node) is { Length: > 0 } marks ? "\\n" + Quote(marks) : "")}\"{style}];\n"
            );
        }

        foreach (var edge in graph.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"  n{edge.From} -> n{edge.To};\n");
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>The graph as SVG.</summary>
    public static string Svg(UpdateGraph graph, string title)
    {
        var lanes = Lanes(graph);
        var laneCount = lanes.Count == 0 ? 0 : lanes.Values.Max() + 1;
        var left = 24 + (laneCount * Lane);
        var width = left + 560;
        var height = 56 + (graph.Nodes.Count * Row) + 16;
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" "
                + $"viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n"
        );
        text.Append("<title>").Append(SvgPlot.Escape(title)).Append("</title>\n");
        text.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"bold\" fill=\"#24292f\">{SvgPlot.Escape(title)}</text>\n"
        );
        foreach (var (target, lane) in lanes)
        {
            DrawLane(text, graph, target, left - 12 - (lane * Lane), left);
        }

        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            DrawNode(text, graph, i, left);
        }

        return text.Append("</svg>\n").ToString();
    }

    /// <summary>Targets to lanes; lanes of ranges that overlap differ, short ranges lie near the nodes.</summary>
    private static SortedDictionary<int, int> Lanes(UpdateGraph graph)
    {
        var ranges = graph
            .Edges.GroupBy(e => e.To)
            .Select(g => (To: g.Key, From: g.Min(e => e.From)))
            .OrderBy(r => r.To - r.From)
            .ThenBy(r => r.To)
            .ToArray();
        var taken = new List<List<(int From, int To)>>();
        var lanes = new SortedDictionary<int, int>();
        foreach (var (to, from) in ranges)
        {
            var lane = taken.FindIndex(l => l.TrueForAll(r => to < r.From || from > r.To));
            if (lane < 0)
            {
                lane = taken.Count;
                taken.Add([]);
            }

            taken[lane].Add((from, to));
            lanes[to] = lane;
        }

        return lanes;
    }

    private static void DrawLane(StringBuilder text, UpdateGraph graph, int target, int x, int left)
    {
        var colour = Has(graph.Nodes[target], GraphKeys.Rollout) ? "#2da44e" : "#9a6700";
        var sources = graph.Edges.Where(e => e.To == target).Select(e => e.From).ToArray();
        var top = Y(graph, target);
        text.Append(
            CultureInfo.InvariantCulture,
            $"<path d=\"M{x} {Y(graph, sources.Min())}V{top}H{left - 6}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n"
        );
        text.Append(CultureInfo.InvariantCulture, $"<path d=\"M{left - 1} {top}l-7 -4v8z\" fill=\"{colour}\"/>\n");
        foreach (var source in sources)
        {
            text.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x}\" cy=\"{Y(graph, source)}\" r=\"3\" fill=\"{colour}\"/>\n");
        }
    }

    private static void DrawNode(StringBuilder text, UpdateGraph graph, int i, int left)
    {
        var node = graph.Nodes[i];
        var fill =
            Has(node, GraphKeys.Deadend) ? "#ffd7d5"
            : Has(node, GraphKeys.Barrier) ? "#fff1cc"
            : Has(node, GraphKeys.Rollout) ? "#dafbe1"
            : "#f6f8fa";
        var y = Y(graph, i);
        text.Append(
            CultureInfo.InvariantCulture,
            $"<rect x=\"{left}\" y=\"{y - 10}\" width=\"150\" height=\"20\" rx=\"4\" fill=\"{fill}\" stroke=\"#8c959f\"/>"
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{left + 8}\" y=\"{y + 4}\" fill=\"#24292f\">{SvgPlot.Escape(node.Version)}</text>"
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{left + 160}\" y=\"{y + 4}\" fill=\"#57606a\">{SvgPlot.Escape(Marks(node))}</text>\n"
        );
    }

    private static int Y(UpdateGraph graph, int node) => 56 + ((graph.Nodes.Count - 1 - node) * Row);

    private static string Marks(GraphNode node)
    {
        var marks = new List<string>();
        if (node.Metadata.TryFind(GraphKeys.DeadendReason, out var deadend))
        {
            marks.Add($"dead end: {deadend}");
        }

        if (node.Metadata.TryFind(GraphKeys.BarrierReason, out var barrier))
        {
            marks.Add($"barrier: {barrier}");
        }

        if (Has(node, GraphKeys.Rollout))
        {
            marks.Add(node.Metadata.TryFind(GraphKeys.DurationMinutes, out var minutes) ? $"rollout over {minutes} min" : "rolled out");
        }

        var all = string.Join("; ", marks);
        return all.Length <= 90 ? all : all[..89] + "…";
    }

    private static string Quote(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static bool Has(GraphNode node, string key) => node.Metadata.TryFind(key, out _);
}
