namespace Pipeline.Host.Output;

/// <summary>How the events of a run are shown on standard error.</summary>
public enum ReporterStyle
{
    /// <summary>Live lines on a terminal, replaced as work goes on.</summary>
    Terminal,

    /// <summary>Plain lines, for CI logs and files.</summary>
    Plain,

    /// <summary>One JSON object per line, for programs.</summary>
    Json,

    /// <summary>Nothing but errors.</summary>
    Quiet,
}

/// <summary>Makes renderings.</summary>
public static class Renderings
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>Terminal when standard error is one that can move its cursor, and CI is not set; else plain.</summary>
    /// <param name="errorIsTerminal">Whether standard error is one.</param>
    /// <param name="ci">The variable CI.</param>
    /// <param name="term">The variable TERM; <c>dumb</c> is what editors and some CI servers say.</param>
    public static ReporterStyle Detect(bool errorIsTerminal, string? ci, string? term) =>
        errorIsTerminal && string.IsNullOrEmpty(ci) && !string.IsNullOrEmpty(term) && term != "dumb"
            ? ReporterStyle.Terminal
            : ReporterStyle.Plain;

    /// <summary>The rendering of a style.</summary>
    /// <param name="style">Which.</param>
    /// <param name="writer">Standard error.</param>
    /// <param name="colour">Whether diagnostics are coloured.</param>
    /// <param name="time">Clock for durations and rates.</param>
    public static IRendering Of(ReporterStyle style, TextWriter writer, bool colour, TimeProvider time) =>
        style switch
        {
            ReporterStyle.Terminal => Ticking(new TerminalRendering(writer, TerminalWidth, colour, time), time),
            ReporterStyle.Json => new JsonRendering(writer),
            ReporterStyle.Quiet => new QuietRendering(writer, colour),
            _ => new PlainRendering(writer, colour),
        };

    /// <summary>Redraws it every second, as long as the program runs.</summary>
    private static TickingRendering Ticking(TerminalRendering terminal, TimeProvider time) =>
        new(terminal, time.CreateTimer(_ => terminal.Redraw(), null, Tick, Tick));

    /// <summary>The width of the terminal that standard error is, now; standard output may be a file.</summary>
    private static unsafe int TerminalWidth()
    {
        const int error = 2;
        var size = stackalloc ushort[4]; // struct winsize: rows, columns, and twice nothing
        return Libc.ioctl(error, OpenFlags.Host.GetWindowSize, (nint)size) == 0 ? size[1] : 0;
    }

    /// <summary>Keeps the timer.</summary>
    private sealed class TickingRendering(TerminalRendering terminal, ITimer timer) : IRendering, IDisposable
    {
        public void Take(RunEvent happened) => terminal.Take(happened);

        public void Dispose() => timer.Dispose();
    }
}
