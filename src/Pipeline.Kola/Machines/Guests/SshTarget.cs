using System.Globalization;
using System.Net.Sockets;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines.Guests;

/// <summary>Where a guest's ssh server is.</summary>
/// <param name="Address">Host name or address.</param>
/// <param name="Port">Port.</param>
internal sealed record SshTarget(string Address, int Port)
{
    /// <summary>The user of the machines' Ignition configs.</summary>
    private const string User = "core";

    /// <summary>The options every ssh call shares; nothing of the user's own configuration is read.</summary>
    /// <param name="key">The key the guest knows.</param>
    /// <param name="socket">Path of the master's socket, or <c>none</c>.</param>
    public ValueList<string> Options(SshKey key, string socket) =>
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
            Port.ToString(CultureInfo.InvariantCulture),
            $"{User}@{Address}",
        ];

    /// <summary>
    /// A call of the OpenSSH client on a connection of its own, once the guest's server greets: a guest agent answers long before it.
    /// </summary>
    /// <param name="watch">Ends the wait when the machine is lost.</param>
    /// <param name="call">Options, command, key and clock.</param>
    /// <param name="patience">How long the console may be silent meanwhile.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ToolCommand> CommandAsync(MachineWatch watch, SshCall call, TimeSpan patience, CancellationToken cancellationToken)
    {
        await watch.GuardAsync(
            async c =>
            {
                while (!await GreetsAsync(patience, call.Time, c))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(300), call.Time, c);
                }

                return true;
            },
            patience,
            cancellationToken
        );
        string[] command = call.Command is { } text ? ["--", text] : [];
        return new("ssh", [.. call.Options, .. Options(call.Key, "none"), .. command]) { MissingHint = SshKey.MissingHint };
    }

    /// <summary>
    /// Whether a server sends its greeting; cheap, one fork of the guest's sshd. An open port proves nothing: the user network accepts for
    /// the guest.
    /// </summary>
    public async Task<bool> GreetsAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await client.ConnectAsync(Address, Port, either.Token);
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
}

/// <summary>One call of the OpenSSH client.</summary>
/// <param name="Options">Further options, for example <c>-t</c>.</param>
/// <param name="Command">A shell command, or <c>null</c> for a login shell.</param>
/// <param name="Key">The key the guest knows.</param>
/// <param name="Time">Clock.</param>
internal sealed record SshCall(IReadOnlyList<string> Options, string? Command, SshKey Key, TimeProvider Time);
