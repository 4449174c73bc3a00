using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Model.Versions;

/// <summary>
/// A version <c>X.YYYYMMDD.Z.A</c>: base system's major, day of the package set, stream code, iteration. Also <c>devA</c>
/// (a build at a desk, older than every other A) and the three-part form of 2019 (older than every four-part one).
/// </summary>
public sealed partial record ReleaseVersion : IComparable<ReleaseVersion>
{
    private ReleaseVersion(string text, int major, DateOnly day, long streamCode, long? iteration, bool isDev)
    {
        Text = text;
        Major = major;
        Day = day;
        StreamCode = streamCode;
        Iteration = iteration;
        IsDev = isDev;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Major release of the base system, two digits.</summary>
    public int Major { get; }

    /// <summary>Day of the package set, UTC.</summary>
    public DateOnly Day { get; }

    /// <summary>Which stream; see <see cref="StreamCodes"/>.</summary>
    public long StreamCode { get; }

    /// <summary>Counts builds of the same package set; <c>null</c> in the three-part form.</summary>
    public long? Iteration { get; }

    /// <summary>Whether it was built at a desk.</summary>
    public bool IsDev { get; }

    /// <summary>A version from its parts.</summary>
    public static ReleaseVersion Of(int major, DateOnly day, long streamCode, long iteration, bool isDev = false) =>
        Parse(new VersionStem(major.ToString("00", CultureInfo.InvariantCulture), day, streamCode, isDev).With(iteration));

    /// <summary>Reads a version; the day must exist in the calendar, numbers have no leading zeros and at most 18 digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ReleaseVersion? version)
    {
        version = null;
        var match = Form().Match(text ?? "");
        if (
            !match.Success
            || !DateOnly.TryParseExact(
                match.Groups[2].ValueSpan,
                "yyyyMMdd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var day
            )
        )
        {
            return false;
        }

        version = new(
            text!,
            int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            day,
            long.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture),
            match.Groups[5].Success ? long.Parse(match.Groups[5].ValueSpan, CultureInfo.InvariantCulture) : null,
            match.Groups[4].Success
        );
        return true;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is not a version.</exception>
    public static ReleaseVersion Parse(string text) =>
        TryParse(text, out var version) ? version : throw new FormatException($"'{text}' is not a version such as 44.20260720.3.1");

    /// <summary>A total order: major, day, stream code, then three-part before <c>devA</c> before A.</summary>
    public int CompareTo(ReleaseVersion? other) =>
        other is null
            ? 1
            : (Major, Day, StreamCode, Rank, Iteration ?? 0).CompareTo(
                (other.Major, other.Day, other.StreamCode, other.Rank, other.Iteration ?? 0)
            );

    /// <summary>As written.</summary>
    public override string ToString() => Text;

    private int Rank =>
        Iteration is null ? 0
        : IsDev ? 1
        : 2;

    [GeneratedRegex(@"^([0-9]{2})\.([0-9]{8})\.(0|[1-9][0-9]{0,17})(?:\.(dev)?(0|[1-9][0-9]{0,17}))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
