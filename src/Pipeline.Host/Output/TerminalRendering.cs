using System.Text;

namespace Pipeline.Host.Output;

/// <summary>
/// Lasting lines as <see cref="PlainRendering"/>, and below them one live line for each step at work, cut to the terminal's width. Steps
/// that run for long show how long, and how fast what they count goes on.
/// </summary>
/// <param name="writer">The terminal.</param>
/// <param name="width">Columns of the terminal now; 0 when unknown.</param>
/// <param name="colour">Whether diagnostics are coloured.</param>
/// <param name="time">Clock for durations and rates.</param>
internal sealed class TerminalRendering(TextWriter writer, Func<int> width, bool colour, TimeProvider time) : IRendering
{
    private const int UnknownWidth = 80;
    private const int MostLiveLines = 8;

    private readonly Lock _gate = new();
    private readonly OpenSteps _steps = new(time);
    private int _live;

    public void Take(RunEvent happened)
    {
        lock (_gate)
        {
            var line = Lines.Of(happened, _steps, colour);
            _steps.Take(happened);
            Show(line);
        }
    }

    /// <summary>Draws the live lines anew, because time went on. Called from a timer.</summary>
    public void Redraw()
    {
        lock (_gate)
        {
            if (_live > 0)
            {
                Show(null);
            }
        }
    }

    private void Show(string? line)
    {
        var text = new StringBuilder();
        Erase(text);
        if (line is not null)
        {
            text.Append(line).Append('\n');
        }

        Draw(text);
        writer.Write(text.ToString());
        writer.Flush();
    }

    /// <summary>Goes back to the first live line and clears from there.</summary>
    private void Erase(StringBuilder text)
    {
        if (_live > 0)
        {
            text.Append('\r');
            text.Insert(text.Length, "\e[1A", _live - 1);
            text.Append("\e[J");
        }
    }

    private void Draw(StringBuilder text)
    {
        // The last column stays free: a terminal that wraps there would move every line that follows.
        var columns = (width() is > 1 and var known ? known : UnknownWidth) - 1;
        var leaves = _steps.Leaves.ToArray();
        var shown = leaves.Length > MostLiveLines ? MostLiveLines - 1 : leaves.Length;
        var lines = leaves.Take(shown).Select(Lines.Live).ToList();
        if (shown < leaves.Length)
        {
            lines.Add($"and {leaves.Length - shown} more");
        }

        text.AppendJoin('\n', lines.Select(l => Columns.Cut(l, columns)));
        _live = lines.Count;
    }
}
