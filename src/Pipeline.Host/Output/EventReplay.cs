namespace Pipeline.Host.Output;

/// <summary>
/// Reports the events of another process as a part of this run. Disposing ends the steps that the other process left open.
/// </summary>
/// <param name="reporter">This run.</param>
/// <param name="parent">The step that the other process's steps are parts of; <c>null</c> for the caller's innermost open step.</param>
public sealed class EventReplay(IReporter reporter, IStep? parent = null) : IDisposable
{
    private readonly Dictionary<int, IStep> _open = [];

    /// <summary>Reports an event; numbers of steps are translated.</summary>
    public void Take(RunEvent happened)
    {
        switch (happened)
        {
            case StepStarted started:
                _open[started.Id] = reporter.Step(started.Name, Find(started.Parent) ?? parent);
                break;
            case StepProgressed progressed:
                Find(progressed.Id)?.Progress(progressed.Done, progressed.Total, progressed.What, progressed.Unit);
                break;
            case PartEnded part:
                Find(part.Id)?.Part(part.Thread, part.Name, TimeSpan.FromSeconds(part.Seconds));
                break;
            case StepEnded ended when _open.Remove(ended.Id, out var step):
                End(step, ended);
                break;
            case Noted note when (Find(note.Step) ?? parent) is { } step:
                reporter.Note(note.Text, step);
                break;
            case Noted note:
                reporter.Note(note.Text);
                break;
            case Diagnosed problem when (Find(problem.Step) ?? parent) is { } step:
                reporter.Report(problem.Diagnostic, step);
                break;
            case Diagnosed problem:
                reporter.Report(problem.Diagnostic);
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var step in _open.OrderByDescending(s => s.Key).Select(s => s.Value))
        {
            step.Dispose();
        }

        _open.Clear();
    }

    private IStep? Find(int? id) => id is { } known && _open.TryGetValue(known, out var step) ? step : null;

    private static void End(IStep step, StepEnded ended)
    {
        if (ended.Outcome == StepOutcome.Done)
        {
            step.Done(ended.Summary);
        }
        else if (ended.Outcome == StepOutcome.Failed)
        {
            step.Fail(ended.Summary ?? "");
        }

        step.Dispose();
    }
}
