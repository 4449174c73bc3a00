using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Documents;

/// <summary>A time zone as people name it: an abbreviation, a name of the IANA database, or an offset.</summary>
internal sealed partial class ZoneName
{
    private static readonly (string Word, string Zone, int? Hours)[] Abbreviations =
    [
        ("ET", "America/New_York", null),
        ("EST", "America/New_York", -5),
        ("EDT", "America/New_York", -4),
        ("CT", "America/Chicago", null),
        ("CST", "America/Chicago", -6),
        ("CDT", "America/Chicago", -5),
        ("MT", "America/Denver", null),
        ("MST", "America/Denver", -7),
        ("MDT", "America/Denver", -6),
        ("PT", "America/Los_Angeles", null),
        ("PST", "America/Los_Angeles", -8),
        ("PDT", "America/Los_Angeles", -7),
        ("BST", "Europe/London", 1),
        ("WET", "Europe/Lisbon", 0),
        ("WEST", "Europe/Lisbon", 1),
        ("CET", "Europe/Berlin", 1),
        ("CEST", "Europe/Berlin", 2),
        ("EET", "Europe/Helsinki", 2),
        ("EEST", "Europe/Helsinki", 3),
    ];

    private const string NoData = "this machine has no time zone data: install 'tzdata', or write the time in UTC or with an offset";

    private readonly string _word;
    private readonly TimeZoneInfo _zone;
    private readonly TimeSpan? _offset;

    private ZoneName(string word, TimeZoneInfo zone, TimeSpan? offset)
    {
        _word = word;
        _zone = zone;
        _offset = offset;
    }

    /// <summary>UTC.</summary>
    public static ZoneName Utc { get; } = new("UTC", TimeZoneInfo.Utc, null);

    /// <summary>The zone that a word names.</summary>
    /// <param name="text">All that was typed, for messages.</param>
    /// <param name="word">The word.</param>
    /// <returns><c>null</c> for a word that does not look like a zone at all.</returns>
    /// <exception cref="PipelineException">PL5071 there is none of that name (class 2).</exception>
    public static ZoneName? Of(string text, string word)
    {
        var name = word.ToUpperInvariant();
        if (name is "UTC" or "GMT" or "Z")
        {
            return Utc;
        }

        if (Offset().Match(word) is { Success: true } match)
        {
            var size = new TimeSpan(Number(match.Groups["h"]), Number(match.Groups["m"]), 0);
            return size < TimeSpan.FromHours(15)
                ? new(word, TimeZoneInfo.CreateCustomTimeZone(word, match.Groups["s"].Value == "-" ? -size : size, word, word), null)
                : throw MomentDiagnostics.NoZone(text, word, null);
        }

        var (_, zone, hours) = Array.Find(Abbreviations, a => a.Word == name);
        if (zone is null && !word.Contains('/', StringComparison.Ordinal))
        {
            return Abbreviation().IsMatch(word) ? throw MomentDiagnostics.NoZone(text, word, null) : null;
        }

        TimeSpan? offset = hours is { } h ? TimeSpan.FromHours(h) : null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(zone ?? word, out var found))
        {
            return new(name, found, offset);
        }

        var all = TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id).ToArray();
        return Array.Find(all, i => Same(i, word)) is { } other && TimeZoneInfo.TryFindSystemTimeZoneById(other, out found)
            ? new(name, found, offset)
            : throw MomentDiagnostics.NoZone(text, word, all.Length < 10 ? NoData : ClosestName.Hint(word, all));
    }

    /// <summary>What the clocks of the zone show.</summary>
    public DateTime LocalOf(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, _zone).DateTime;

    /// <summary>When the clocks of the zone show <paramref name="local"/>.</summary>
    /// <exception cref="PipelineException">PL5072 never, PL5073 twice, PL5074 not under this name (class 2).</exception>
    public DateTimeOffset At(string text, DateTime local)
    {
        if (_zone.IsInvalidTime(local))
        {
            throw MomentDiagnostics.NeverComes(text, _zone.Id, local);
        }

        TimeSpan[] offsets = _zone.IsAmbiguousTime(local) ? _zone.GetAmbiguousTimeOffsets(local) : [_zone.GetUtcOffset(local)];
        if (_offset is { } wanted)
        {
            return offsets.Contains(wanted)
                ? new DateTimeOffset(local, wanted).ToUniversalTime()
                : throw MomentDiagnostics.OtherSeason(text, _word, _zone.Id, local, offsets[0]);
        }

        return offsets.Length == 1
            ? new DateTimeOffset(local, offsets[0]).ToUniversalTime()
            : throw MomentDiagnostics.ComesTwice(text, _zone.Id, local, offsets.OrderByDescending(o => o));
    }

    private static int Number(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^[A-Z]{2,5}$", RegexOptions.CultureInvariant)]
    private static partial Regex Abbreviation();

    [GeneratedRegex(@"^(UTC|GMT)?(?<s>[+-])(?<h>\d{1,2})(:?(?<m>[0-5]\d))?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Offset();
}
