using System.Globalization;
using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;

namespace Pipeline.Releases.Rollouts;

/// <summary>What a reviewer wants to know about the newest entry of an updates document.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Version">The newest entry's version; <c>null</c> when there is none.</param>
/// <param name="Rollout">Its rollout, or <c>null</c>.</param>
/// <param name="Standing"><c>latest</c>, <c>not-latest</c>, <c>unreleased</c>, or <c>unvalidated</c> without an index.</param>
/// <param name="Share">Share of machines that see it now.</param>
/// <param name="Now">When the report was made.</param>
public sealed record RolloutReport(string Stream, string? Version, Rollout? Rollout, string Standing, double? Share, DateTimeOffset Now)
{
    private static readonly (string Zone, string People)[] Places =
    [
        ("Europe/Berlin", "Germany, France, Poland"),
        ("America/Sao_Paulo", "Brazil"),
        ("America/Denver", "Colorado"),
        ("Europe/Dublin", "Ireland"),
        ("America/Toronto", "Raleigh, New York, Toronto"),
        ("America/Vancouver", "Vancouver"),
    ];

    /// <summary>The report on a document.</summary>
    /// <param name="updates">The document.</param>
    /// <param name="index">The stream's release index, or <c>null</c> to leave the version unchecked.</param>
    /// <param name="now">The present.</param>
    internal static RolloutReport Of(UpdatesDocument updates, ReleaseIndex? index, DateTimeOffset now)
    {
        var last = updates.Releases.Count == 0 ? null : updates.Releases[^1];
        var standing =
            index is null || last is null ? "unvalidated"
            : index.Releases.Count > 0 && index.Releases[^1].Version == last.Version ? "latest"
            : index.Releases.Any(r => r.Version == last.Version) ? "not-latest"
            : "unreleased";
        var rollout = last?.Metadata.Rollout;
        return new(
            updates.Stream,
            last?.Version,
            rollout,
            standing,
            rollout is null ? null : Throttle.Share(rollout, now.ToUnixTimeSeconds()),
            now
        );
    }

    /// <summary>Several lines for people, without the last line feed.</summary>
    public string ToText()
    {
        var standing = Standing switch
        {
            "not-latest" => "*** NOT LATEST ***",
            "unreleased" => "*** UNRELEASED (TYPO?) ***",
            _ => Standing,
        };
        if (Version is null)
        {
            return $"{Stream} has no rollouts";
        }

        if (Rollout is null)
        {
            return $"the newest entry of {Stream}, {Version} ({standing}), is not a rollout";
        }

        if (Rollout.StartPercentage >= 1)
        {
            return $"{Stream} rollout of {Version} ({standing}) at 100%";
        }

        var start = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Rollout.StartEpoch ?? 0, -62_135_596_800, 253_402_300_799));
        var text = new StringBuilder();
        text.Append(Stream).Append('\n');
        text.Append("    version: ").Append(Version).Append(" (").Append(standing).Append(")\n");
        text.Append("    start: ").Append(Local(start, "UTC")).Append(" UTC (").Append(Distance(start - Now)).Append(")\n");
        foreach (var (zone, people) in Places)
        {
            // A machine without time zone data still reports in UTC.
            if (Local(start, zone) is { } local)
            {
                text.Append("           ").Append(local).Append(' ').Append(people).Append('\n');
            }
        }

        text.Append(
            Rollout.DurationMinutes is { } minutes
                ? string.Create(CultureInfo.InvariantCulture, $"    duration: {minutes}m ({minutes / 60.0:0.##}h)\n")
                : "    duration: none, it stays at its start\n"
        );
        text.Append(CultureInfo.InvariantCulture, $"    now: {Share * 100:0.#}% of machines at {Moments.Stamp(Now)}");
        return text.ToString();
    }

    private static string? Local(DateTimeOffset time, string zone)
    {
        try
        {
            var local = TimeZoneInfo.ConvertTime(time, TimeZoneInfo.FindSystemTimeZoneById(zone));
            return local.ToString(zone == "UTC" ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture);
        }
        catch (TimeZoneNotFoundException)
        {
            return null;
        }
    }

    private static string Distance(TimeSpan ahead)
    {
        var span = ahead.Duration();
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{(span.Days == 0 ? "" : span.Days == 1 ? "1 day, " : $"{span.Days} days, ")}{span.Hours}:{span.Minutes:00}:{span.Seconds:00}"
        );
        return ahead > TimeSpan.Zero ? $"in {text}" : $"{text} ago";
    }
}
