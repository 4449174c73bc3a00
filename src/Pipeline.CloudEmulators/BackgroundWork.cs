using Pipeline.Host.Output;

namespace Pipeline.CloudEmulators;

/// <summary>Work that goes on after its request was answered; the end of the emulator waits for it.</summary>
/// <param name="reporter">Receives what fails.</param>
internal sealed class BackgroundWork(IReporter reporter)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>Begins work.</summary>
    public void Begin(Func<Task> work)
    {
        var task = GuardAsync(work);
        lock (_lock)
        {
            _running.Add(task);
        }

        _ = task.ContinueWith(
            t =>
            {
                lock (_lock)
                {
                    _running.Remove(t);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    /// <summary>Waits until nothing is running.</summary>
    public async Task IdleAsync(CancellationToken cancellationToken)
    {
        while (Running() is { Length: > 0 } running)
        {
            await Task.WhenAll(running).WaitAsync(cancellationToken);
        }
    }

    private Task[] Running()
    {
        lock (_lock)
        {
            return [.. _running];
        }
    }

    private async Task GuardAsync(Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reporter.Report(EmulatorDiagnostics.WorkFailed(e.Message));
        }
    }
}
