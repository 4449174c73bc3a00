using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Differences;

/// <summary>Texts of comparisons, PL6140–PL6149.</summary>
internal static class DifferenceDiagnostics
{
    public static Diagnostic BadListing(string line) =>
        Diagnostic.Error(
            "PL6140",
            $"ostree lists a file in a form that is not known: '{(line.Length > 200 ? line[..200] : line)}'",
            hint: "a name with a line feed cannot be compared",
            exit: ExitClass.Refused
        );

    public static Diagnostic NoCommit(string build) =>
        Diagnostic.Error("PL6141", $"build '{build}' has no commit here to compare", hint: "fetch its artifact 'ostree', or name its tar");
}
