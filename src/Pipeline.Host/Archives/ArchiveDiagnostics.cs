using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Archives;

/// <summary>Texts of errors in archives of commits.</summary>
public static class ArchiveDiagnostics
{
    /// <summary>A file is no archive of one commit.</summary>
    public static Diagnostic BadArchive(string file, string what) =>
        Diagnostic.Error(
            "PL3011",
            $"'{file}' is not an archive of one commit: {what}",
            hint: "compose or fetch the build again",
            exit: ExitClass.Refused
        );

    /// <summary>An archive holds another commit than its build.</summary>
    public static Diagnostic WrongCommit(string file, string expected, string actual) =>
        Diagnostic.Error(
            "PL3012",
            $"'{file}' holds commit {actual}, but the build is {expected}",
            hint: "compose or fetch the build again",
            exit: ExitClass.Refused
        );
}
