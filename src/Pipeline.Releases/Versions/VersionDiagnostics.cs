using Pipeline.Model.Diagnostics;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Versions;

/// <summary>Texts of problems with versions, PL5100–PL5109.</summary>
internal static class VersionDiagnostics
{
    /// <summary>Not a version.</summary>
    public static Diagnostic NoVersion(string text) =>
        Diagnostic.Error(
            "PL5100",
            $"'{text}' is not a version",
            hint: "versions are X.YYYYMMDD.Z.A, X.YYYYMMDD.Z.devA or X.YYYYMMDD.Z, with a day that exists"
        );

    /// <summary>A file lacks what the version needs.</summary>
    public static Diagnostic NoKey(string file, string key, string expected) =>
        Diagnostic.Error("PL5101", $"'{key}' is missing or not {expected}", new SourceSpan(file, 1, 1), $"set '{key}'");

    /// <summary>The commits rule without a checkout.</summary>
    public static Diagnostic NoConfig() =>
        Diagnostic.Error(
            "PL5102",
            "commits cannot be counted without the config's checkout",
            hint: "name it with --config DIR, or use --dev"
        );

    /// <summary>A stream without a code.</summary>
    public static Diagnostic UnknownStream(string stream) =>
        Diagnostic.Error(
            "PL5103",
            $"unknown stream '{stream}'",
            hint: ClosestName.Hint(stream, StreamCodes.All.Keys, $"one of {string.Join(", ", StreamCodes.All.Keys)}")
        );

    /// <summary>No number is free.</summary>
    public static Diagnostic AllTaken(string version, int tries) =>
        Diagnostic.Error(
            "PL5104",
            $"{tries} versions up to '{version}' are taken",
            hint: "look at the store: something reserves without building",
            exit: ExitClass.WorkFailed
        );

    /// <summary>Major or stream are not given, or twice.</summary>
    public static Diagnostic OneSource() =>
        Diagnostic.Error(
            "PL5105",
            "give exactly one of --manifest, --build-args, or --major with --stream",
            hint: "--manifest counts builds, --build-args counts commits"
        );
}
