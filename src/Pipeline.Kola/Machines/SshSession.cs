using System.Globalization;
using System.Net.Sockets;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines;

/// <summary>A throwaway ed25519 key for the machines of one run.</summary>
/// <param name="Path">The private key file, mode 0600.</param>
/// <param name="Public">The public key as one line.</param>
internal sealed record SshKey(string Path, string Public)
{
    /// <summary>Makes a key in <paramref name="directory"/>.</summary>
    public static async Task<SshKey> CreateAsync(IToolRunner tools, string directory, CancellationToken cancellationToken)
    {
        var path = System.IO.Path.Combine(directory, "key");
        await tools.RunAsync(
            new("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "pipeline", "-f", path])
            {
                MissingHint = "install the package 'openssh-client'",
            },
            cancellationToken
        );
        return new(path, (await File.ReadAllTextAsync(path + ".pub", cancellationToken)).Trim());
    }
}

/// <summary>What a command in the guest gave back.</summary>
/// <param name="ExitCode">Its exit code; 255 also when the connection was lost.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">The end of standard error.</param>
internal sealed record GuestResult(int ExitCode, string Output, string Error)
{
    /// <summary>Whether the connection broke, as it does when the guest reboots.</summary>
    public bool Lost => ExitCode == 255;
}

/// <summary>
/// Commands in a guest by the OpenSSH client. One master connection per boot carries them all: a handshake takes seconds on an
/// emulated CPU, a further channel a few hundredths.
/// </summary>
internal sealed class SshSession : IAsyncDisposable
{
    private const int LargestOutput = 16 * 1024 * 1024;
    private static readonly ValueList<int> AnyCode = Enumerable.Range(0, 256).ToValueList();

    private readonly IToolRunner _tools;
    private readonly ValueList<string> _options;
    private readonly IRunningTool _master;

    private SshSession(IToolRunner tools, ValueList<string> options, IRunningTool master)
    {
        _tools = tools;
        _options = options;
        _master = master;
    }

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _master.Completion;

    /// <summary>
    /// Connects, for as long as it takes. A listening port proves nothing here (the user network accepts for the guest), so it first
    /// waits for the server's own greeting.
    /// </summary>
    /// <param name="tools">Starts ssh.</param>
    /// <param name="currentPort">Port on this host that leads to the guest's port 22; asked anew for each try.</param>
    /// <param name="key">The key the guest knows.</param>
    /// <param name="socket">Path for the master's socket, short.</param>
    /// <param name="patience">How long a single handshake may take.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    public static async Task<SshSession> ConnectAsync(
        IToolRunner tools,
        Func<int> currentPort,
        SshKey key,
        string socket,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var port = currentPort();
            var options = Options(port, key, socket);
            if (await GreetsAsync(port, patience, time, cancellationToken))
            {
                File.Delete(socket);
                var wait = string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={Math.Ceiling(patience.TotalSeconds)}");
                var master = tools.Start(
                    new("ssh", ["-M", "-N", "-o", wait, .. options]) { MissingHint = "install the package 'openssh-client'" }
                );
                if (await ReadyAsync(socket, master, patience, time, cancellationToken))
                {
                    return new(tools, options, master);
                }

                await master.DisposeAsync();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), time, cancellationToken);
        }
    }

    /// <summary>The options every ssh call shares; nothing of the user's own configuration is read.</summary>
    public static ValueList<string> Options(int port, SshKey key, string socket) =>
        [
            "-F",
            "/dev/null",
            "-o",
            "ControlPath=" + socket,
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "BatchMode=yes",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "IdentityAgent=none",
            "-i",
            key.Path,
            "-o",
            "KexAlgorithms=^curve25519-sha256",
            "-o",
            "HostKeyAlgorithms=^ssh-ed25519",
            "-o",
            "ServerAliveInterval=30",
            "-o",
            "ServerAliveCountMax=6",
            "-p",
            port.ToString(CultureInfo.InvariantCulture),
            "core@127.0.0.1",
        ];

    /// <summary>Text that a POSIX shell reads as one word.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Runs a shell command in the guest; any exit code is an answer.</summary>
    public async Task<GuestResult> RunAsync(string command, CancellationToken cancellationToken, ReadOnlyMemory<byte> input = default)
    {
        var result = await _tools.RunAsync(
            Command(command) with
            {
                Input = input,
                Accepted = AnyCode,
                OutputLimit = LargestOutput,
            },
            cancellationToken
        );
        return new(result.ExitCode, result.Text, result.ErrorTail.Trim());
    }

    /// <summary>As <see cref="RunAsync"/> for commands of our own that must work.</summary>
    /// <param name="what">Names the step in the error.</param>
    /// <param name="command">Shell command.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="input">Standard input.</param>
    /// <exception cref="MachineFailedException">It failed.</exception>
    public async Task<string> MustAsync(
        string what,
        string command,
        CancellationToken cancellationToken,
        ReadOnlyMemory<byte> input = default
    )
    {
        var result = await RunAsync(command, cancellationToken, input);
        return result.ExitCode == 0
            ? result.Output
            : throw new MachineFailedException(
                $"{what} failed in the machine with exit code {result.ExitCode}: {LastLine(result.Error.Length > 0 ? result.Error : result.Output)}"
            );
    }

    /// <summary>Starts a command that runs until it is disposed or ends, with its output in a file.</summary>
    public IRunningTool Stream(string command, string outputFile) => _tools.Start(Command(command) with { OutputFile = outputFile });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _master.DisposeAsync();

    private ToolCommand Command(string command) =>
        new("ssh", ["-o", "ControlMaster=no", .. _options, "--", command]) { GracePeriod = TimeSpan.FromSeconds(2) };

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last.Trim() : "";

    /// <summary>Whether a server greets on the port; cheap, one fork of the guest's sshd.</summary>
    private static async Task<bool> GreetsAsync(int port, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await client.ConnectAsync("127.0.0.1", port, either.Token);
            var greeting = new byte[4];
            await client.GetStream().ReadExactlyAsync(greeting, either.Token);
            return greeting.AsSpan().SequenceEqual("SSH-"u8);
        }
        catch (Exception e)
            when (e is SocketException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Whether the master made its socket (which it does after authentication) before it ended.</summary>
    private static async Task<bool> ReadyAsync(
        string socket,
        IRunningTool master,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var start = time.GetTimestamp();
        while (!master.Completion.IsCompleted && time.GetElapsedTime(start) < patience * 2)
        {
            if (File.Exists(socket))
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }

        return false;
    }
}

/// <summary>The machine cannot go on; becomes a failed test or PL4006, never a stack trace.</summary>
internal sealed class MachineFailedException(string reason) : Exception(reason)
{
    /// <summary>Whether the load of the host or its emulation is to blame, so that another start is worth it.</summary>
    public bool HostIsToBlame { get; init; }
}
