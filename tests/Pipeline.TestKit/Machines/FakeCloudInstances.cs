using System.Collections.Concurrent;
using System.Globalization;
using Pipeline.Clouds.Instances;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Machines;

/// <summary>Instances of a cloud in memory.</summary>
public sealed class FakeCloudInstances : ICloudInstances
{
    private readonly ConcurrentDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private int _next;

    /// <inheritdoc/>
    public string Platform => "fakecloud";

    /// <summary>What was launched, in order.</summary>
    public ConcurrentQueue<CloudLaunch> Launches { get; } = new();

    /// <summary>Why a shape cannot be had; none by default.</summary>
    public Func<CloudInstanceShape, string> Lacking { get; init; } = _ => "";

    /// <inheritdoc/>
    public string Lacks(CloudInstanceShape shape) => Lacking(shape);

    /// <summary>The console of an instance prints.</summary>
    public void Print(string id, string text) => _instances[id].Console += text;

    /// <summary>An instance gets into another state.</summary>
    public void Set(string id, CloudInstanceState state) => _instances[id].State = state;

    /// <summary>How often an instance booted.</summary>
    public int Boots(string id) => _instances[id].Boots;

    /// <inheritdoc/>
    public Task<CloudInstance> LaunchAsync(CloudLaunch launch, CancellationToken cancellationToken)
    {
        var known = _instances.Values.FirstOrDefault(i => i.Launch.Name == launch.Name && i.State != CloudInstanceState.Terminated);
        if (known is null)
        {
            known = new(string.Create(CultureInfo.InvariantCulture, $"i-{Interlocked.Increment(ref _next)}"), launch);
            _instances[known.Id] = known;
            Launches.Enqueue(launch);
        }

        return Task.FromResult(known.Describe());
    }

    /// <summary>A pending instance runs at the second look.</summary>
    public Task<CloudInstance?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var instance = _instances.GetValueOrDefault(id);
        if (instance is { State: CloudInstanceState.Pending })
        {
            instance.State = CloudInstanceState.Running;
        }

        return Task.FromResult(instance?.Describe());
    }

    /// <inheritdoc/>
    public Task<string> ConsoleAsync(string id, CancellationToken cancellationToken) => Task.FromResult(_instances[id].Console);

    /// <inheritdoc/>
    public Task RebootAsync(string id, CancellationToken cancellationToken)
    {
        _instances[id].Boots++;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task TerminateAsync(string id, CancellationToken cancellationToken)
    {
        if (_instances.TryGetValue(id, out var instance))
        {
            instance.State = CloudInstanceState.Terminated;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ValueList<CloudInstance>> ListAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken) =>
        Task.FromResult(
            _instances
                .Values.Where(i => i.State != CloudInstanceState.Terminated)
                .Where(i => tags.All(t => i.Launch.Tags.TryGetValue(t.Key, out var value) && value == t.Value))
                .OrderBy(i => i.Id, StringComparer.Ordinal)
                .Select(i => i.Describe())
                .ToValueList()
        );

    private sealed class Instance(string id, CloudLaunch launch)
    {
        public string Id => id;

        public CloudLaunch Launch => launch;

        public CloudInstanceState State { get; set; } = CloudInstanceState.Pending;

        public string Console { get; set; } = "";

        public int Boots { get; set; }

        public CloudInstance Describe() => new(id, launch.Name, State, State == CloudInstanceState.Running ? "192.0.2.7" : null);
    }
}
