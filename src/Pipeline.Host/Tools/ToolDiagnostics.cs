using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Tools;

/// <summary>Texts of errors that programs cause.</summary>
public static class ToolDiagnostics
{
    /// <summary>A program ended with an exit code that is not accepted.</summary>
    public static Diagnostic Failed(ToolCommand command, ToolResult result) =>
        Diagnostic.Error(
            "PL0301",
            $"'{Path.GetFileName(command.Program)}' {End(result)}\n  $ {command}"
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

    /// <summary>A program ended, and something it left behind kept its standard output open: what was read may be cut short.</summary>
    public static Diagnostic OutputOpen(ToolCommand command) =>
        Diagnostic.Error(
            "PL0311",
            $"'{Path.GetFileName(command.Program)}' ended, but a process that it started kept its output open\n  $ {command}",
            hint: "the output may be incomplete, so it was not used; that process was killed",
            exit: ExitClass.WorkFailed
        );

    /// <summary>A program went beyond its limits, and was killed with everything below it.</summary>
    /// <param name="name">The program, or the part of it that ran.</param>
    /// <param name="what">What it did, as in <c>it ran more than 10 processes</c>.</param>
    /// <param name="limit">Name of the limit.</param>
    public static Diagnostic BeyondLimit(string name, string what, string limit) =>
        Diagnostic.Error(
            "PL0312",
            $"{name} was stopped: {what}",
            hint: $"if it needs that, allow more with --script-limit {limit}=VALUE",
            exit: ExitClass.WorkFailed
        );

    /// <summary>A limit of the user that makes no sense.</summary>
    public static Diagnostic BadLimit(string item, string name, IReadOnlyCollection<string> known) =>
        Diagnostic.Error(
            "PL0313",
            $"'{item}' is not a limit for scripts",
            hint: known.Contains(name)
                ? "write processes=100, memory=512M or 2G, disk=512M or 2G, time=90s, 10m or 3h"
                : ClosestName.Hint(name, known, "write processes=100, memory=2G, disk=2G or time=10m")
        );

    private static string End(ToolResult result) =>
        result.Signal is { } signal ? $"was ended by signal {signal}" : $"exited with {result.ExitCode}";
}
