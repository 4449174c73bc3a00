using System.Collections.Concurrent;
using System.Text;
using Pipeline.Host.Tools;

namespace Pipeline.TestKit;

/// <summary>Records tool calls instead of making them; answers with prepared output.</summary>
public sealed class RecordingToolRunner : IToolRunner
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The calls so far, as they would be pasted into a shell.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Gives standard output for a call; empty by default.</summary>
    public Func<ToolCommand, string> Answer { get; set; } = _ => "";

    /// <inheritdoc/>
    public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        _lines.Enqueue(command.ToString());
        return Task.FromResult(new ToolResult(0, Encoding.UTF8.GetBytes(Answer(command)), "", TimeSpan.Zero));
    }

    /// <inheritdoc/>
    public IRunningTool Start(ToolCommand command) => throw new NotSupportedException("record long-lived programs with a real fake tool");

    /// <inheritdoc/>
    public string? Find(string program) => $"/usr/bin/{program}";
}
