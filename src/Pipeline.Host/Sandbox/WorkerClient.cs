using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// Hands work to a process of the <c>pipeline</c> program beside this assembly, as root of the user namespace, and shows its events as our
/// own. The request goes through a pipe that stays open: when this process ends, the worker reads its end and ends too.
/// </summary>
/// <param name="tools">Finds and starts programs.</param>
/// <param name="reporter">Shows the worker's events.</param>
public sealed class WorkerClient(IToolRunner tools, IReporter reporter)
{
    private const string Name = "pipeline";

    /// <summary>A worker that is stopped removes trees of some gigabytes first.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs the work and returns its result. Cancelling stops it in order.</summary>
    /// <param name="task">The kind of work.</param>
    /// <param name="request">The work.</param>
    /// <param name="directory">The work directory: the worker's process shows it on its command line.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="PipelineException">What the worker failed with; PL0350–PL0355 when there is no worker.</exception>
    public async Task<TResult> RunAsync<TRequest, TResult>(
        WorkerTask<TRequest, TResult> task,
        TRequest request,
        WorkDirectory directory,
        CancellationToken cancellationToken
    )
        where TRequest : notnull
        where TResult : notnull
    {
        var command = Program(AppContext.BaseDirectory, Environment.ProcessPath);
        var (requestRead, requestWrite) = ToolRunner.Pipe();
        var (answerRead, answerWrite) = ToolRunner.Pipe();
        using var requests = new FileStream(requestWrite, FileAccess.Write, 0);
        using var answers = new FileStream(answerRead, FileAccess.Read);
        NamespaceProcess process;
        using (requestRead)
        using (answerWrite)
        using (var nothing = File.OpenHandle("/dev/null"))
        using (var error = new SafeFileHandle(2, false))
        {
            process = await UserNamespace.StartAsync(
                tools,
                [.. command, "worker", task.Kind, directory.Root],
                new Dictionary<int, SafeFileHandle>
                {
                    [0] = nothing,
                    [1] = error,
                    [2] = error,
                    [WorkerServer.RequestDescriptor] = requestRead,
                    [WorkerServer.AnswerDescriptor] = answerWrite,
                },
                cancellationToken
            );
        }

        await using var stop = cancellationToken.Register(() => _ = process.StopAsync(Patience));
        var feeding = Background(() => Feed(requests, task.Write(request)));
        var last = await Background(() => Listen(answers));
        var code = await process.Completion;
        await feeding;
        cancellationToken.ThrowIfCancellationRequested();
        return last switch
        {
            Answered answer => task.Read(answer.Result),
            Failed failure => throw new PipelineException(failure.Diagnostics),
            Stopped => throw new PipelineException(SandboxDiagnostics.Stopped(task.Kind)),
            _ => throw new PipelineException(SandboxDiagnostics.Silent(task.Kind, code)),
        };
    }

    /// <summary>The start of the worker's command line.</summary>
    /// <param name="directory">Where the running program's assemblies are.</param>
    /// <param name="process">The running program: <c>dotnet</c>, or a program made for one assembly.</param>
    internal static ValueList<string> Program(string directory, string? process)
    {
        var assembly = Path.Combine(directory, Name + ".dll");
        var program = Path.Combine(directory, Name);
        return Path.GetFileName(process) == "dotnet" && File.Exists(assembly) ? [process!, assembly]
            : File.Exists(program) ? [program]
            : throw new PipelineException(SandboxDiagnostics.NoProgram(directory));
    }

    private static void Feed(FileStream channel, string request)
    {
        try
        {
            channel.Write(Encoding.UTF8.GetBytes(request + "\n"));
        }
        catch (IOException)
        {
            // It ended before it had read everything; its exit code says more.
        }
    }

    /// <summary>Shows events until the channel ends; returns the message that ended the work, or <c>null</c>.</summary>
    private WorkerMessage? Listen(FileStream channel)
    {
        using var replay = new EventReplay(reporter);
        using var reader = new StreamReader(channel, Encoding.UTF8);
        WorkerMessage? last = null;
        while (reader.ReadLine() is { } line)
        {
            try
            {
                var message = JsonSerializer.Deserialize(line, WorkerMessageJson.Default.WorkerMessage)!;
                if (message is Happened happened)
                {
                    replay.Take(happened.Event);
                }
                else
                {
                    last = message;
                }
            }
            catch (JsonException)
            {
                return null; // killed in the middle of a line
            }
        }

        return last;
    }

    /// <summary>Pipes block, so each end has a thread of its own.</summary>
    private static Task<T> Background<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Task Background(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
