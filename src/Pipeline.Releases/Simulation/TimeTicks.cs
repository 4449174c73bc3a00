using System.Globalization;

namespace Pipeline.Releases.Simulation;

/// <summary>Round moments of UTC for the axis of a plot.</summary>
internal static class TimeTicks
{
    private const int Most = 6;
    private const long Minute = 60;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    /// <summary>Distances of ticks in seconds. All but those of days divide a day, so that ticks are round times of every day.</summary>
    private static readonly long[] Steps =
    [
        10,
        30,
        .. ((int[])[1, 2, 5, 10, 15, 30]).Select(m => m * Minute),
        .. ((int[])[1, 2, 3, 6, 12]).Select(h => h * Hour),
        .. ((int[])[1, 2, 5, 10, 30, 100, 365, 3650]).Select(d => d * Day),
    ];

    /// <summary>The distance of ticks, so that there are at most six.</summary>
    /// <param name="from">First second of the axis, since 1970; not negative.</param>
    /// <param name="until">Its last.</param>
    public static long Step(long from, long until)
    {
        var span = (Int128)until - from;
        var wanted = Array.Find(Steps, s => span / s < Most);
        return wanted > 0 ? wanted : (long)Int128.Min((span / Most / Steps[^1] + 1) * Steps[^1], long.MaxValue);
    }

    /// <summary>The ticks: multiples of the step within the axis.</summary>
    public static IEnumerable<long> Of(long from, long until, long step)
    {
        for (var tick = ((Int128)from + step - 1) / step * step; tick <= until; tick += step)
        {
            yield return (long)tick;
        }
    }

    /// <summary>The day and as much of the time as the step needs.</summary>
    public static string Label(long time, long step)
    {
        var format =
            step >= Day ? "yyyy-MM-dd"
            : step >= Minute ? "yyyy-MM-dd HH:mm"
            : "MM-dd HH:mm:ss";
        return DateTimeOffset
            .FromUnixTimeSeconds(Math.Clamp(time, 0, 253_402_300_799))
            .UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
    }
}
