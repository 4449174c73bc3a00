using System.Text;

namespace Pipeline.Host.Tools;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + signal number when a signal ended it (see <see cref="Signal"/>).</param>
/// <param name="Output">What it wrote to standard output, empty when that went to a file.</param>
/// <param name="ErrorTail">The last 40 lines of standard error.</param>
/// <param name="CpuTime">User and system time of the program and the children it waited for.</param>
public sealed record ToolResult(int ExitCode, ReadOnlyMemory<byte> Output, string ErrorTail, TimeSpan CpuTime)
{
    /// <summary>
    /// The signal that ended it, <c>null</c> when it exited. An exit code above 128 alone means nothing: shells and ssh use those too.
    /// </summary>
    public int? Signal { get; init; }

    /// <summary>Standard output as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(Output.Span);
}
