using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Sandbox;

/// <summary>The other end of <see cref="WorkerClient"/>: what the hidden verb <c>worker</c> does.</summary>
/// <param name="tools">Starts programs.</param>
/// <param name="time">The clock.</param>
/// <param name="debug">Whether stack traces of defects go to standard error.</param>
public sealed class WorkerServer(IToolRunner tools, TimeProvider time, bool debug)
{
    /// <summary>Descriptor of the request pipe; its end means that the process outside is gone.</summary>
    internal const int RequestDescriptor = 5;

    /// <summary>Descriptor of the answer channel.</summary>
    internal const int AnswerDescriptor = 6;

    /// <summary>A line after the request: stop in order.</summary>
    internal const string Stop = "stop";

    private const int KilledExit = 128 + Libc.SigKill;
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    /// <summary>Reads one request, does the work and answers. The exit class is for the process only, the answer says everything.</summary>
    /// <param name="kind">Which work.</param>
    /// <param name="tasks">All work there is.</param>
    /// <param name="cancellationToken">Cancelled by SIGTERM.</param>
    /// <exception cref="PipelineException">PL0356, PL0357: called by a person.</exception>
    public async Task<ExitClass> RunAsync(string kind, IReadOnlyCollection<WorkerTask> tasks, CancellationToken cancellationToken)
    {
        var task =
            tasks.FirstOrDefault(t => t.Kind == kind)
            ?? throw new PipelineException(SandboxDiagnostics.UnknownKind(kind, tasks.Select(t => t.Kind)));
        if (!UserNamespace.IsInside || !Own(RequestDescriptor) || !Own(AnswerDescriptor))
        {
            throw new PipelineException(SandboxDiagnostics.NotAWorker());
        }

        ForbidNamespaces();
#pragma warning disable CA2000 // the word to stop may come after the work: it lives as long as the process
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
#pragma warning restore CA2000
        var request = await ReadRequest(new(new SafeFileHandle(RequestDescriptor, true), FileAccess.Read), stop.Cancel);
        await using var answers = new FileStream(new SafeFileHandle(AnswerDescriptor, true), FileAccess.Write, 0);
        var channel = new WorkerChannel(answers);
        var services = new WorkerServices(tools, new Reporter(channel, time), time);
        var (answer, exit) = await AnswerAsync(task, request, services, stop.Token);
        channel.Send(answer);
        return exit;
    }

    private async Task<(WorkerMessage Answer, ExitClass Exit)> AnswerAsync(
        WorkerTask task,
        string request,
        WorkerServices services,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return (new Answered(await task.RunAsync(request, services, cancellationToken)), ExitClass.Done);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (new Stopped(), ExitClass.Cancelled);
        }
        catch (PipelineException e)
        {
            return (new Failed([.. e.Diagnostics]), e.Exit);
        }
#pragma warning disable CA1031 // the last line of defence of this process: the one outside reports it
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (debug)
            {
                await Console.Error.WriteLineAsync(e.ToString());
            }

            var unexpected = UnexpectedFailure.Of(e);
            return (new Failed([unexpected]), unexpected.Exit);
        }
    }

    /// <summary>Makes a descriptor ours alone: no child may hold the channel open.</summary>
    private static bool Own(int descriptor) => Libc.fcntl(descriptor, SetDescriptorFlags, CloseOnExec) == 0;

    /// <summary>
    /// Nothing that runs here needs another user namespace. In one, a script would have all the capabilities that its sandbox takes away.
    /// </summary>
    private static void ForbidNamespaces()
    {
        try
        {
            File.WriteAllText("/proc/sys/user/max_user_namespaces", "0"); // the limit of this namespace, not of the machine
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Read-only in this container.
        }
    }

    /// <summary>
    /// The first line of the request pipe. Its end, whenever it comes, ends this process at once, and with it the PID namespace and all
    /// that was started here: nothing is published any more.
    /// </summary>
    private static Task<string> ReadRequest(FileStream channel, Action stop)
    {
        var request = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            using var reader = new StreamReader(channel, Encoding.UTF8);
            while (reader.ReadLine() is { } line)
            {
                if (!request.TrySetResult(line) && line == Stop)
                {
                    stop();
                }
            }

            Libc._exit(KilledExit); // no signal: the first process of a PID namespace does not feel its own
        })
        {
            IsBackground = true,
            Name = "outer process",
        }.Start();
        return request.Task;
    }
}
