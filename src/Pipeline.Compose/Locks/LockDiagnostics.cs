using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;

namespace Pipeline.Compose.Locks;

/// <summary>Texts of what can be wrong with a lockfile: PL1501–PL1599.</summary>
internal static class LockDiagnostics
{
    public static Diagnostic Unreadable(string path) =>
        Diagnostic.Error("PL1501", $"lockfile '{path}' does not exist or is larger than 64 MiB", hint: "name a manifest-lock.<arch>.json");

    public static Diagnostic Shape(string what, SourceSpan? span) =>
        Diagnostic.Error("PL1502", what, span, "a lockfile is {\"packages\": {NAME: {\"evra\": …}}, \"metadata\": {\"generated\": …}}");

    public static Diagnostic OtherArchitecture(string name, string found, string wanted, SourceSpan? span) =>
        Diagnostic.Error(
            "PL1503",
            $"package '{name}' of the lockfile is for '{found}', not for '{wanted}'",
            span,
            "every architecture has a lockfile of its own"
        );

    public static Diagnostic Missing(LockedPackage package, SourceSpan? span) =>
        Diagnostic.Error(
            "PL1504",
            $"package '{package.Name}' {package.Version} ({package.PackageArchitecture}) of the lockfile is in none of the repositories",
            span,
            "mirrors drop superseded packages: use a mirror that still has it, or make a new lockfile"
        );

    public static Diagnostic OtherDigest(LockedPackage package, SourceSpan? span) =>
        Diagnostic.Error(
            "PL1505",
            $"package '{package.Name}' {package.Version} of the lockfile has another digest in the repositories",
            span,
            "a version must never change its bytes: find out which side is right",
            ExitClass.Refused
        );

    public static Diagnostic NotLocked(string request, SourceSpan span) =>
        Diagnostic.Error("PL1506", $"package '{request}' is requested but not in the lockfile", span, "make a new lockfile");

    public static Diagnostic ExcludedButLocked(string name, SourceSpan span) =>
        Diagnostic.Error("PL1507", $"package '{name}' is excluded but in the lockfile", span, "make a new lockfile");
}
