using Pipeline.Model.Diagnostics;

namespace Pipeline.Model.Lockfiles;

/// <summary>Texts of what can be wrong with the text of a lockfile: PL1502, PL1503.</summary>
internal static class LockfileDiagnostics
{
    public static Diagnostic Shape(string what, SourceSpan? span) =>
        Diagnostic.Error("PL1502", what, span, "a lockfile is {\"packages\": {NAME: {\"evra\": …}}, \"metadata\": {\"generated\": …}}");

    public static Diagnostic OtherArchitecture(string name, string found, string wanted, SourceSpan? span) =>
        Diagnostic.Error(
            "PL1503",
            $"package '{name}' of the lockfile is for '{found}', not for '{wanted}'",
            span,
            "every architecture has a lockfile of its own"
        );
}
