namespace Pipeline.Kola.Machines.Guests;

/// <summary>Tries several ways to a guest at once and takes the one that answers first.</summary>
internal static class FirstGuest
{
    /// <summary>The first connection; the other tries are ended, and what they still made is dropped.</summary>
    public static async Task<IGuest> ConnectAsync(IReadOnlyList<GuestConnector> ways, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tries = ways.Select(w => w(stop.Token)).ToList();
        var first = await FirstAsync(tries);
        await stop.CancelAsync();
        foreach (var other in tries.Where(t => t != first))
        {
            await other.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await (other.IsCompletedSuccessfully ? (await other).DisposeAsync() : ValueTask.CompletedTask);
        }

        return await first;
    }

    /// <summary>The first try that succeeds; the last one when none does.</summary>
    private static async Task<Task<IGuest>> FirstAsync(IEnumerable<Task<IGuest>> tries)
    {
        var open = tries.ToList();
        while (true)
        {
            var done = await Task.WhenAny(open);
            open.Remove(done);
            if (done.IsCompletedSuccessfully || open.Count == 0)
            {
                return done;
            }
        }
    }
}
