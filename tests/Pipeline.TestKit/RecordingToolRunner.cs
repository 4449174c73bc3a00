using System.Collections.Concurrent;
using System.Text;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>How a program of <see cref="RecordingToolRunner"/> ends.</summary>
/// <param name="Output">Standard output.</param>
/// <param name="ExitCode">Exit code.</param>
/// <param name="Error">Standard error.</param>
public sealed record ToolAnswer(string Output = "", int ExitCode = 0, string Error = "");

/// <summary>
/// Records tool calls instead of making them and answers as the real runner would: what it refuses, this refuses too.
/// <c>ToolRunnerContract</c> holds for both.
/// </summary>
public sealed class RecordingToolRunner : IToolRunner
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The calls so far, as they would be pasted into a shell.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Gives standard output for a call; empty by default.</summary>
    public Func<ToolCommand, string> Answer { get; set; } = _ => "";

    /// <summary>Gives the whole end of a call; by default exit code 0 with <see cref="Answer"/>.</summary>
    public Func<ToolCommand, ToolAnswer>? End { get; set; }

    /// <summary>Programs that are not installed.</summary>
    public ISet<string> Missing { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (result, output) = Record(command);
        if (output.Length > command.OutputLimit && command.OutputFile is null)
        {
            throw new PipelineException(ToolDiagnostics.TooMuchOutput(command));
        }

        // Tests of command lines name places that do not exist.
        if (command.OutputFile is { } file && Directory.Exists(Path.GetDirectoryName(file)))
        {
            await File.WriteAllTextAsync(file, output, cancellationToken);
        }

        return command.Accepted.Contains(result.ExitCode) ? result : throw new PipelineException(ToolDiagnostics.Failed(command, result));
    }

    /// <inheritdoc/>
    public IRunningTool Start(ToolCommand command) => new Running(Record(command).Result);

    /// <inheritdoc/>
    public string? Find(string program) => Missing.Contains(program) ? null : $"/usr/bin/{program}";

    private (ToolResult Result, string Output) Record(ToolCommand command)
    {
        if (Missing.Contains(command.Program))
        {
            throw new PipelineException(ToolDiagnostics.Missing(command.Program, command.MissingHint));
        }

        _lines.Enqueue(command.ToString());
        var answer = End?.Invoke(command) ?? new(Answer(command));
        foreach (var line in answer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            command.OnErrorLine?.Invoke(line);
        }

        var kept = command.OutputFile is null ? Encoding.UTF8.GetBytes(answer.Output) : [];
        return (new(answer.ExitCode, kept, answer.Error, TimeSpan.Zero), answer.Output);
    }

    /// <summary>A program that has ended already.</summary>
    private sealed class Running(ToolResult result) : IRunningTool
    {
        public int Id => Environment.ProcessId;

        public Task<ToolResult> Completion { get; } = Task.FromResult(result);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
