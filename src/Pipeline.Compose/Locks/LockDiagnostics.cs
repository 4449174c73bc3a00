using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Locks;

/// <summary>Texts of lockfiles that do not fit what they are used for: PL1501, PL1504–PL1599; those of their text are in Model.</summary>
internal static class LockDiagnostics
{
    public static Diagnostic Unreadable(string path) =>
        Diagnostic.Error("PL1501", $"lockfile '{path}' does not exist or is larger than 64 MiB", hint: "name a manifest-lock.<arch>.json");

    public static Diagnostic Missing(string name, string version, string? architecture, SourceSpan? span) =>
        Diagnostic.Error(
            "PL1504",
            $"package '{name}' {version} ({architecture ?? "?"}) of the lockfile is in none of the repositories",
            span,
            "mirrors drop superseded packages: use a mirror that still has it, or make a new lockfile"
        );

    public static Diagnostic OtherDigest(string name, string version, SourceSpan? span) =>
        Diagnostic.Error(
            "PL1505",
            $"package '{name}' {version} of the lockfile has another digest in the repositories",
            span,
            "a version must never change its bytes: find out which side is right",
            ExitClass.Refused
        );

    public static Diagnostic NotLocked(string request, SourceSpan span) =>
        Diagnostic.Error("PL1506", $"package '{request}' is requested but not in the lockfile", span, "make a new lockfile");

    public static Diagnostic ExcludedButLocked(string name, SourceSpan span) =>
        Diagnostic.Error("PL1507", $"package '{name}' is excluded but in the lockfile", span, "make a new lockfile");

    public static Diagnostic InBase(string extension, string package, SourceSpan span) =>
        Diagnostic.Error(
            "PL1508",
            $"package '{package}' of extension '{extension}' is in the image already",
            span,
            "remove it from the extension"
        );

    public static Diagnostic NoBase(string extension, string package, SourceSpan span) =>
        Diagnostic.Error(
            "PL1509",
            $"extension '{extension}' must have the version of '{package}', which is not in the image",
            span,
            "'match-base-evr' names a package of the manifest"
        );
}
