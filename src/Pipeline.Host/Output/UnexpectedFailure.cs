using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>Turns exceptions that no code threw on purpose into diagnostics: full disks, missing rights and paths, and defects.</summary>
public static class UnexpectedFailure
{
    private const int NoSpace = 28;
    private const int NoAccess = 13;

    /// <summary>The diagnostic of an exception that is neither a <see cref="PipelineException"/> nor a cancellation.</summary>
    public static Diagnostic Of(Exception exception) =>
        exception switch
        {
            IOException io when Errno(io) == NoSpace || io.Message.Contains("No space left", StringComparison.Ordinal) => Diagnostic.Error(
                "PL0306",
                $"the disk is full: {io.Message}",
                hint: "free space, or point -C at a larger disk; the next run goes on where this one stopped",
                exit: ExitClass.WorkFailed
            ),
            UnauthorizedAccessException e => Diagnostic.Error(
                "PL0307",
                Lower(e.Message),
                hint: "check the owner and mode of that path",
                exit: ExitClass.MissingTool
            ),
            FileNotFoundException or DirectoryNotFoundException => Diagnostic.Error(
                "PL0308",
                Lower(exception.Message),
                hint: "check the spelling of that path"
            ),
            IOException io => Diagnostic.Error(
                "PL0309",
                Lower(io.Message),
                hint: Errno(io) == NoAccess ? "check the owner and mode of that path" : null,
                exit: ExitClass.WorkFailed
            ),
            _ => Diagnostic.Error(
                "PL0000",
                $"internal error: {exception.GetType().Name}: {exception.Message}",
                hint: "this is a defect; run again with PIPELINE_DEBUG=1 and report the output",
                exit: ExitClass.WorkFailed
            ),
        };

    private static int Errno(IOException e) => e.HResult & 0xffff;

    private static string Lower(string message) =>
        message.Length == 0 ? message : char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');
}
