using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>
/// The events of a run as its code reports them: steps that nest and time themselves, notes, diagnostics. Renderings go to standard error;
/// answers go to standard output. Safe for use from several threads.
/// </summary>
public interface IReporter
{
    /// <summary>
    /// Begins a step; it ends, with its duration, when disposed. <see cref="IStep.Done"/> or <see cref="IStep.Fail"/> says how; a step that
    /// is disposed without either was stopped.
    /// </summary>
    /// <param name="name">What it does, lower case.</param>
    /// <param name="parent">
    /// The step it is a part of. <c>null</c> for the innermost step that is open in the caller's asynchronous context: tasks that run side
    /// by side below one step nest by themselves.
    /// </param>
    IStep Step(string name, IStep? parent = null);

    /// <summary>Reports something worth a line, as a part of the innermost open step.</summary>
    void Note(string text);

    /// <summary>Reports something worth a line, as a part of <paramref name="step"/>.</summary>
    void Note(string text, IStep step);

    /// <summary>Reports a problem that the innermost open step found.</summary>
    void Report(Diagnostic diagnostic);

    /// <summary>Reports a problem that <paramref name="step"/> found.</summary>
    void Report(Diagnostic diagnostic, IStep step);
}

/// <summary>A running step.</summary>
public interface IStep : IDisposable
{
    /// <summary>Reports how far the step is; called as often as convenient.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all, or 0 when unknown.</param>
    /// <param name="what">What is under way, for example a file name.</param>
    /// <param name="unit">What is counted, see <see cref="ProgressUnits"/>.</param>
    void Progress(long done, long total, string what, string unit = ProgressUnits.None);

    /// <summary>
    /// One of its threads did a part of its work and ended it just now. Only traces (<see cref="TraceReporter"/>) show it.
    /// </summary>
    /// <param name="thread">Which, from 0.</param>
    /// <param name="name">What it was, for example a package.</param>
    /// <param name="took">How long.</param>
    void Part(int thread, string name, TimeSpan took);

    /// <summary>The step did its work. Called before it is disposed; the last call counts.</summary>
    /// <param name="summary">A remark shown beside the duration, for example "197 packages, cached".</param>
    void Done(string? summary = null);

    /// <summary>The step's work failed in a way that does not end the run. Called before it is disposed; the last call counts.</summary>
    /// <param name="reason">Why.</param>
    void Fail(string reason);
}
