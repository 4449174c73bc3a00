using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Bisection;

/// <summary>What is wrong with a search.</summary>
internal static class BisectDiagnostics
{
    public static Diagnostic NoLock(string build) =>
        Diagnostic.Error(
            "PL0401",
            $"build {build} has no lock of its packages here",
            hint: "fetch it with its lock: 'pipeline builds fetch' takes everything but images"
        );

    public static Diagnostic Same(string good, string bad) =>
        Diagnostic.Error("PL0402", $"{good} and {bad} have the same packages", hint: "what differs is the configuration: try --revisions");

    public static Diagnostic NotGood(string what, string reason) =>
        Diagnostic.Error(
            "PL0403",
            $"the test does not pass with {what} either: {reason}",
            hint: "packages are composed with the configuration as it is now; if that is to blame, try --revisions",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic NotBad(string what) =>
        Diagnostic.Error(
            "PL0404",
            $"the test passes with {what}",
            hint: "it fails for another reason: name a test that fails there, or try --revisions",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic Flaky(string test, int passed, int of) =>
        Diagnostic.Error(
            "PL0405",
            $"{test} passed {passed} of {of} times on the same build, so what it says decides nothing",
            hint: "mend the test, or repeat it more often with --repeat",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic NoTrial(string what, string reason) =>
        Diagnostic.Error("PL0406", $"{what} cannot be tried: {reason}", exit: ExitClass.WorkFailed);

    public static Diagnostic NoRevision(string build) =>
        Diagnostic.Error(
            "PL0407",
            $"build {build} does not say from which revision of its configuration it was made",
            hint: "only builds of a git checkout without changes can be told apart by revision"
        );

    public static Diagnostic NoCommits(string good, string bad, string folder) =>
        Diagnostic.Error("PL0408", $"no commit from {good} to {bad} changes '{folder}'", hint: "is --good the older one?");

    public static Diagnostic Dirty(string build) =>
        Diagnostic.Warning(
            "PL0409",
            $"build {build} was made with changes that were not committed",
            hint: "they are not part of the search"
        );
}
