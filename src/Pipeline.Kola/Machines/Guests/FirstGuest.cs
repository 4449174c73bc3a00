namespace Pipeline.Kola.Machines.Guests;

/// <summary>Tries several ways to a guest at once and takes the one that answers first.</summary>
internal static class FirstGuest
{
    /// <summary>The first connection; the other tries are ended, and what they still made is dropped.</summary>
    public static async Task<IGuest> ConnectAsync(IReadOnlyList<GuestConnector> ways, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tries = ways.Select(w => w(stop.Token)).ToList();
        var open = tries.ToList();
        Task<IGuest>? first = null;
        Task<IGuest>? failed = null;
        while (first is null && open.Count > 0)
        {
            var done = await Task.WhenAny(open);
            open.Remove(done);
            (first, failed) = done.IsCompletedSuccessfully ? (done, failed) : (null, done);
        }

        await stop.CancelAsync();
        foreach (var other in tries.Where(t => t != first))
        {
            await other.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await (other.IsCompletedSuccessfully ? (await other).DisposeAsync() : ValueTask.CompletedTask);
        }

        return await (first ?? failed!);
    }
}
