using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Documents;

/// <summary>
/// Times in words, in any order: a clock ("10 am", "14:00", "noon"), a day ("today", "tomorrow", a weekday, a date; none: the next time to
/// come) and a zone ("ET", "EDT", "America/Toronto", "-04:00"; none: UTC). The day is that of the zone.
/// </summary>
internal static partial class SpokenTime
{
    private static readonly string[] Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    private static readonly string[] Fillers = ["at", "on", "next"];

    /// <summary>Reads a time.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="PipelineException">As <see cref="Moments.Parse"/>.</exception>
    public static DateTimeOffset Parse(string text, DateTimeOffset now)
    {
        var words = HalfApart().Replace(text, "$1$2").Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        if (words is [var only] && Same(only, "now"))
        {
            return now;
        }

        if (In().Match(string.Join(' ', words)) is { Success: true } span)
        {
            var count = int.Parse(span.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            return span.Groups[2].ValueSpan[0] switch
            {
                'm' or 'M' => now.AddMinutes(count),
                'h' or 'H' => now.AddHours(count),
                _ => now.AddDays(count),
            };
        }

        TimeSpan? clock = null;
        string? day = null;
        ZoneName? zone = null;
        foreach (var word in words.Where(w => !Fillers.Any(f => Same(f, w))))
        {
            if (clock is null && TryClock(word, out var found, out var utc))
            {
                clock = found;
                zone = utc ? ZoneName.Utc : zone;
            }
            else if (day is null && IsDay(word))
            {
                day = word;
            }
            else
            {
                // What is none of the three is taken for a zone only beside a clock: 'soon' is no time at all.
                zone =
                    zone is null && words.Any(w => TryClock(w, out _, out _))
                        ? ZoneName.Of(text, word) ?? throw MomentDiagnostics.NoTime(text)
                        : throw MomentDiagnostics.NoTime(text);
            }
        }

        return clock is { } time ? At(text, time, day, zone ?? ZoneName.Utc, now) : throw MomentDiagnostics.NoTime(text);
    }

    private static DateTimeOffset At(string text, TimeSpan clock, string? day, ZoneName zone, DateTimeOffset now)
    {
        var today = zone.LocalOf(now).Date;
        var weekday = Array.FindIndex(Days, d => Same(d, day));
        if (day is null)
        {
            var next = zone.At(text, today + clock);
            return next > now ? next : zone.At(text, today.AddDays(1) + clock);
        }

        if (weekday >= 0)
        {
            var ahead = (weekday - (int)today.DayOfWeek + 7) % 7;
            var next = zone.At(text, today.AddDays(ahead) + clock);
            return ahead == 0 && next <= now ? zone.At(text, today.AddDays(7) + clock) : next;
        }

        var date =
            Same(day, "today") ? today
            : Same(day, "tomorrow") ? today.AddDays(1)
            : DateTime.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return zone.At(text, date + clock);
    }

    private static bool TryClock(string word, out TimeSpan clock, out bool utc)
    {
        clock = new(12, 0, 0);
        utc = false;
        if (Same(word, "noon"))
        {
            return true;
        }

        var match = Clock().Match(word);
        if (!match.Success)
        {
            return false;
        }

        var hour = int.Parse(match.Groups["h"].ValueSpan, CultureInfo.InvariantCulture);
        var minute = match.Groups["m"].Success ? int.Parse(match.Groups["m"].ValueSpan, CultureInfo.InvariantCulture) : 0;
        var half = match.Groups["p"].Value.ToUpperInvariant();
        if (minute > 59 || hour > 23 || (half.Length > 0 && hour is 0 or > 12) || (half.Length == 0 && !match.Groups["m"].Success))
        {
            return false;
        }

        hour = half switch
        {
            "A" => hour % 12,
            "P" => (hour % 12) + 12,
            _ => hour,
        };
        clock = new(hour, minute, 0);
        utc = match.Groups["z"].Success;
        return true;
    }

    private static bool IsDay(string word) =>
        Same(word, "today")
        || Same(word, "tomorrow")
        || Days.Any(d => Same(d, word))
        || DateTime.TryParseExact(word, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^in ([0-9]{1,4}) (minute|hour|day)s?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex In();

    /// <summary>The half of a day behind its hour: <c>10 am</c> is one word.</summary>
    [GeneratedRegex(@"(\d)\s+([ap]\.?m\b\.?)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex HalfApart();

    [GeneratedRegex(
        @"^(?<h>\d{1,2})(:(?<m>\d{2}))?((?<p>[ap])\.?m\.?)?(?<z>z|utc|gmt)?$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    )]
    private static partial Regex Clock();
}
