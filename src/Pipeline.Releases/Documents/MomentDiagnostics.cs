using System.Globalization;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Documents;

/// <summary>Texts of problems with times that people type, PL5070–PL5079.</summary>
internal static class MomentDiagnostics
{
    public static PipelineException NoTime(string text) =>
        Error(
            "PL5070",
            $"'{text}' is not a time",
            "write '2 PM UTC tomorrow', '10 am ET today', 'noon Europe/Berlin', 'in 3 hours', 2026-07-21T14:00:00Z, "
                + "2026-07-21T10:00:00-04:00, or @ and seconds since 1970"
        );

    public static PipelineException NoZone(string text, string zone, string? hint) =>
        Error(
            "PL5071",
            $"'{zone}' in '{text}' is not a known time zone",
            hint ?? "write UTC, ET, CT, MT, PT, a name such as America/Toronto, or an offset such as -04:00"
        );

    public static PipelineException NeverComes(string text, string zone, DateTime local) =>
        Error(
            "PL5072",
            $"'{text}': {Text(local)} does not exist in {zone}, the clocks go forward over it",
            "write a time outside that hour, or in UTC"
        );

    public static PipelineException ComesTwice(string text, string zone, DateTime local, IEnumerable<TimeSpan> offsets) =>
        Error(
            "PL5073",
            $"'{text}': {Text(local)} comes twice in {zone}, the clocks go back",
            $"write which one: {string.Join(" or ", offsets.Select(o => Text(local).Replace(' ', 'T') + ":00" + Offset(o)))}"
        );

    public static PipelineException OtherSeason(string text, string word, string zone, DateTime local, TimeSpan offset) =>
        Error(
            "PL5074",
            $"'{text}': {zone} is not on {word} at {Text(local)}",
            $"its offset is {Offset(offset)} then: write {Text(local).Replace(' ', 'T')}:00{Offset(offset)}, or the zone's name, {zone}"
        );

    private static PipelineException Error(string code, string message, string hint) => new(Diagnostic.Error(code, message, hint: hint));

    private static string Text(DateTime local) => local.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Offset(TimeSpan offset) =>
        (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture);
}
