using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Rollouts;

/// <summary>Texts of problems with rollouts, PL5080–PL5099.</summary>
internal static class RolloutDiagnostics
{
    /// <summary>The longest rollout.</summary>
    public const int MostHours = 24 * 3650;

    /// <summary>No version, or a day that does not exist.</summary>
    public static Diagnostic NoVersion(string version) =>
        Diagnostic.Error(
            "PL5080",
            $"'{version}' is not a version such as 44.20260720.3.1 with a day that exists",
            hint: "copy it from the release index"
        );

    /// <summary>The version is of another stream.</summary>
    public static Diagnostic WrongCode(string version, long code, string stream, long expected) =>
        Diagnostic.Error(
            "PL5081",
            $"'{version}' has stream code {code}, stream '{stream}' has {expected}",
            hint: "copy the version from the stream's own release index"
        );

    /// <summary>The version has an entry.</summary>
    public static Diagnostic Duplicate(string version) =>
        Diagnostic.Error(
            "PL5082",
            $"'{version}' has an entry already",
            hint: "use --replace to replace its rollout; its barrier and dead end are kept"
        );

    /// <summary>The version has no rollout.</summary>
    public static Diagnostic NotRolledOut(string version, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL5083",
            $"'{version}' has no rollout in the document",
            hint: ClosestName.Hint(version, known, "see 'pipeline rollout print FILE'")
        );

    /// <summary>The version has a rollout.</summary>
    public static Diagnostic NotPaused(string version) =>
        Diagnostic.Error(
            "PL5084",
            $"'{version}' is not paused: it has a rollout",
            hint: "change a running rollout with 'pipeline rollout add --replace'"
        );

    /// <summary>Documents of two streams.</summary>
    public static Diagnostic OtherStream(string stream, string other) =>
        Diagnostic.Error(
            "PL5085",
            $"the document is of stream '{stream}', the one before the pause of '{other}'",
            hint: "give the same document, as it was before the pause"
        );

    /// <summary>There is no such mark.</summary>
    public static Diagnostic NothingToClear(string version, string what) =>
        Diagnostic.Error("PL5086", $"'{version}' is no {what}", hint: "see the versions in the document");

    /// <summary>A duration beyond a limit, which the message names.</summary>
    public static Diagnostic NoDuration(decimal hours) =>
        Diagnostic.Error(
            "PL5087",
            hours <= 0 ? Text($"--hours {hours}: a rollout takes more than 0 hours")
                : hours > MostHours ? Text($"--hours {hours}: a rollout takes at most {MostHours} hours (ten years)")
                : Text($"--hours {hours} is {hours * 60:0.###} minutes: a rollout takes whole minutes"),
            hint: hours <= 0 || hours > MostHours
                ? "24, 48 and 72 are usual"
                : Text($"the next below is --hours {decimal.Truncate(hours * 60) / 60:0.####}; 24, 48 and 72 are usual")
        );

    /// <summary>A share outside 0 to 1.</summary>
    public static Diagnostic NoShare(double share) =>
        Diagnostic.Error(
            "PL5088",
            Text($"--start-percentage {share} is not between 0 and 1"),
            hint: "it is a fraction in spite of its name: 0.1 is a tenth of the machines"
        );

    /// <summary>Two marks at once.</summary>
    public static Diagnostic BarrierAndDeadend() =>
        Diagnostic.Error("PL5089", "a release is added as a barrier or as a dead end, not both", hint: "leave one option out");

    /// <summary>A stream that users do not install.</summary>
    public static Diagnostic UnknownStream(string stream) =>
        Diagnostic.Error(
            "PL5090",
            $"stream '{stream}' is not rolled out",
            hint: ClosestName.Hint(stream, StreamCodes.Production, $"streams with rollouts: {string.Join(", ", StreamCodes.Production)}")
        );

    /// <summary>The time of the pause is unknown.</summary>
    public static Diagnostic NoPauseTime() =>
        Diagnostic.Error("PL5091", "the document does not say when it was paused", hint: "name the time with --paused-at");

    /// <summary>Neither or both were given.</summary>
    public static Diagnostic ReasonOrClear() =>
        Diagnostic.Error("PL5092", "give either a reason or --clear", hint: "the reason is the URL of an issue");

    /// <summary>Text that is no number.</summary>
    public static Diagnostic NoNumber(string option, string text, string wanted = "a number") =>
        Diagnostic.Error("PL5093", $"{option}: '{text}' is not {wanted}", hint: "write it with a point, for example 0.25");

    /// <summary>A start that is further away is doubted.</summary>
    public static TimeSpan FarAhead { get; } = TimeSpan.FromDays(14);

    /// <summary>The version is older than one that the document has.</summary>
    public static Diagnostic OlderVersion(string version, string newest) =>
        Diagnostic.Warning(
            "PL5094",
            $"'{version}' is older than '{newest}', which the document has: machines never go back to it",
            hint: "check the version; 'pipeline rollout print FILE' shows the newest"
        );

    /// <summary>The version has a day that has not come.</summary>
    public static Diagnostic FutureVersion(string version, DateOnly day) =>
        Diagnostic.Warning("PL5095", Text($"'{version}' is a version of {day:yyyy-MM-dd}, which has not come"), hint: "check the version");

    /// <summary>The start is far away.</summary>
    public static Diagnostic FarStart(DateTimeOffset start, DateTimeOffset now) =>
        Diagnostic.Warning(
            "PL5096",
            Text($"the rollout starts at {start.UtcDateTime:yyyy-MM-dd HH:mm} UTC, in {(start - now).TotalDays:0} days"),
            hint: "check --start; until then no machine sees the release"
        );

    /// <summary>No pause kept anything.</summary>
    public static Diagnostic NothingKept(string version, string file) =>
        Diagnostic.Error(
            "PL5097",
            $"beside '{file}' nothing is kept of a pause of '{version}'",
            hint: "'pipeline rollout pause' keeps it; after a pause by other means name the document before it with --from"
        );

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
