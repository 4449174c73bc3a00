using System.Globalization;
using System.Net.Sockets;
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
