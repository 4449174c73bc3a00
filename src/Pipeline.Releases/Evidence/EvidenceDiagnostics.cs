using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Evidence;

/// <summary>Texts of reasons why a build does not count as tested, PL6120–PL6129.</summary>
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

    private static Diagnostic Refused(string code, string message, string hint) =>
        Diagnostic.Error(code, message, hint: hint, exit: ExitClass.Refused);
}
