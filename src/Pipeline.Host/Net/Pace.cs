namespace Pipeline.Host.Net;

/// <summary>How slow a server may be while it sends: a lowest rate, and a longest time for everything.</summary>
/// <param name="Window">Over how long the rate is measured; a pause within it is forgiven.</param>
/// <param name="BytesPerSecond">Fewer than this over a whole window are too slow.</param>
/// <param name="Total">Longest time from the first byte asked for to the last.</param>
public sealed record Pace(TimeSpan Window, long BytesPerSecond, TimeSpan Total)
{
    /// <summary>1 KiB/s, measured every half minute, and two hours.</summary>
    public static Pace Default { get; } = new(TimeSpan.FromSeconds(30), 1024, TimeSpan.FromHours(2));

    /// <summary>The rate alone, for transfers of any size that can be resumed.</summary>
    public static Pace RateOnly { get; } = Default with { Total = TimeSpan.MaxValue };
}
