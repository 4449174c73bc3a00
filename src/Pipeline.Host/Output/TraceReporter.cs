using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>
/// Passes a run's events on, and keeps when its steps and their parts began and ended: a trace in Chrome's format, which
/// <c>chrome://tracing</c> and Perfetto show.
/// </summary>
/// <param name="inner">Who shows the events.</param>
/// <param name="time">The clock.</param>
public sealed class TraceReporter(IReporter inner, TimeProvider time) : IReporter
{
    /// <summary>The first lane of threads; steps are in the lanes below it.</summary>
    public const int FirstThread = 100;

    private const int Process = 1;
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private readonly List<TraceEvent> _events = [];
    private readonly List<Stack<TracedStep>> _lanes = [];
    private readonly Dictionary<int, double> _free = [];

    /// <inheritdoc/>
    public IStep Step(string name, IStep? parent = null)
    {
        var step = inner.Step(name, (parent as TracedStep)?.Inner ?? parent);
        lock (_gate)
        {
            var lane = LaneFor(parent as TracedStep);
            var traced = new TracedStep(this, step, name, lane, Now());
            _lanes[lane].Push(traced);
            return traced;
        }
    }

    /// <inheritdoc/>
    public void Note(string text) => inner.Note(text);

    /// <inheritdoc/>
    public void Note(string text, IStep step) => inner.Note(text, Inner(step));

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic) => inner.Report(diagnostic);

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic, IStep step) => inner.Report(diagnostic, Inner(step));

    /// <summary>The trace: an array of complete events, microseconds since this was made, ordered by beginning.</summary>
    public byte[] ToJson()
    {
        lock (_gate)
        {
            TraceEvent[] events = [.. _events.OrderBy(e => e.Start).ThenByDescending(e => e.Duration).ThenBy(e => e.Lane)];
            return JsonSerializer.SerializeToUtf8Bytes(events, TraceJson.Default.TraceEventArray);
        }
    }

    private static IStep Inner(IStep step) => (step as TracedStep)?.Inner ?? step;

    /// <summary>A lane where the step lies inside of what is open there: nothing, its parent, or the step that began last.</summary>
    private int LaneFor(TracedStep? parent)
    {
        for (var lane = 0; lane < _lanes.Count; lane++)
        {
            if (!_lanes[lane].TryPeek(out var top) || parent is null || top == parent)
            {
                return lane;
            }
        }

        _lanes.Add(new());
        return _lanes.Count - 1;
    }

    private void End(TracedStep step)
    {
        lock (_gate)
        {
            // A step that outlives the one around it is cut where that ended: what a lane shows nests.
            var lane = _lanes[step.Lane];
            while (lane.TryPop(out var top))
            {
                _events.Add(new(top.Name, "step", top.Start, Math.Max(0, Now() - top.Start), Process, step.Lane));
                if (top == step)
                {
                    return;
                }
            }
        }
    }

    private void Part(int thread, string name, TimeSpan took)
    {
        lock (_gate)
        {
            // Reported when it ended, perhaps through a pipe: it cannot have begun before the one before it in its lane ended.
            var (lane, end) = (FirstThread + thread, Now());
            var start = Math.Min(end, Math.Max(_free.GetValueOrDefault(lane), end - took.TotalMicroseconds));
            _free[lane] = end;
            _events.Add(new(name, "part", start, end - start, Process, lane));
        }
    }

    private double Now() => Math.Round(time.GetElapsedTime(_start).TotalMicroseconds, 1);

    private sealed class TracedStep(TraceReporter owner, IStep inner, string name, int lane, double start) : IStep
    {
        private int _ended;

        public IStep Inner => inner;

        public string Name => name;

        public int Lane => lane;

        public double Start => start;

        public void Progress(long done, long total, string what, string unit) => inner.Progress(done, total, what, unit);

        public void Part(int thread, string part, TimeSpan took)
        {
            inner.Part(thread, part, took);
            owner.Part(thread, part, took);
        }

        public void Done(string? summary) => inner.Done(summary);

        public void Fail(string reason) => inner.Fail(reason);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                owner.End(this);
            }

            inner.Dispose();
        }
    }
}

/// <summary>A complete event of a trace.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Category"><c>step</c>, or <c>part</c> of one.</param>
/// <param name="Start">Microseconds since the trace began.</param>
/// <param name="Duration">Microseconds.</param>
/// <param name="Process">Always the same.</param>
/// <param name="Lane">What lies in one lane nests: steps below 100, the threads of steps above.</param>
/// <param name="Phase">"Complete".</param>
internal sealed record TraceEvent(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("cat")] string Category,
    [property: JsonPropertyName("ts")] double Start,
    [property: JsonPropertyName("dur")] double Duration,
    [property: JsonPropertyName("pid")] int Process,
    [property: JsonPropertyName("tid")] int Lane,
    [property: JsonPropertyName("ph")] string Phase = "X"
);

/// <summary>Writes traces without reflection.</summary>
[JsonSerializable(typeof(TraceEvent[]))]
internal sealed partial class TraceJson : JsonSerializerContext;
