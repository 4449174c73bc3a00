using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Evidence;

/// <summary>Texts of reasons why a build does not count as tested, PL6119–PL6129.</summary>
internal static class EvidenceDiagnostics
{
    private const string Again = "run 'pipeline kola run' on this build, then try again";

    public static Diagnostic NoRecord(string build, string file) =>
        Refused("PL6120", $"build {build} is not tested: there is no '{file}'", Again);

    public static Diagnostic BadRecord(string file, string why) => Refused("PL6121", $"'{file}' is no evidence: {why}", Again);

    public static Diagnostic OtherBuild(string build, string what) =>
        Refused("PL6122", $"the tests of build {build} ran against another {what}", Again);

    public static Diagnostic Failed(string build, string test, string reason) =>
        Refused("PL6123", $"build {build}: test '{test}' failed{(reason.Length > 0 ? $": {reason}" : "")}", "mend the build or the test");

    public static Diagnostic NotReported(string build, string test) =>
        Refused("PL6124", $"build {build}: test '{test}' was selected and has no result", Again);

    public static Diagnostic NonePassed(string build) =>
        Refused("PL6125", $"build {build}: no test passed", "select tests that run on this platform");

    public static Diagnostic Required(string build, string pattern, string why) =>
        Refused("PL6126", $"build {build}: required test '{pattern}' {why}", "a required test must run and pass");

    public static Diagnostic Warned(string build, string test, string reason) =>
        Refused("PL6127", $"build {build}: test '{test}' failed and only warned: {reason}", "this policy accepts no warnings");

    public static Diagnostic Development(string build, string stream) =>
        Refused("PL6128", $"build {build} has a version for desks and cannot go to '{stream}'", "compose it with --official");

    public static Diagnostic NoBuild(string build, string architecture, string meta) =>
        Refused(
            "PL6129",
            $"build {build} for {architecture} is not here to be proved: there is no '{meta}'",
            "fetch it with 'pipeline builds fetch', or name its meta.json with --meta"
        );

    public static Diagnostic OtherCommit(string build, string architecture, string meta) =>
        Refused(
            "PL6129",
            $"release {build} for {architecture} has another commit than '{meta}'",
            "make release.json again from this build"
        );

    public static Diagnostic HowToOverride(string build, string stream) =>
        Refused(
            "PL6119",
            $"release {build} is refused for '{stream}', which machines in the field follow",
            "prove the builds as above; --allow-untested REASON releases it all the same and records why"
        );

    private static Diagnostic Refused(string code, string message, string hint) =>
        Diagnostic.Error(code, message, hint: hint, exit: ExitClass.Refused);
}
