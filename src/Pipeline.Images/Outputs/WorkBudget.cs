using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>
/// Runs pieces of work side by side within the memory there is, and never more of them than there are processors, because each of them uses
/// all processors while it compresses. A piece that needs more than there is runs alone.
/// </summary>
/// <param name="most">Pieces at the same time.</param>
/// <param name="memory">Memory for all that run.</param>
internal sealed class WorkBudget(int most, ByteSize memory)
{
    /// <summary>Runs all items; they begin in their order.</summary>
    /// <param name="items">The items.</param>
    /// <param name="cost">What memory an item needs.</param>
    /// <param name="work">Does an item.</param>
    /// <param name="cancellationToken">Stops all.</param>
    /// <remarks>The first failure stops the others and is thrown when they have ended.</remarks>
    public async Task RunAsync<T>(
        IReadOnlyList<T> items,
        Func<T, ByteSize> cost,
        Func<T, CancellationToken, Task> work,
        CancellationToken cancellationToken
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Dictionary<Task, long>();
        Exception? failure = null;
        foreach (var item in items)
        {
            var needed = cost(item).Bytes;
            while (running.Count >= most || (running.Count > 0 && running.Values.Sum() + needed > memory.Bytes))
            {
                await OneAsync();
            }

            if (stop.IsCancellationRequested)
            {
                break;
            }

            running.Add(Task.Run(() => work(item, stop.Token), CancellationToken.None), needed);
        }

        while (running.Count > 0)
        {
            await OneAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        async Task OneAsync()
        {
            var ended = await Task.WhenAny(running.Keys);
            running.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
            {
                failure ??= ended.Exception?.InnerException ?? new OperationCanceledException(stop.Token);
                await stop.CancelAsync();
            }
        }
    }
}
