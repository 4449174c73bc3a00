namespace Pipeline.TestKit;

/// <summary>A clock that moves only when a test says so. Its timestamps and its time of day move together.</summary>
/// <param name="start">The time of day it starts with.</param>
public sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    // Not 0, which code may take for "never".
    private long _ticks = TimeSpan.TicksPerDay;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves the clock forward.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start + TimeSpan.FromTicks(checked(GetTimestamp() - TimeSpan.TicksPerDay));
}
