using System.Collections.Concurrent;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>A reporter that keeps what a run reports.</summary>
public sealed class TestReporter : IReporter
{
    private readonly RecordingRendering _events = new();
    private readonly Reporter _reporter;

    /// <summary>A reporter with the system's clock.</summary>
    public TestReporter() => _reporter = new(_events, TimeProvider.System);

    /// <summary>Everything reported, in order.</summary>
    public IReadOnlyList<RunEvent> Events => _events.Events;

    /// <summary>Notes, step names and diagnostics in order.</summary>
    public IReadOnlyList<string> Lines =>
        [
            .. Events
                .Select(e =>
                    e switch
                    {
                        StepStarted started => started.Name,
                        Noted note => note.Text,
                        Diagnosed problem => problem.Diagnostic.ToString(),
                        _ => null,
                    }
                )
                .OfType<string>(),
        ];

    /// <inheritdoc/>
    public IStep Step(string name, IStep? parent = null) => _reporter.Step(name, parent);

    /// <inheritdoc/>
    public void Note(string text) => _reporter.Note(text);

    /// <inheritdoc/>
    public void Note(string text, IStep step) => _reporter.Note(text, step);

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic) => _reporter.Report(diagnostic);

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic, IStep step) => _reporter.Report(diagnostic, step);
}

/// <summary>A rendering that keeps the events.</summary>
public sealed class RecordingRendering : IRendering
{
    private readonly ConcurrentQueue<RunEvent> _events = new();

    /// <summary>The events in order.</summary>
    public IReadOnlyList<RunEvent> Events => [.. _events];

    /// <inheritdoc/>
    public void Take(RunEvent happened) => _events.Enqueue(happened);
}
