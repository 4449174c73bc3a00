using System.Collections.Concurrent;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>Keeps what a run tells.</summary>
public sealed class TestReporter : IReporter
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>Notes, step names and diagnostics in order.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <inheritdoc/>
    public IStep Step(string name)
    {
        _lines.Enqueue(name);
        return new SilentStep();
    }

    /// <inheritdoc/>
    public void Note(string text) => _lines.Enqueue(text);

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic) => _lines.Enqueue(diagnostic.ToString());

    private sealed class SilentStep : IStep
    {
        public void Progress(long done, long total, string what) { }

        public void Summary(string text) { }

        public void Dispose() { }
    }
}
