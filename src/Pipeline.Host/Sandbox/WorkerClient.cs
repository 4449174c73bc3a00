using System.Runtime.InteropServices;
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
    /// <param name="reads">Directories and files outside of the work directory that the work reads.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="PipelineException">What the worker failed with; PL0350–PL0355 when there is no worker.</exception>
    public async Task<TResult> RunAsync<TRequest, TResult>(
        WorkerTask<TRequest, TResult> task,
        TRequest request,
        WorkDirectory directory,
        IEnumerable<string> reads,
        CancellationToken cancellationToken
    )
        where TRequest : notnull
        where TResult : notnull
    {
        var command = Program(AppContext.BaseDirectory, Environment.ProcessPath);
        var (requestRead, requestWrite) = ToolRunner.Pipe();
        var (answerRead, answerWrite) = ToolRunner.Pipe();
        using var requests = new RequestPipe(new FileStream(requestWrite, FileAccess.Write, 0));
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
                [.. Places(directory, reads)],
                reporter.Report,
                cancellationToken
            );
        }

        var feeding = Background(() => requests.Send(task.Write(request)));
        await using var stop = cancellationToken.Register(() => _ = StopAsync(process, requests.Send));
        var last = await Background(() => Listen(answers));
        var end = await process.Completion;
        await feeding;
        cancellationToken.ThrowIfCancellationRequested();
        return last switch
        {
            Answered answer => task.Read(answer.Result),
            Failed failure => throw new PipelineException(failure.Diagnostics),
            Stopped => throw new PipelineException(SandboxDiagnostics.Stopped(task.Kind)),
            _ => throw new PipelineException(SandboxDiagnostics.Silent(task.Kind, end)),
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

    /// <summary>What the worker needs of this machine besides what everybody may read.</summary>
    private static IEnumerable<HostPlace> Places(WorkDirectory directory, IEnumerable<string> reads)
    {
        foreach (var place in (string[])[directory.Root, directory.Cache, directory.Builds, directory.Temporary])
        {
            // Those below the root are only of interest when they are links to another place.
            if (place == directory.Root || (new DirectoryInfo(place).LinkTarget is not null && Directory.Exists(place)))
            {
                yield return new(place, true);
            }
        }

        // The program and its runtime may lie in root's home directory.
        foreach (var place in reads.Concat(ProgramPlaces(AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory())))
        {
            yield return new(Path.TrimEndingDirectorySeparator(place), false);
        }
    }

    /// <summary>Where the program is, and the <c>dotnet</c> that runs it; an installed program has its runtime with it.</summary>
    /// <param name="program">Directory of the program's assemblies.</param>
    /// <param name="runtime">Directory of the runtime's: <c>…/shared/NAME/VERSION</c>, or that of the program.</param>
    internal static ValueList<string> ProgramPlaces(string program, string runtime) =>
        Path.TrimEndingDirectorySeparator(program) == Path.TrimEndingDirectorySeparator(runtime)
            ? [program]
            : [program, Path.GetFullPath(Path.Combine(runtime, "../../.."))];

    /// <summary>Asks the worker to stop in order, and ends it when it has not after <see cref="Patience"/>.</summary>
    private static async Task StopAsync(NamespaceProcess process, Action<string> send)
    {
        // A worker that still starts up does not handle signals yet, but it will read this.
        _ = Background(() => send(WorkerServer.Stop));
        if (await Task.WhenAny(process.Completion, Task.Delay(Patience)) != process.Completion)
        {
            process.Kill();
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

/// <summary>The way to a worker: one request, and perhaps the word to stop. It ends when this process ends.</summary>
/// <param name="pipe">The pipe.</param>
internal sealed class RequestPipe(FileStream pipe) : IDisposable
{
    private readonly Lock _gate = new();

    /// <summary>Writes a line, after those before it.</summary>
    public void Send(string line)
    {
        try
        {
            lock (_gate)
            {
                pipe.Write(Encoding.UTF8.GetBytes(line + "\n"));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It ended before it had read everything; its exit code says more.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => pipe.Dispose();
}
