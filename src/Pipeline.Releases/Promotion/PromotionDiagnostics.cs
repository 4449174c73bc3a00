using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Promotion;

/// <summary>Texts of problems with promotions, PL5110–PL5119.</summary>
internal static class PromotionDiagnostics
{
    public static Diagnostic WrongBranch(string directory, string? branch, string expected) =>
        Diagnostic.Error(
            "PL5110",
            branch is null
                ? $"'{directory}' has no branch checked out"
                : $"'{directory}' has branch '{branch}' checked out, not '{expected}'",
            hint: $"run 'git -C {directory} checkout {expected}'"
        );

    public static Diagnostic Dirty(string directory, string[] files)
    {
        var more = files.Length > 5 ? $" and {files.Length - 5} more" : "";
        return Diagnostic.Error(
            "PL5111",
            $"'{directory}' has changes: {string.Join(", ", files.Take(5).Select(f => f[3..]))}{more}",
            hint: "commit or remove them"
        );
    }

    public static Diagnostic UnknownSource(string from) =>
        Diagnostic.Error(
            "PL5112",
            $"'{from}' is not a commit of the repository",
            hint: "name a branch that exists here, or fetch it with --fetch REMOTE"
        );

    public static Diagnostic NoManifest(string path) =>
        Diagnostic.Error("PL5113", $"the branch has no '{path}' of its own to keep", hint: "every stream's branch has one");

    public static Diagnostic NoDigest(string file, string package) =>
        Diagnostic.Error(
            "PL5115",
            $"package '{package}' is locked without a sha256 digest",
            new SourceSpan(file, 1, 1),
            "lock the stream again with this toolchain",
            ExitClass.Refused
        );

    public static Diagnostic NotCached(string package, string path) =>
        Diagnostic.Error(
            "PL5116",
            $"package '{package}' cannot be verified: '{path}' is missing",
            hint: "compose the source stream once, so that its packages are in the cache"
        );

    public static Diagnostic WrongDigest(string package, string path, string expected, string found) =>
        Diagnostic.Error(
            "PL5117",
            $"package '{package}' in '{path}' has sha256 {found}, the lock says {expected}",
            hint: "remove the file and fetch it again",
            exit: ExitClass.Refused
        );

    public static Diagnostic CannotFetch(string remote, string branch, string reason) =>
        Diagnostic.Error(
            "PL5118",
            $"'{branch}' could not be fetched from '{remote}': {reason}",
            hint: "check the branch, the remote ('git remote -v') and the network",
            exit: ExitClass.OutsideWorld
        );
}
