namespace Pipeline.Host.Tools;

/// <summary>The one way to start programs; tests record the calls instead.</summary>
public interface IToolRunner
{
    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="Model.Diagnostics.PipelineException">
    /// PL0301 the exit code is not accepted (class 1), PL0302 the program is missing (class 3), PL0303 too much output,
    /// PL0311 output cut short, PL0312 beyond its bounds.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled; the program was stopped first (SIGTERM to its group, then SIGKILL).
    /// </exception>
    Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken);

    /// <summary>Starts a program that lives on, such as a virtual machine; dispose to stop it.</summary>
    /// <exception cref="Model.Diagnostics.PipelineException">PL0302 the program is missing (class 3).</exception>
    IRunningTool Start(ToolCommand command);

    /// <summary>The absolute path of a program, or <c>null</c> when it is not installed.</summary>
    string? Find(string program);
}

/// <summary>A program that was started and lives until it ends or is disposed.</summary>
public interface IRunningTool : IAsyncDisposable
{
    /// <summary>Process id, also the id of its process group.</summary>
    int Id { get; }

    /// <summary>Completes when the program has ended; never faults.</summary>
    Task<ToolResult> Completion { get; }

    /// <summary>Stops it: SIGTERM to the group, SIGKILL after the grace period. Returns when it is gone.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
