namespace Pipeline.Host.Output;

/// <summary>The steps that run now, as a rendering sees them.</summary>
/// <param name="time">Clock of a rendering that shows how long steps run; <c>null</c> for others.</param>
internal sealed class OpenSteps(TimeProvider? time)
{
    private readonly Dictionary<int, OpenStep> _open = [];

    /// <summary>Steps without open steps below them, in the order they began.</summary>
    public IEnumerable<OpenStep> Leaves => _open.Values.Where(s => s.OpenChildren == 0).OrderBy(s => s.Id);

    /// <summary>The open step with this number, or <c>null</c>.</summary>
    public OpenStep? Find(int? id) => id is { } known && _open.TryGetValue(known, out var step) ? step : null;

    /// <summary>Follows an event.</summary>
    public void Take(RunEvent happened)
    {
        switch (happened)
        {
            case StepStarted started:
                Add(started);
                break;
            case StepProgressed progressed when Find(progressed.Id) is { } step:
                step.Take(progressed);
                break;
            case StepEnded ended when _open.Remove(ended.Id, out var step):
                step.Parent?.OpenChildren -= 1;
                break;
            default:
                break;
        }
    }

    private void Add(StepStarted started)
    {
        var parent = Find(started.Parent);
        var step = new OpenStep(started.Id, started.Name, parent, time);
        foreach (var beside in _open.Values.Where(s => s.Parent == parent))
        {
            beside.HasCompany = true;
            step.HasCompany = true;
        }

        parent?.OpenChildren += 1;
        _open[step.Id] = step;
    }
}

/// <summary>A step that runs now.</summary>
internal sealed class OpenStep(int id, string name, OpenStep? parent, TimeProvider? time)
{
    private readonly long _start = time?.GetTimestamp() ?? 0;
    private (long At, long Done)? _first;

    public int Id => id;

    public string Name => name;

    public OpenStep? Parent => parent;

    /// <summary>How many open steps have this one as their parent.</summary>
    public int OpenChildren { get; set; }

    /// <summary>Whether another step of the same parent ran at the same time; then lines below this one are marked with its name.</summary>
    public bool HasCompany { get; set; }

    public StepProgressed? Progress { get; private set; }

    /// <summary>How long it runs.</summary>
    public TimeSpan Elapsed => time?.GetElapsedTime(_start) ?? TimeSpan.Zero;

    /// <summary>
    /// Units in a second since the first that were counted: what was there before does not make it look fast. <c>null</c> in the first
    /// second, and for what counts nothing.
    /// </summary>
    public double? Rate =>
        time is not null
        && _first is { } first
        && Progress is { Unit.Length: > 0 } now
        && time.GetElapsedTime(first.At) is { TotalSeconds: >= 1 } passed
        && now.Done > first.Done
            ? (now.Done - first.Done) / passed.TotalSeconds
            : null;

    /// <summary>Follows its progress.</summary>
    public void Take(StepProgressed progressed)
    {
        Progress = progressed;
        _first ??= (time?.GetTimestamp() ?? 0, progressed.Done);
    }

    /// <summary>How many steps it is below.</summary>
    public int Depth => parent is null ? 0 : parent.Depth + 1;

    /// <summary>
    /// What stands in front of lines of this step's own steps and notes: indentation, and names where steps run side by side.
    /// </summary>
    public string Inside => new string(' ', checked((Depth + 1) * 2)) + Marks;

    /// <summary>What stands in front of this step's own line.</summary>
    public string Margin => parent?.Inside ?? "";

    private string Marks => (parent?.Marks ?? "") + (HasCompany ? $"{name} > " : "");
}
