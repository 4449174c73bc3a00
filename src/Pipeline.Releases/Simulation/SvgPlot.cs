using System.Globalization;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Simulation;

/// <summary>A named line of a plot.</summary>
/// <param name="Name">Shown in the legend.</param>
/// <param name="Points">In the order of time.</param>
internal sealed record PlotLine(string Name, ValueList<CurvePoint> Points);

/// <summary>Shares over time as a picture: SVG 1.1 without scripts or fonts of its own, the same bytes for the same lines.</summary>
internal static class SvgPlot
{
    private const int Width = 860;
    private const int Height = 420;
    private const int Left = 62;
    private const int Right = 24;
    private const int Top = 48;
    private const int Bottom = 64;

    /// <summary>Half the width of a label below the axis.</summary>
    private const int EdgeOfLabel = 50;
    private static readonly string[] Colours = ["#1f6feb", "#d1570a", "#2da44e", "#8250df", "#bf3989", "#57606a"];

    /// <summary>The picture.</summary>
    public static string Draw(string title, ValueList<PlotLine> lines)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" "
                + $"viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n"
        );
        text.Append("<title>").Append(Escape(title)).Append("</title>\n");
        text.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{Left}\" y=\"24\" font-size=\"15\" font-weight=\"bold\" fill=\"#24292f\">{Escape(title)}</text>\n"
        );
        var times = lines.SelectMany(l => l.Points).Select(p => p.Epoch).ToArray();
        if (times.Length > 0)
        {
            Axes(text, times.Min(), times.Max());
            for (var i = 0; i < lines.Count; i++)
            {
                Line(text, lines[i], i, times.Min(), times.Max());
            }
        }

        return text.Append("</svg>\n").ToString();
    }

    /// <summary>Text inside SVG and DOT attributes and elements.</summary>
    public static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("\"", "&quot;", StringComparison.Ordinal);

    private static void Axes(StringBuilder text, long from, long until)
    {
        for (var percent = 0; percent <= 100; percent += 25)
        {
            var y = Y(percent / 100.0);
            text.Append(
                CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" y1=\"{y:0.#}\" x2=\"{Width - Right}\" y2=\"{y:0.#}\" stroke=\"#d0d7de\"/>\n"
            );
            text.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\" fill=\"#57606a\">{percent}%</text>\n"
            );
        }

        text.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{Left - 8}\" y=\"{Height - Bottom + 20}\" text-anchor=\"end\" fill=\"#57606a\">UTC</text>\n"
        );
        var step = TimeTicks.Step(from, until);
        foreach (var time in TimeTicks.Of(from, until, step))
        {
            var x = X(time, from, until);
            var anchor =
                x < Left + EdgeOfLabel ? "start"
                : x > Width - Right - EdgeOfLabel ? "end"
                : "middle";
            text.Append(
                CultureInfo.InvariantCulture,
                $"<line x1=\"{x:0.#}\" y1=\"{Height - Bottom}\" x2=\"{x:0.#}\" y2=\"{Height - Bottom + 5}\" stroke=\"#57606a\"/>\n"
            );
            text.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{x:0.#}\" y=\"{Height - Bottom + 20}\" text-anchor=\"{anchor}\" fill=\"#57606a\">"
                    + $"{TimeTicks.Label(time, step)}</text>\n"
            );
        }
    }

    private static void Line(StringBuilder text, PlotLine line, int number, long from, long until)
    {
        var colour = Colours[number % Colours.Length];
        var points = string.Join(
            ' ',
            line.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Epoch, from, until):0.#},{Y(p.Share):0.#}"))
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n"
        );
        var x = Left + (number % 4 * 190);
        var y = Height - 26 + (number / 4 * 14);
        text.Append(
            CultureInfo.InvariantCulture,
            $"<rect x=\"{x}\" y=\"{y - 9}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>"
                + $"<text x=\"{x + 15}\" y=\"{y}\" fill=\"#24292f\">{Escape(line.Name)}</text>\n"
        );
    }

    private static double X(long time, long from, long until) =>
        Left + ((Width - Left - Right) * (until == from ? 0 : (double)(time - from) / (until - from)));

    private static double Y(double share) => Height - Bottom - ((Height - Top - Bottom) * Math.Clamp(share, 0, 1));
}
