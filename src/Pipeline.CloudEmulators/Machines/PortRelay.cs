using System.Net;
using System.Net.Sockets;

namespace Pipeline.CloudEmulators.Machines;

/// <summary>Leads connections to an address of this host into a socket file, byte for byte.</summary>
internal sealed class PortRelay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly string _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private PortRelay(TcpListener listener, string socket)
    {
        _listener = listener;
        _socket = socket;
        _accepting = AcceptAsync();
    }

    /// <summary>The port that was bound.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Listens on a port of an address; on any free one where that port is not to be had.</summary>
    public static PortRelay Listen(IPAddress address, int port, string socket)
    {
        foreach (var candidate in (int[])[port, 0])
        {
            var listener = new TcpListener(address, candidate);
            try
            {
                listener.Start();
                return new(listener, socket);
            }
            catch (SocketException e)
                when (candidate != 0 && e.SocketErrorCode is SocketError.AccessDenied or SocketError.AddressAlreadyInUse)
            {
                listener.Dispose();
            }
            catch (SocketException e)
            {
                listener.Dispose();
                throw new InstanceFailedException($"no port of {address} can be had: {e.Message}");
            }
        }

        throw new InstanceFailedException($"no port of {address} can be had");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                connections.RemoveAll(c => c.IsCompleted);
                connections.Add(RelayAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // That is how it ends.
        }

        await Task.WhenAll(connections);
    }

    private async Task RelayAsync(Socket client)
    {
        using var inner = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await inner.ConnectAsync(new UnixDomainSocketEndPoint(_socket), _stop.Token);
                await Task.WhenAll(PumpAsync(client, inner), PumpAsync(inner, client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Either side is gone; the other is closed with it.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var read)
        {
            for (var sent = 0; sent < read; )
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stop.Token);
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
