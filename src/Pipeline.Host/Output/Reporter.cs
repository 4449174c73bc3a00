using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>Numbers steps, times them, finds their parents and hands the events to one rendering.</summary>
/// <param name="rendering">Where the events go.</param>
/// <param name="time">Clock for durations.</param>
public sealed class Reporter(IRendering rendering, TimeProvider time) : IReporter
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly AsyncLocal<RunningStep?> _current = new();
    private IRendering _rendering = rendering;
    private int _lastId;

    /// <summary>A reporter that writes to a text writer.</summary>
    public Reporter(TextWriter writer, ReporterStyle style, TimeProvider time, bool colour = false)
        : this(Renderings.Of(style, writer, colour, time), time) { }

    /// <summary>Steps that are left early after this was cancelled say so.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Sends what follows to another rendering; for the start of a program, before any step.</summary>
    public void Use(IRendering other)
    {
        lock (_gate)
        {
            _rendering = other;
        }
    }

    /// <inheritdoc/>
    public IStep Step(string name, IStep? parent = null)
    {
        var above = parent as RunningStep ?? Current;
        RunningStep step;
        lock (_gate)
        {
            step = new(this, ++_lastId, above, time.GetTimestamp());
            _rendering.Take(new StepStarted(step.Id, above?.Id, name));
        }

        if (parent is null)
        {
            _current.Value = step;
        }

        return step;
    }

    /// <inheritdoc/>
    public void Note(string text) => Send(new Noted(Current?.Id, text));

    /// <inheritdoc/>
    public void Note(string text, IStep step) => Send(new Noted((step as RunningStep)?.Id, text));

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic) => Send(new Diagnosed(Current?.Id, diagnostic));

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic, IStep step) => Send(new Diagnosed((step as RunningStep)?.Id, diagnostic));

    /// <summary>The innermost step of this asynchronous context that has not ended.</summary>
    private RunningStep? Current
    {
        get
        {
            var step = _current.Value;
            while (step is { Ended: true })
            {
                step = step.Parent;
            }

            return step;
        }
    }

    private void Send(RunEvent happened)
    {
        lock (_gate)
        {
            _rendering.Take(happened);
        }
    }

    private sealed class RunningStep(Reporter owner, int id, RunningStep? parent, long start) : IStep
    {
        private StepOutcome _outcome = StepOutcome.Stopped;
        private string? _summary;
        private long _lastProgress;
        private int _ended;

        public int Id => id;

        public RunningStep? Parent => parent;

        public bool Ended => Volatile.Read(ref _ended) != 0;

        public void Progress(long done, long total, string what, string unit)
        {
            var last = Interlocked.Read(ref _lastProgress);
            var now = owner.Time.GetTimestamp();
            var due = last == 0 || owner.Time.GetElapsedTime(last, now) >= ProgressInterval;
            if (due && !Ended && Interlocked.CompareExchange(ref _lastProgress, now, last) == last)
            {
                owner.Send(new StepProgressed(id, unit, done, total, what));
            }
        }

        public void Part(int thread, string name, TimeSpan took) =>
            owner.Send(new PartEnded(id, thread, name, Math.Round(took.TotalSeconds, 6)));

        public void Done(string? summary) => (_outcome, _summary) = (StepOutcome.Done, summary);

        public void Fail(string reason) => (_outcome, _summary) = (StepOutcome.Failed, reason);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                if (_outcome == StepOutcome.Stopped && owner.Cancellation.IsCancellationRequested)
                {
                    _summary = "cancelled";
                }

                owner.Send(new StepEnded(id, _outcome, Math.Round(owner.Time.GetElapsedTime(start).TotalSeconds, 3), _summary));
            }
        }
    }

    private TimeProvider Time => time;
}
