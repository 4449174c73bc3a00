using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Documents;

/// <summary>
/// Times as people type them: ISO 8601 with an offset or in UTC, <c>@EPOCH</c>, and words (<see cref="SpokenTime"/>).
/// </summary>
internal static partial class Moments
{
    /// <summary>Reads a time.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="now">The present, for relative times and for the day of a time without one.</param>
    /// <exception cref="PipelineException">
    /// PL5070 it is no time; PL5071 no known zone; PL5072 a local time that does not exist, PL5073 one that comes twice, PL5074 an
    /// abbreviation that does not hold on that day (class 2).
    /// </exception>
    public static DateTimeOffset Parse(string text, DateTimeOffset now)
    {
        var trimmed = text.Trim();
        if (trimmed.StartsWith('@'))
        {
            return
                long.TryParse(trimmed.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var epoch)
                && epoch is >= -62_135_596_800 and <= 253_402_300_799
                ? DateTimeOffset.FromUnixTimeSeconds(epoch)
                : throw MomentDiagnostics.NoTime(text);
        }

        if (!Iso().IsMatch(trimmed))
        {
            try
            {
                return SpokenTime.Parse(text, now.ToUniversalTime());
            }
            catch (ArgumentOutOfRangeException)
            {
                // Counted from a present at the end of the calendar.
                throw MomentDiagnostics.NoTime(text);
            }
        }

        // More digits than a clock of .NET has say nothing to anybody.
        return DateTimeOffset.TryParse(
            Fraction().Replace(trimmed.ToUpperInvariant(), "$1"),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : throw MomentDiagnostics.NoTime(text);
    }

    /// <summary>The present: <paramref name="option"/> when given, else the clock; whole seconds.</summary>
    public static DateTimeOffset Now(string? option, TimeProvider time)
    {
        var clock = time.GetUtcNow();
        var now = option is null ? clock : Parse(option, clock);
        return DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
    }

    /// <summary>As documents write times: UTC, whole seconds, <c>2026-07-21T14:07:14Z</c>.</summary>
    public static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Iso();

    [GeneratedRegex(@"(\.\d{7})\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Fraction();
}
