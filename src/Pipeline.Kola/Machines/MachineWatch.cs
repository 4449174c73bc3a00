using System.Globalization;
using Pipeline.Kola.Checks;

namespace Pipeline.Kola.Machines;

/// <summary>
/// Ends work against a machine that is lost: by a fatal console line, the machine's end, or a console that is silent for too long.
/// </summary>
/// <param name="console">The console.</param>
/// <param name="end">Completes with the reason when the machine has ended.</param>
/// <param name="emulated">Whether the processors are emulated.</param>
/// <param name="time">Clock.</param>
internal sealed class MachineWatch(ConsoleFollower console, Task<string> end, bool emulated, TimeProvider time)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>As <see cref="IMachine.GuardAsync"/>.</summary>
    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan? silence, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var start = time.GetTimestamp();
        var running = work(stop.Token);
        while (!running.IsCompleted)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                // The work has the same token. A cancelled delay would complete at once, again and again.
                await QuietlyAsync(running);
                break;
            }

            await Task.WhenAny(running, console.Fatal, end, Task.Delay(Beat, time, cancellationToken));
            var lost = running.IsCompleted ? null : await LossAsync(silence, start);
            if (lost is not null)
            {
                await stop.CancelAsync();
                await QuietlyAsync(running);
                cancellationToken.ThrowIfCancellationRequested();
                throw new MachineFailedException(lost) { HostIsToBlame = await HostIsToBlameAsync() };
            }
        }

        try
        {
            return await running;
        }
        catch (MachineFailedException e)
        {
            throw await ReasonAsync(e, cancellationToken);
        }
    }

    private static Task QuietlyAsync(Task running) =>
        running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>
    /// A guest that is lost is often a machine that ends: its console and its own end come a moment after the guest's connection
    /// breaks, and say why.
    /// </summary>
    private async Task<MachineFailedException> ReasonAsync(MachineFailedException guest, CancellationToken cancellationToken)
    {
        await Task.WhenAny(console.Fatal, end, Task.Delay(Settling, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return await LossAsync(null, 0) is { } reason
            ? new MachineFailedException(reason) { HostIsToBlame = await HostIsToBlameAsync() }
            : guest;
    }

    private async Task<bool> HostIsToBlameAsync() =>
        console.Fatal.IsCompletedSuccessfully
        && (await console.Fatal).Pattern.Kind switch
        {
            FatalKind.HostTiming => true,
            FatalKind.Emulation => emulated,
            _ => false,
        };

    private async Task<string?> LossAsync(TimeSpan? silence, long start)
    {
        if (console.Fatal.IsCompleted)
        {
            return (await console.Fatal).ToString();
        }

        if (end.IsCompleted)
        {
            return end.IsCompletedSuccessfully ? await end : end.Exception?.InnerException?.Message ?? "the machine was ended";
        }

        if (silence is { } limit && console.Silence > limit && time.GetElapsedTime(start) > limit)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"no console progress for {limit.TotalSeconds:0} s; last line: {console.LastLine}"
            );
        }

        return null;
    }
}
