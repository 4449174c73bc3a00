using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>The story of a run: steps that nest and time themselves, notes, diagnostics. Goes to standard error; answers go to standard output.</summary>
public interface IReporter
{
    /// <summary>Begins a step; it ends, with its duration, when disposed.</summary>
    IStep Step(string name);

    /// <summary>Tells something worth a line.</summary>
    void Note(string text);

    /// <summary>Shows a problem.</summary>
    void Report(Diagnostic diagnostic);
}

/// <summary>A running step.</summary>
public interface IStep : IDisposable
{
    /// <summary>Shows how far the step is; called as often as convenient, drawn a few times a second at most.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all, or 0 when unknown.</param>
    /// <param name="what">What is under way, for example a file name.</param>
    void Progress(long done, long total, string what);

    /// <summary>Adds a remark shown beside the duration when the step ends, for example "197 packages, cached".</summary>
    void Summary(string text);
}
