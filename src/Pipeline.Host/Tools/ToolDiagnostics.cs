using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Tools;

/// <summary>Texts of errors that programs cause.</summary>
public static class ToolDiagnostics
{
    /// <summary>A program ended with an exit code that is not accepted.</summary>
    public static Diagnostic Failed(ToolCommand command, ToolResult result) =>
        Diagnostic.Error(
            "PL0301",
            $"'{Path.GetFileName(command.Program)}' {End(result.ExitCode)}\n  $ {command}"
                + (result.ErrorTail.Length == 0 ? "" : "\n  " + result.ErrorTail.TrimEnd().Replace("\n", "\n  ", StringComparison.Ordinal)),
            hint: result.ErrorTail.Contains("No space left on device", StringComparison.Ordinal)
                ? "the disk is full: free space, or point -C at a larger disk"
                : "run the command by hand to see more",
            exit: ExitClass.WorkFailed
        );

    /// <summary>A program is not installed.</summary>
    public static Diagnostic Missing(string program, string? hint) =>
        Diagnostic.Error(
            "PL0302",
            $"'{program}' is not installed",
            hint: hint ?? "run './build.sh' once, or 'pipeline doctor' for the full list",
            exit: ExitClass.MissingTool
        );

    /// <summary>ostree made a commit and did not print its checksum.</summary>
    public static Diagnostic NoChecksum() => Diagnostic.Error("PL0305", "ostree printed no checksum", exit: ExitClass.WorkFailed);

    /// <summary>A program wrote more than its limit to standard output.</summary>
    public static Diagnostic TooMuchOutput(ToolCommand command) =>
        Diagnostic.Error(
            "PL0303",
            $"'{Path.GetFileName(command.Program)}' wrote more than {command.OutputLimit} bytes",
            exit: ExitClass.WorkFailed
        );

    private static string End(int code) => code > 128 ? $"was ended by signal {code - 128}" : $"exited with {code}";
}
