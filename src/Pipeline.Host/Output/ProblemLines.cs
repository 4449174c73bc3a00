using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>Shows problems in a form of the caller's, each on a line of its own, and everything else as another rendering does.</summary>
/// <param name="inner">Draws everything.</param>
/// <param name="line">The form; one line.</param>
public sealed class ProblemLines(IRendering inner, Func<Diagnostic, string> line) : IRendering
{
    /// <inheritdoc/>
    public void Take(RunEvent happened) => inner.Take(happened is Diagnosed problem ? new Noted(null, line(problem.Diagnostic)) : happened);
}
