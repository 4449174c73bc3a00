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
    /// <summary>Terminal when standard error is one and CI is not set; else plain.</summary>
    public static ReporterStyle Detect(bool errorIsTerminal, string? ci) =>
        errorIsTerminal && string.IsNullOrEmpty(ci) ? ReporterStyle.Terminal : ReporterStyle.Plain;

    /// <summary>The rendering of a style.</summary>
    /// <param name="style">Which.</param>
    /// <param name="writer">Standard error.</param>
    /// <param name="colour">Whether diagnostics are coloured.</param>
    public static IRendering Of(ReporterStyle style, TextWriter writer, bool colour) =>
        style switch
        {
            ReporterStyle.Terminal => new TerminalRendering(writer, TerminalWidth, colour),
            ReporterStyle.Json => new JsonRendering(writer),
            ReporterStyle.Quiet => new QuietRendering(writer, colour),
            _ => new PlainRendering(writer, colour),
        };

    private static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
