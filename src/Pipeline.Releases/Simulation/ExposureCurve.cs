using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;

namespace Pipeline.Releases.Simulation;

/// <summary>A point of a curve.</summary>
/// <param name="Epoch">Seconds since 1970.</param>
/// <param name="Share">0 to 1.</param>
public sealed record CurvePoint(long Epoch, double Share);

/// <summary>The share of machines that may see a release, over time.</summary>
internal static class ExposureCurve
{
    /// <summary>Points at equal distances from a little before the start to a little after the end.</summary>
    /// <param name="rollout">The rollout.</param>
    /// <param name="points">How many; at least 2.</param>
    public static ValueList<CurvePoint> Of(Rollout rollout, int points)
    {
        var (from, until) = Window(rollout);
        return
        [
            .. Enumerable
                .Range(0, points)
                .Select(i => from + (long)((Int128)(until - from) * i / (points - 1)))
                .Select(t => new CurvePoint(t, Throttle.Share(rollout, t))),
        ];
    }

    /// <summary>The rollout's time with a tenth of it on both sides; a day when it has no end.</summary>
    public static (long From, long Until) Window(Rollout rollout)
    {
        const long mostSeconds = 100L * 366 * 86400;
        var start = Math.Clamp(rollout.StartEpoch ?? 0, 0, 253_402_300_799 - (2 * mostSeconds));
        var seconds = Math.Clamp(Math.Clamp(rollout.DurationMinutes ?? 1440, 0, mostSeconds) * 60, 60, mostSeconds);
        return (Math.Max(0, start - (seconds / 10)), start + seconds + (seconds / 10));
    }
}
