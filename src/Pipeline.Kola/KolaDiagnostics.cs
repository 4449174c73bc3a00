using Pipeline.Model.Diagnostics;

namespace Pipeline.Kola;

/// <summary>Texts of PL4xxx.</summary>
internal static class KolaDiagnostics
{
    /// <summary>What brings QEMU.</summary>
    public const string QemuHint = "install 'qemu-system-x86', 'qemu-utils' and 'ovmf', or run './build.sh' once";

    public static Diagnostic NoGuest(string problem) =>
        Diagnostic.Error("PL4001", $"QEMU cannot run a guest here: {problem}", hint: QemuHint, exit: ExitClass.MissingTool);

    public static Diagnostic NoFirmware() =>
        Diagnostic.Error(
            "PL4003",
            "no UEFI firmware is installed",
            hint: "install the package 'ovmf', or use --firmware bios",
            exit: ExitClass.MissingTool
        );

    /// <param name="reason">Why.</param>
    /// <param name="directory">Its folder of logs, or <c>null</c>.</param>
    /// <param name="log">Lines of Ignition that say more; empty for none.</param>
    public static Diagnostic MachineFailed(string reason, string? directory, string log = "") =>
        Diagnostic.Error(
            "PL4006",
            $"the machine failed: {reason}{(log.Length == 0 ? "" : "\n  " + string.Join("\n  ", log.TrimEnd().Split('\n')))}",
            hint: directory is null ? null : $"see {directory}/console.txt",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic NoBuild(string what, string hint) => Diagnostic.Error("PL4010", what, hint: hint);

    public static Diagnostic NoTests(string pattern, string? hint) =>
        Diagnostic.Error("PL4011", $"no test matches '{pattern}'", hint: hint ?? "see 'pipeline kola list'");

    public static Diagnostic NoTestDirectory(string path) =>
        Diagnostic.Error("PL4012", $"no directory '{path}' with tests", hint: "name a directory with -E DIR");

    public static Diagnostic UsedDirectory(string path) =>
        Diagnostic.Error(
            "PL4013",
            $"'{path}' holds files that are not of an earlier run",
            hint: "name an empty or new directory with --output-dir"
        );

    public static Diagnostic NoMachines(string platform, IEnumerable<string> known) =>
        Diagnostic.Error(
            "PL4014",
            $"there are no machines for images of the platform '{platform}'",
            hint: ClosestName.Hint(platform, known, $"platforms with machines: {string.Join(", ", known)}")
        );

    public static Diagnostic NoShape(string lack) =>
        Diagnostic.Error("PL4015", $"no machine of that shape can be made: {lack}", hint: "ask for another machine");

    /// <summary>Nothing was proved: no test was selected, or all were skipped.</summary>
    public static Diagnostic NothingRan(int skipped, string further = "") =>
        skipped == 0
            ? Diagnostic.Error("PL4016", "no test was selected", hint: $"see 'pipeline kola list'{further}")
            : Diagnostic.Error(
                "PL4017",
                skipped == 1 ? "no test ran: the one selected was skipped" : $"no test ran: all {skipped} were skipped",
                hint: $"'pipeline kola list' and the report name the reasons{further}",
                exit: ExitClass.WorkFailed
            );

    public static Diagnostic BadTest(string message, SourceSpan span, string? hint = null) =>
        Diagnostic.Error("PL4020", message, span, hint);

    public static Diagnostic BadIgnition(string path, string problem) =>
        Diagnostic.Error("PL4022", $"'{path}': {problem}", hint: "check it with 'pipeline ignition validate'");

    public static Diagnostic ButaneAsIgnition(string path) =>
        new(
            "PL4023",
            Severity.Note,
            "this is a Butane config, and is translated",
            new(path, 1, 1),
            "name it config.bu beside a test, or give it with --butane",
            ExitClass.Done
        );

    public static Diagnostic NoSerial(string platform) =>
        Diagnostic.Error(
            "PL4024",
            $"machines on {platform} have no serial console that a person can use",
            hint: "leave --console out: a shell comes by ssh"
        );

    public static Diagnostic NoVariant(string sabotage) =>
        Diagnostic.Error(
            "PL4061",
            $"'{sabotage}' needs a build with another layer, which cannot be made here",
            hint: "run 'pipeline kola sabotage' in a checkout"
        );

    /// <summary>A test that failed, where the CI system marks the file that it is in.</summary>
    public static Diagnostic TestFailed(string test, string reason, string source, string again) =>
        Diagnostic.Error(
            "PL4018",
            $"test '{test}' failed{(reason.Length > 0 ? $": {reason}" : "")}",
            source.Length > 0 ? new(source, 1, 1) : null,
            again.Length > 0 ? $"again: {again}" : "see its output in the report",
            ExitClass.WorkFailed
        );

    /// <summary>The same for one whose failure only warns.</summary>
    public static Diagnostic TestWarned(string test, string reason, string source) =>
        Diagnostic.Warning(
            "PL4019",
            $"test '{test}' failed, which only warns{(reason.Length > 0 ? $": {reason}" : "")}",
            source.Length > 0 ? new(source, 1, 1) : null,
            "mend it before its entry in the denylist expires"
        );
}
