using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Documents;

/// <summary>
/// Times as people type them: ISO 8601, <c>@EPOCH</c>, and "2 PM UTC tomorrow". A time without a day is the next one to come.
/// </summary>
internal static partial class Moments
{
    private static readonly string[] Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    /// <summary>Reads a time.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="now">The present, for relative times.</param>
    /// <exception cref="PipelineException">PL5070 it is no time (class 2).</exception>
    public static DateTimeOffset Parse(string text, DateTimeOffset now) =>
        TryParse(text, now, out var time)
            ? time
            : throw new PipelineException(
                Diagnostic.Error(
                    "PL5070",
                    $"'{text}' is not a time",
                    hint: "write '2 PM UTC tomorrow', 'in 3 hours', 2026-07-21T14:00:00Z, or @ and seconds since 1970"
                )
            );

    /// <summary>The present: <paramref name="option"/> when given, else the clock; whole seconds.</summary>
    public static DateTimeOffset Now(string? option, TimeProvider time)
    {
        var clock = time.GetUtcNow();
        var now = option is null ? clock : Parse(option, clock);
        return DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
    }

    /// <summary>As documents write times: UTC, whole seconds, <c>2026-07-21T14:07:14Z</c>.</summary>
    public static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        text = text.Trim();
        time = now;
        if (text.StartsWith('@'))
        {
            var good =
                long.TryParse(text.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var epoch)
                && epoch is >= -62_135_596_800 and <= 253_402_300_799;
            time = good ? DateTimeOffset.FromUnixTimeSeconds(epoch) : now;
            return good;
        }

        return Iso().IsMatch(text)
            ? DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out time
            )
            : TryWords(text.ToLowerInvariant(), now.ToUniversalTime(), out time);
    }

    private static bool TryWords(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        time = now;
        if (text == "now")
        {
            return true;
        }

        if (In().Match(text) is { Success: true } span)
        {
            var count = int.Parse(span.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            time = span.Groups[2].Value switch
            {
                "minute" => now.AddMinutes(count),
                "hour" => now.AddHours(count),
                _ => now.AddDays(count),
            };
            return true;
        }

        var match = Clock().Match(text);
        if (!match.Success || !TryClock(match, out var clock))
        {
            return false;
        }

        var words = (text[..match.Index] + " " + text[(match.Index + match.Length)..])
            .Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
            .Where(w => w is not ("utc" or "gmt" or "at" or "on" or "next" or "z"))
            .ToArray();
        return words.Length <= 1 && TryDay(words.FirstOrDefault(), now, clock, out time);
    }

    private static bool TryClock(Match match, out TimeSpan clock)
    {
        var hour = int.Parse(match.Groups["h"].ValueSpan, CultureInfo.InvariantCulture);
        var minute = match.Groups["m"].Success ? int.Parse(match.Groups["m"].ValueSpan, CultureInfo.InvariantCulture) : 0;
        var half = match.Groups["p"].Value.Replace(".", "", StringComparison.Ordinal);
        clock = default;
        if (minute > 59 || hour > 23 || (half.Length > 0 && hour is 0 or > 12) || (half.Length == 0 && !match.Groups["m"].Success))
        {
            return false;
        }

        hour = half switch
        {
            "am" => hour % 12,
            "pm" => (hour % 12) + 12,
            _ => hour,
        };
        clock = new(hour, minute, 0);
        return true;
    }

    private static bool TryDay(string? word, DateTimeOffset now, TimeSpan clock, out DateTimeOffset time)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var weekday = Array.IndexOf(Days, word);
        time = today + clock;
        switch (word)
        {
            case null:
                time = time > now ? time : time.AddDays(1);
                return true;
            case "today":
                return true;
            case "tomorrow":
                time = time.AddDays(1);
                return true;
            default:
                if (weekday >= 0)
                {
                    var ahead = (weekday - (int)today.DayOfWeek + 7) % 7;
                    time = time.AddDays(ahead == 0 && time <= now ? 7 : ahead);
                    return true;
                }

                var good = DateTime.TryParseExact(
                    word,
                    "yyyy-MM-dd",
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                    out var day
                );
                time = good ? new DateTimeOffset(day, TimeSpan.Zero) + clock : now;
                return good;
        }
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:?\d{2})?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Iso();

    [GeneratedRegex("^in ([0-9]{1,4}) (minute|hour|day)s?$", RegexOptions.CultureInvariant)]
    private static partial Regex In();

    [GeneratedRegex(@"(?<![\d-])(?<h>\d{1,2})(:(?<m>\d{2}))?\s*(?<p>[ap]\.?m\.?)?(?![\d:-])", RegexOptions.CultureInvariant)]
    private static partial Regex Clock();
}
