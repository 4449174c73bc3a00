using System.Collections.Concurrent;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;

namespace Pipeline.TestKit.Machines;

/// <summary>
/// A machine in memory: it boots at once, resets and powers off when its guest is asked to, and is lost when a test says so.
/// </summary>
public sealed class FakeMachine : IMachine
{
    private readonly FakeMachineProvider _provider;
    private readonly MachineStart _start;
    private readonly ConcurrentQueue<string> _marks = new();
    private readonly TaskCompletionSource<MachineFailedException> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeGuest? _guest;
    private int _resets;
    private int _journals;
    private bool _disposed;

    /// <summary>A machine of a provider.</summary>
    public FakeMachine(FakeMachineProvider provider, MachineStart start, bool forked)
    {
        _provider = provider;
        _start = start;
        Forked = forked;
        Directory.CreateDirectory(start.OutputDirectory);
        File.WriteAllText(Path.Combine(start.OutputDirectory, "console.txt"), "");
    }

    /// <summary>Whether it started from a saved machine.</summary>
    public bool Forked { get; }

    /// <summary>Its name: that of its output folder.</summary>
    public string Name => Path.GetFileName(_start.OutputDirectory);

    /// <summary>The Ignition config it was started with.</summary>
    public string? Ignition => _start.Ignition;

    /// <inheritdoc/>
    public MachineShape Shape => _start.Shape;

    /// <inheritdoc/>
    public string OutputDirectory => _start.OutputDirectory;

    /// <inheritdoc/>
    public IGuest Guest => _guest ?? throw new InvalidOperationException("the machine is not up yet");

    /// <inheritdoc/>
    public TimeSpan Patience => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public MachineAccess Access => new("ssh fake", Path.Combine(OutputDirectory, "console.txt"), _provider.Serial, null);

    /// <inheritdoc/>
    public string LastLine => "login:";

    /// <summary>What its kernel says of the current boot.</summary>
    public string BootIdentity => $"boot-{Name}-{Volatile.Read(ref _resets)}\n0\n";

    /// <summary>Something broken appears on the console.</summary>
    public void Mark(string line) => _marks.Enqueue(line);

    /// <summary>The machine is lost.</summary>
    public void Lose(string reason, bool hostIsToBlame = false) => _lost.TrySetResult(new(reason) { HostIsToBlame = hostIsToBlame });

    /// <summary>The guest resets.</summary>
    public void Reset()
    {
        _guest?.End();
        Interlocked.Increment(ref _resets);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeMarks()
    {
        var taken = new List<string>();
        while (_marks.TryDequeue(out var mark))
        {
            taken.Add(mark);
        }

        return taken;
    }

    /// <inheritdoc/>
    public Task WaitForGuestAsync(CancellationToken cancellationToken) =>
        GuardAsync(
            _ =>
            {
                _provider.Booting(this);
                _guest = new((command, input, token) => _provider.AnswerAsync(this, command, input, token));
                var journal = Path.Combine(OutputDirectory, _journals++ == 0 ? "journal.txt" : $"journal-{_journals}.txt");
                File.AppendAllText(journal, "");
                return Task.FromResult(true);
            },
            null,
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task RebootAsync(MachineReboot kind, Func<CancellationToken, Task> begin, CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref _resets);
        await begin(cancellationToken);
        await GuardAsync(
            async token =>
            {
                for (var i = 0; i < 200 && Volatile.Read(ref _resets) == before; i++)
                {
                    await Task.Delay(10, token);
                }

                return Volatile.Read(ref _resets) == before ? throw new MachineFailedException("no console progress for 2 s") : true;
            },
            Patience,
            cancellationToken
        );
        await WaitForGuestAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan? silence, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = work(stop.Token);
        await Task.WhenAny(running, _lost.Task);
        if (_lost.Task.IsCompleted)
        {
            await stop.CancelAsync();
            await running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw await _lost.Task;
        }

        return await running;
    }

    /// <inheritdoc/>
    public Task<ToolCommand> SshCommandAsync(IReadOnlyList<string> options, string? command, CancellationToken cancellationToken) =>
        Task.FromResult<ToolCommand>(new("sh", command is null ? ["-c", "true"] : ["-c", command]));

    /// <inheritdoc/>
    public Task<ISavedMachine> SaveAsync(CancellationToken cancellationToken) =>
        _provider.CanSave ? Task.FromResult<ISavedMachine>(new Saved(_provider, _start)) : throw new NotSupportedException("fake");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            _guest?.End();
            _provider.Ended(this);
        }

        return ValueTask.CompletedTask;
    }

    private sealed class Saved(FakeMachineProvider provider, MachineStart start) : ISavedMachine
    {
        public MachineShape Shape => start.Shape;

        public async Task<IMachine> StartAsync(string output, CancellationToken cancellationToken)
        {
            var machine = provider.Start(start with { OutputDirectory = output }, forked: true);
            await machine.WaitForGuestAsync(cancellationToken);
            return machine;
        }

        public ValueTask DisposeAsync()
        {
            provider.Note("saved machine dropped");
            return ValueTask.CompletedTask;
        }
    }
}
