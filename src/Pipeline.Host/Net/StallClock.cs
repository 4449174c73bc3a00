namespace Pipeline.Host.Net;

/// <summary>Limits how long a server may be silent and, with a <see cref="Pace"/>, how slowly it may send.</summary>
/// <param name="limit">Longest time for one operation.</param>
/// <param name="time">The clock.</param>
/// <param name="user">Cancels for other reasons; that stays an <see cref="OperationCanceledException"/>.</param>
public sealed class StallClock(TimeSpan limit, TimeProvider time, CancellationToken user) : IDisposable
{
    private readonly CancellationTokenSource _timer = new(Timeout.InfiniteTimeSpan, time);
    private readonly long _begin = time.GetTimestamp();
    private CancellationTokenSource? _both;
    private long _windowBegin = time.GetTimestamp();
    private long _windowBytes;

    /// <summary>How slow the server may be; <c>null</c> for any pace. Counted by <see cref="ReadAsync"/>.</summary>
    public Pace? Pace { get; init; }

    /// <summary>Runs one operation, such as one read. Between operations the clock of silence stands.</summary>
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
    /// <exception cref="TimeoutException">The server is silent, or slower than the pace allows.</exception>
    public async Task<int> ReadAsync(Stream stream, Memory<byte> buffer)
    {
        var read = await WatchAsync(t => stream.ReadAsync(buffer, t).AsTask());
        if (read > 0 && Pace is { } pace)
        {
            Count(read, pace);
        }

        return read;
    }

    private void Count(int read, Pace pace)
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_begin, now) > pace.Total)
        {
            throw new TimeoutException($"not complete after {pace.Total.TotalMinutes:0.#} minutes");
        }

        _windowBytes += read;
        var elapsed = time.GetElapsedTime(_windowBegin, now);
        if (elapsed < pace.Window)
        {
            return;
        }

        if (_windowBytes < elapsed.TotalSeconds * pace.BytesPerSecond)
        {
            throw new TimeoutException($"{_windowBytes} bytes in {elapsed.TotalSeconds:0} s, fewer than {pace.BytesPerSecond} a second");
        }

        (_windowBegin, _windowBytes) = (now, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _both?.Dispose();
        _timer.Dispose();
    }
}
