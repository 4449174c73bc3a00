namespace Pipeline.Host.Net;

/// <summary>Limits how long a server may be silent, instead of how long everything may take.</summary>
/// <param name="limit">Longest time for one operation.</param>
/// <param name="time">The clock.</param>
/// <param name="user">Cancels for other reasons; that stays an <see cref="OperationCanceledException"/>.</param>
public sealed class StallClock(TimeSpan limit, TimeProvider time, CancellationToken user) : IDisposable
{
    private readonly CancellationTokenSource _timer = new(Timeout.InfiniteTimeSpan, time);
    private CancellationTokenSource? _both;

    /// <summary>Runs one operation, such as one read. Between operations the clock stands.</summary>
    /// <exception cref="TimeoutException">It took longer than the limit.</exception>
    public async Task<T> WatchAsync<T>(Func<CancellationToken, Task<T>> operation)
    {
        _both ??= CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, user);
        _timer.CancelAfter(limit);
        try
        {
            var result = await operation(_both.Token);
            _timer.CancelAfter(Timeout.InfiniteTimeSpan);
            return result;
        }
        catch (OperationCanceledException e) when (!user.IsCancellationRequested)
        {
            throw new TimeoutException($"no data for {limit.TotalSeconds:0.#} s", e);
        }
    }

    /// <summary>One read of a stream.</summary>
    public Task<int> ReadAsync(Stream stream, Memory<byte> buffer) => WatchAsync(t => stream.ReadAsync(buffer, t).AsTask());

    /// <inheritdoc/>
    public void Dispose()
    {
        _both?.Dispose();
        _timer.Dispose();
    }
}
