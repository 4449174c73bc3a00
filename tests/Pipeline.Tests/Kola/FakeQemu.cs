using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.TestKit;
using Pipeline.TestKit.Machines;

namespace Pipeline.Tests.Kola;

/// <summary>
/// Runs no QEMU but speaks its control socket, with a guest whose agent says yes to everything. A test decides at which command a process
/// ends, resets or stops answering.
/// </summary>
internal sealed partial class FakeQemu : IToolRunner, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentBag<Process> _processes = [];
    private readonly FakeGuestAgent _agent = new()
    {
        Hostile = command =>
            command switch
            {
                "guest-exec" => "{\"return\": {\"pid\": 1}}\n"u8.ToArray(),
                "guest-exec-status" => "{\"return\": {\"exited\": true, \"exitcode\": 0}}\n"u8.ToArray(),
                _ => null,
            },
    };
    private int _started;

    public FakeQemu() => File.WriteAllText(_directory.File("image.qcow2"), "");

    /// <summary>The answer of process number N, from 1, to a command.</summary>
    public Func<int, string, QemuAnswer> Answer { get; set; } = (_, _) => QemuAnswer.Usual;

    /// <summary>How many processes were started.</summary>
    public int Started => _started;

    /// <summary>Processes that have not ended.</summary>
    public int Alive => _processes.Count(p => !p.Completion.IsCompleted);

    /// <summary>Paths of disks and saved memory that are left.</summary>
    public string[] Leftovers =>
        [.. new[] { "disks", "scratch" }.Select(_directory.File).Where(Directory.Exists).SelectMany(Directory.GetFileSystemEntries)];

    /// <summary>Starts a machine on it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public Task<QemuMachine> StartAsync(string name, TimeProvider time, CancellationToken cancellationToken) =>
        QemuMachine.StartAsync(
            Host(time),
            new(new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 }, null, _directory.File(name)),
            new(_directory.File("image.qcow2"), "qcow2"),
            null,
            cancellationToken
        );

    /// <summary>Starts a machine of a shape, with an Ignition config.</summary>
    public Task<QemuMachine> StartAsync(string name, MachineShape shape, string ignition, CancellationToken cancellationToken) =>
        QemuMachine.StartAsync(
            Host(TimeProvider.System),
            new(shape, ignition, _directory.File(name)),
            new(_directory.File("image.qcow2"), "qcow2"),
            null,
            cancellationToken
        );

    /// <summary>A folder for logs.</summary>
    public string Folder(string name) => _directory.File(name);

    public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        if (command.Program == "qemu-img")
        {
            File.WriteAllText(command.Arguments.First(a => a.StartsWith('/') && a.Contains("/disks/", StringComparison.Ordinal)), "");
        }

        return Task.FromResult(new ToolResult(command.Program == "ssh" ? 255 : 0, default, "", TimeSpan.Zero));
    }

    public IRunningTool Start(ToolCommand command)
    {
        var socket = Socket().Match(command.ToString()).Groups[1].Value;
        var agent = Path.Combine(Path.GetDirectoryName(socket)!, "a");
        File.Delete(agent);
        File.CreateSymbolicLink(agent, _agent.Path);
        var process = new Process(Interlocked.Increment(ref _started), socket, AnswerOf);
        _processes.Add(process);
        return process;
    }

    public string? Find(string program) => $"/usr/bin/{program}";

    public void Dispose()
    {
        _agent.Dispose();
        _directory.Dispose();
    }

    /// <summary>The saved machines of a cache that all runs of this object share.</summary>
    public QemuSavedStore Store() =>
        new(Host(TimeProvider.System), new(_directory.File("image.qcow2"), "qcow2"), _directory.File("cache"), new TestReporter());

    private QemuAnswer AnswerOf(int number, string name)
    {
        if (name == "migrate")
        {
            // The memory of whichever machine is being saved.
            foreach (var folder in Directory.GetDirectories(_directory.File("disks")))
            {
                File.WriteAllText(Path.Combine(folder, "state"), "memory");
            }
        }

        return Answer(number, name);
    }

    private QemuHost Host(TimeProvider time)
    {
        Directory.CreateDirectory(_directory.File("scratch"));
        Directory.CreateDirectory(_directory.File("disks"));
        return new(this, time, new(true, 1, ""), new("key", "ssh-ed25519 AAAA"), _directory.File("scratch"), _directory.File("disks"));
    }

    [GeneratedRegex(@"unix:([^,]+),server=on")]
    private static partial Regex Socket();

    private sealed class Process : IRunningTool
    {
        private readonly TaskCompletionSource<ToolResult> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly string _path;
        private bool _disposed;

        public Process(int number, string path, Func<int, string, QemuAnswer> answer)
        {
            _path = path;
            File.Delete(path);
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            _ = ServeAsync(name => answer(number, name));
        }

        public int Id => Environment.ProcessId;

        public Task<ToolResult> Completion => _end.Task;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            End(137, "");
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            // As strict as a class may be that holds handles: the owner disposes once.
            ObjectDisposedException.ThrowIf(_disposed, this);
            _disposed = true;
            End(137, "");
            return ValueTask.CompletedTask;
        }

        private void End(int code, string error)
        {
            _listener.Dispose();
            File.Delete(_path);
            _end.TrySetResult(new(code, default, error, TimeSpan.Zero));
        }

        private async Task ServeAsync(Func<string, QemuAnswer> answer)
        {
            try
            {
                using var socket = await _listener.AcceptAsync();
                await using var stream = new NetworkStream(socket);
                using var reader = new StreamReader(stream);
                await stream.WriteAsync("{\"QMP\":{\"version\":{}}}\n"u8.ToArray());
                while (await reader.ReadLineAsync() is { } line)
                {
                    var name = Regex.Match(line, "\"execute\": ?\"([a-z_-]+)\"").Groups[1].Value;
                    var wanted = answer(name);
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(wanted.Text ?? Usual(name)));
                    if (wanted.Exit is { } exit || (name == "quit" && (exit = 0) == 0))
                    {
                        socket.Close();
                        End(exit, wanted.Error);
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // The machine has ended.
            }
        }

        private static string Usual(string name) =>
            name switch
            {
                "human-monitor-command" => "{\"return\": \"  TCP[HOST_FORWARD]  12  127.0.0.1 1  10.0.2.15  22  0  0\"}\n",
                "query-migrate" => "{\"return\": {\"status\": \"completed\"}}\n",
                "query-status" => "{\"return\": {\"status\": \"paused\"}}\n",
                _ => "{\"return\": {}}\n",
            };
    }
}

/// <summary>What a fake QEMU does on a command.</summary>
/// <param name="Text">What it says; <c>null</c> for the usual answer.</param>
/// <param name="Exit">Its exit code when it then ends; <c>null</c> when it goes on.</param>
/// <param name="Error">What it says on standard error.</param>
internal sealed record QemuAnswer(string? Text, int? Exit = null, string Error = "")
{
    public static QemuAnswer Usual { get; } = new((string?)null);

    /// <summary>It ends without an answer.</summary>
    public static QemuAnswer Dies(string error) => new("", 1, error);

    /// <summary>The guest resets, and with <c>-no-reboot</c> the process ends.</summary>
    public static QemuAnswer Resets { get; } =
        new("{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"guest-reset\"}}\n{\"return\":{}}\n", 0);
}
