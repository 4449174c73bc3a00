using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Tools;

/// <summary>Runs real programs: own process group, parent-death signal, clean environment, bounded output, stopped in order.</summary>
public sealed class ToolRunner : IToolRunner
{
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly Lazy<string?> _setpriv = new(() => FindIn("setpriv"));

    /// <inheritdoc/>
    public string? Find(string program) => FindIn(program);

    /// <inheritdoc/>
    public async Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var tool = (RunningTool)Start(command);
        await using (tool)
        {
            await using var stop = cancellationToken.Register(() => _ = tool.StopAsync(CancellationToken.None));
            var beyond = command.Bounds is { } bounds
                ? await new BoundsWatch(tool.Id, bounds).WatchAsync(tool.Completion, cancellationToken)
                : null;
            var result = await tool.Completion;
            cancellationToken.ThrowIfCancellationRequested();
            if (beyond is not null)
            {
                throw new PipelineException(beyond);
            }

            if (tool.OutputOverflow)
            {
                throw new PipelineException(ToolDiagnostics.TooMuchOutput(command));
            }

            if (tool.OutputCut)
            {
                throw new PipelineException(ToolDiagnostics.OutputOpen(command));
            }

            return command.Accepted.Contains(result.ExitCode)
                ? result
                : throw new PipelineException(ToolDiagnostics.Failed(command, result));
        }
    }

    /// <inheritdoc/>
    public IRunningTool Start(ToolCommand command)
    {
        var program = FindIn(command.Program) ?? throw new PipelineException(ToolDiagnostics.Missing(command.Program, command.MissingHint));
        var setpriv = _setpriv.Value ?? throw new PipelineException(ToolDiagnostics.Missing("setpriv", "install the package 'util-linux'"));
        var inherit = command.InheritOutput || command.Terminal;
        var (outRead, outWrite) =
            inherit ? (null, Own(1))
            : command.OutputFile is null ? Pipe()
            : (null, File.OpenHandle(command.OutputFile, FileMode.Create, FileAccess.Write, FileShare.Read));
        var (errRead, errWrite) = inherit ? (null, Own(2)) : Pipe();
        var (inRead, inWrite) =
            command.Terminal ? (Own(0), null)
            : command.Input.IsEmpty ? (File.OpenHandle("/dev/null"), null)
            : Pipe();
        try
        {
            var handles = new Dictionary<int, SafeFileHandle>(command.Handles)
            {
                [0] = inRead,
                [1] = outWrite,
                [2] = errWrite,
            };
            string[] argv = [setpriv, "--pdeathsig", "KILL", "--", .. Limited(command), program, .. command.Arguments];
            var id = Spawner.Start(argv, EnvironmentOf(command), command.WorkingDirectory ?? "/", handles, command.Terminal);
            return new RunningTool(id, command, inWrite, outRead, errRead);
        }
        catch (SpawnFailedException e)
        {
            outRead?.Dispose();
            errRead?.Dispose();
            inWrite?.Dispose();
            throw new PipelineException(
                Diagnostic.Error(
                    "PL0304",
                    $"cannot start '{command.Program}': {Marshal.GetPInvokeErrorMessage(e.Errno)}",
                    exit: ExitClass.MissingTool
                ),
                e
            );
        }
        finally
        {
            inRead.Dispose();
            outWrite.Dispose();
            errWrite.Dispose();
        }
    }

    internal static unsafe (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var ends = stackalloc int[2];
        Libc.CheckErrno(Libc.pipe2(ends, OpenFlags.CloseOnExec), "pipe2");
        return (new SafeFileHandle(ends[0], true), new SafeFileHandle(ends[1], true));
    }

    private static string[] Limited(ToolCommand command) =>
        command.Bounds is not { } bounds ? []
        : FindIn("prlimit") is { } prlimit ? [prlimit, .. BoundsWatch.Arguments(bounds.Limits)]
        : throw new PipelineException(ToolDiagnostics.Missing("prlimit", "install the package 'util-linux'"));

    private static SafeFileHandle Own(int descriptor) => new(descriptor, ownsHandle: false);

    private static string[] EnvironmentOf(ToolCommand command)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = SearchPath,
            ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? "/",
            ["LC_ALL"] = "C.UTF-8",
            ["TZ"] = "UTC",
        };
        foreach (var (name, value) in command.Environment)
        {
            all[name] = value;
        }

        return [.. all.Select(v => $"{v.Key}={v.Value}")];
    }

    private static string? FindIn(string program) =>
        program.Contains('/', StringComparison.Ordinal)
            ? File.Exists(program)
                ? program
                : null
            : SearchPath.Split(':').Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}

/// <summary>A started program, its pumps and its end.</summary>
internal sealed class RunningTool : IRunningTool
{
    private const int TailLines = 40;
    private readonly ToolCommand _command;
    private readonly Lock _gate = new();
    private readonly Queue<string> _tail = new();
    private readonly SemaphoreSlim _stopping = new(1, 1);
    private readonly MemoryStream _output = new();
    private int _disposed;
    private volatile bool _stopped;

    public RunningTool(int id, ToolCommand command, SafeFileHandle? input, SafeFileHandle? output, SafeFileHandle? error)
    {
        Id = id;
        _command = command;
        Watchdog.Started(id, command.Terminal);
        Completion = CompleteAsync(Pump(() => Feed(input)), Pump(() => Collect(output)), Pump(() => ReadErrors(error)));
    }

    public int Id { get; }

    public Task<ToolResult> Completion { get; }

    public bool OutputOverflow { get; private set; }

    /// <summary>Whether something that the program left behind held its standard output, so that its end was never read.</summary>
    public bool OutputCut { get; private set; }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.WaitAsync(cancellationToken);
        try
        {
            if (Completion.IsCompleted)
            {
                return;
            }

            _stopped = true;
            Signal(Libc.SigTerm);
            if (await Task.WhenAny(Completion, Task.Delay(_command.GracePeriod, cancellationToken)) != Completion)
            {
                Signal(Libc.SigKill);
                await Completion.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            _stopping.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
        await _output.DisposeAsync();
    }

    /// <summary>Pumps block on pipes, so each has a thread of its own instead of starving the pool.</summary>
    private static Task Pump(Action pump) =>
        Task.Factory.StartNew(pump, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task<ToolResult> CompleteAsync(Task feed, Task collect, Task errors)
    {
        // The exit is waited for on a thread of its own: pumps of a grandchild that keeps the pipe open must not hide it.
        await Pump(() => Children.AwaitEnd(Id));
        if (_stopped)
        {
            Signal(Libc.SigKill); // it was told to stop: so was all that it started
        }

        await Task.WhenAny(Task.WhenAll(feed, collect, errors), Task.Delay(_command.OutputGrace));
        if (!collect.IsCompleted)
        {
            OutputCut = true;
            Signal(Libc.SigKill);
        }

        Watchdog.Ended(Id);
        var end = Children.TakeIn(Id);
        lock (_gate)
            lock (_gate)
            {
                return new(end.Code, _output.GetBuffer().AsMemory(0, (int)_output.Length), string.Join('\n', _tail), end.Cpu)
                {
                    Signal = end.Signal,
                };
            }
    }

    /// <summary>Signals the group; a program on the terminal shares ours and is signalled alone.</summary>
    private void Signal(int signal) => _ = Libc.kill(_command.Terminal ? Id : -Id, signal);

    private void Feed(SafeFileHandle? input)
    {
        if (input is null)
        {
            return;
        }

        try
        {
            using var stream = new FileStream(input, FileAccess.Write, 0);
            stream.Write(_command.Input.Span);
        }
        catch (IOException)
        {
            // The program closed its input early; its exit code says whether that is an error.
        }
    }

    private void Collect(SafeFileHandle? output)
    {
        if (output is null)
        {
            return;
        }

        using var stream = new FileStream(output, FileAccess.Read, 0);
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (_output.Length + read > _command.OutputLimit)
            {
                OutputOverflow = true;
                Signal(Libc.SigKill);
                return;
            }

            lock (_gate)
            {
                _output.Write(buffer, 0, read);
            }
        }
    }

    private void ReadErrors(SafeFileHandle? error)
    {
        if (error is null)
        {
            return;
        }

        using var stream = new FileStream(error, FileAccess.Read, 0);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (BoundedLine.Read(reader) is { } line)
        {
            lock (_gate)
            {
                _tail.Enqueue(line);
                if (_tail.Count > TailLines)
                {
                    _tail.Dequeue();
                }
            }

            _command.OnErrorLine?.Invoke(line);
        }
    }
}

/// <summary>Reads lines of untrusted output with a bounded length.</summary>
internal static class BoundedLine
{
    private const int Most = 8192;

    /// <summary>The next line, split after 8192 characters; <c>null</c> at the end.</summary>
    public static string? Read(TextReader reader)
    {
        var line = new StringBuilder();
        int c;
        while ((c = reader.Read()) >= 0)
        {
            if (c == '\n' || line.Length >= Most)
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)c);
        }

        return line.Length == 0 ? null : line.ToString();
    }
}
