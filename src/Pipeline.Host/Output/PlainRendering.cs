using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>A line for every step that ended, note and diagnostic. Steps are indented below their parents.</summary>
internal sealed class PlainRendering(TextWriter writer, bool colour) : IRendering
{
    private readonly OpenSteps _steps = new(null);

    public void Take(RunEvent happened)
    {
        var line = Lines.Of(happened, _steps, colour);
        _steps.Take(happened);
        if (line is not null)
        {
            writer.WriteLine(line);
            writer.Flush();
        }
    }
}

/// <summary>Errors only.</summary>
internal sealed class QuietRendering(TextWriter writer, bool colour) : IRendering
{
    public void Take(RunEvent happened)
    {
        if (happened is Diagnosed { Diagnostic.Severity: Severity.Error } error)
        {
            writer.WriteLine(Lines.Of(error.Diagnostic, colour));
            writer.Flush();
        }
    }
}

/// <summary>One JSON object per line, every event but parts of steps.</summary>
internal sealed class JsonRendering(TextWriter writer) : IRendering
{
    public void Take(RunEvent happened)
    {
        if (happened is not PartEnded)
        {
            writer.Write(happened.ToJson() + "\n");
            writer.Flush();
        }
    }
}
