using System.Collections.Concurrent;
using Pipeline.CloudEmulators.Machines;

namespace Pipeline.Tests.CloudEmulators;

/// <summary>Machines that do what a test says.</summary>
internal sealed class ScriptedMachines : IInstanceMachines
{
    private readonly ConcurrentDictionary<string, Machine> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<InstanceStart> _started = new();
    private readonly ConcurrentQueue<string> _ended = new();

    public string? Failure { get; init; }

    public IReadOnlyList<InstanceStart> Started => [.. _started];

    public IReadOnlyList<string> Ended => [.. _ended];

    public string Lacks(string architecture) => architecture == "x86_64" ? "" : "no such machines";

    public void PowerOff(string id) => _running[id].PowerOff();

    public async Task<IInstanceMachine> StartAsync(InstanceStart start, CancellationToken cancellationToken)
    {
        if (Failure is not null)
        {
            throw new InstanceFailedException(Failure);
        }

        Directory.CreateDirectory(start.Directory);
        await File.WriteAllTextAsync(start.Console, "booted\n", cancellationToken);
        _started.Enqueue(start);
        return _running[start.Id] = new(this, start);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Machine(ScriptedMachines owner, InstanceStart start) : IInstanceMachine
    {
        private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> End => _end.Task;

        public int SshPort => 22;

        public void PowerOff() => _end.SetResult("off");

        public Task ResetAsync(CancellationToken cancellationToken) => File.AppendAllTextAsync(start.Console, "reset\n", cancellationToken);

        public ValueTask DisposeAsync()
        {
            if (_end.TrySetResult("ended"))
            {
                owner._ended.Enqueue(start.Id);
            }

            return ValueTask.CompletedTask;
        }
    }
}
