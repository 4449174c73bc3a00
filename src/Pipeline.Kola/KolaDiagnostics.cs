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

    public static Diagnostic QemuEnded(string tail) =>
        Diagnostic.Error(
            "PL4004",
            $"QEMU ended before the machine was up{(tail.Length == 0 ? "" : $"\n  {tail.Replace("\n", "\n  ", StringComparison.Ordinal)}")}",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic Qmp(string command, string problem) =>
        Diagnostic.Error("PL4005", $"QEMU's control socket: '{command}': {problem}", exit: ExitClass.WorkFailed);

    public static Diagnostic MachineFailed(string reason, string? directory) =>
        Diagnostic.Error(
            "PL4006",
            $"the machine failed: {reason}",
            hint: directory is null ? null : $"see {directory}/console.txt",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic NoBuild(string what, string hint) => Diagnostic.Error("PL4010", what, hint: hint);

    public static Diagnostic NoTests(string pattern, string? hint) =>
        Diagnostic.Error("PL4011", $"no test matches '{pattern}'", hint: hint ?? "see 'pipeline kola list'");

    public static Diagnostic NoTestDirectory(string path) =>
        Diagnostic.Error("PL4012", $"no directory '{path}' with tests", hint: "name a directory with -E DIR");

    public static Diagnostic BadTest(string message, SourceSpan span, string? hint = null) =>
        Diagnostic.Error("PL4020", message, span, hint);

    /// <summary>The code of everything that is wrong in a denylist.</summary>
    public const string DenylistCode = "PL4021";

    public static Diagnostic BadDenylist(string message, SourceSpan span, string? hint = null) =>
        Diagnostic.Error(DenylistCode, message, span, hint);

    public static Diagnostic BadIgnition(string path, string problem) =>
        Diagnostic.Error("PL4022", $"'{path}': {problem}", hint: "check it with 'pipeline ignition validate'");

    public static Diagnostic Remote(string what, int code, string text) =>
        Diagnostic.Error(
            "PL4030",
            $"{what} failed in the machine with exit code {code}{(text.Length == 0 ? "" : $": {text}")}",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic TestsFailed(int failed, int total, string directory) =>
        Diagnostic.Error("PL4040", $"{failed} of {total} tests failed", hint: $"logs are in {directory}", exit: ExitClass.WorkFailed);
}
