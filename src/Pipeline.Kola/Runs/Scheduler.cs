using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Pipeline.Kola.Machines;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>Work on one machine.</summary>
/// <param name="Shape">The machine it needs.</param>
/// <param name="Run">Does it, and hands over each result as it comes.</param>
internal sealed record MachineJob<T>(MachineShape Shape, Func<Action<T>, CancellationToken, Task> Run)
{
    /// <summary>Completes when the job may start.</summary>
    public Task Ready { get; init; } = Task.CompletedTask;

    /// <summary>Ports of this host that no other job may use meanwhile.</summary>
    public ValueList<int> Ports { get; init; } = [];
}

/// <summary>
/// Runs as many jobs at once as a budget allows, and gives their results as a stream in the order of the jobs, whatever order they end in:
/// two runs of the same jobs read the same.
/// </summary>
/// <param name="budget">What machines may use at once.</param>
/// <param name="defaultCpus">Virtual CPUs of a machine that does not ask for a number.</param>
internal sealed class Scheduler(MachineBudget budget, int defaultCpus)
{
    /// <summary>Runs all jobs. When the reader stops, or a job throws, the others are ended before this returns.</summary>
    /// <param name="jobs">The jobs, in the order their results are wanted.</param>
    /// <param name="cancellationToken">Ends the jobs.</param>
    public async IAsyncEnumerable<T> RunAsync<T>(
        IReadOnlyList<MachineJob<T>> jobs,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = jobs.Select(_ => Channel.CreateUnbounded<T>()).ToArray();
        var pump = PumpAsync(jobs, results, stop.Token);
        try
        {
            foreach (var result in results)
            {
                await foreach (var item in result.Reader.ReadAllAsync(cancellationToken))
                {
                    yield return item;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await pump;
        }
    }

    /// <summary>Starts jobs as the budget allows; never throws, failures go to the job's channel. Ends when no job runs.</summary>
    private async Task PumpAsync<T>(IReadOnlyList<MachineJob<T>> jobs, Channel<T>[] results, CancellationToken cancellationToken)
    {
        var waiting = Enumerable.Range(0, jobs.Count).ToList();
        var running = new Dictionary<Task, MachineJob<T>>();
        while ((waiting.Count > 0 && !cancellationToken.IsCancellationRequested) || running.Count > 0)
        {
            // The first that may start, so that a large machine is not passed by small ones for ever.
            var next = cancellationToken.IsCancellationRequested ? -1 : waiting.FindIndex(i => MayStart(jobs[i], running.Values));
            if (next >= 0 && budget.Fits([.. running.Values.Select(j => j.Shape)], jobs[waiting[next]].Shape, defaultCpus))
            {
                var index = waiting[next];
                waiting.RemoveAt(next);
                running.Add(RunAsync(jobs[index], results[index].Writer, cancellationToken), jobs[index]);
                continue;
            }

            var events = running.Keys.Concat(waiting.Select(i => jobs[i].Ready).Where(r => !r.IsCompleted)).ToList();
            await Task.WhenAny(events).WaitAsync(cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            if (cancellationToken.IsCancellationRequested)
            {
                await Task.WhenAll(running.Keys);
            }

            foreach (var done in running.Keys.Where(t => t.IsCompleted).ToList())
            {
                running.Remove(done);
            }
        }

        foreach (var index in waiting)
        {
            results[index].Writer.TryComplete(new OperationCanceledException(cancellationToken));
        }
    }

    private static bool MayStart<T>(MachineJob<T> job, IEnumerable<MachineJob<T>> running) =>
        job.Ready.IsCompleted && !running.Any(r => r.Ports.Intersect(job.Ports).Any());

    private static async Task RunAsync<T>(MachineJob<T> job, ChannelWriter<T> results, CancellationToken cancellationToken)
    {
        try
        {
            // A thread of its own: what a job does before its first wait must not hold up the others.
            await Task.Run(() => job.Run(item => results.TryWrite(item), cancellationToken), cancellationToken);
            results.TryComplete();
        }
#pragma warning disable CA1031 // the reader throws it on
        catch (Exception e)
#pragma warning restore CA1031
        {
            results.TryComplete(e);
        }
    }
}
