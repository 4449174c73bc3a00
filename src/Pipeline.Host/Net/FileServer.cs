using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pipeline.Host.Files;

namespace Pipeline.Host.Net;

/// <summary>Serves one directory over HTTP/1.1 on loopback, read-only. The kernel chooses the port.</summary>
public sealed class FileServer : IAsyncDisposable
{
    private const int LongestHeader = 16 * 1024;
    private const int LargestFile = 1024 * 1024 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _done = new();
    private readonly LocalFiles _files;
    private readonly Task _loop;

    /// <summary>Starts to serve.</summary>
    public FileServer(string root)
    {
        _files = new(root);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _loop = AcceptAsync();
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Its address on this host, without a slash at the end.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>The end of names that are not served; <c>null</c> serves all.</summary>
    public string? HiddenSuffix { get; init; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        _listener.Stop();
        await _loop;
        _listener.Dispose();
        _done.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_done.Token);
                open.RemoveAll(t => t.IsCompleted);
                open.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                while (await RequestAsync(stream) is { } request)
                {
                    await AnswerAsync(stream, request);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client went away or we are done.
            }
        }
    }

    /// <summary>The request line of the next request, or <c>null</c> at the end or for one that is too long.</summary>
    private async Task<string?> RequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (text.Length < LongestHeader && await stream.ReadAsync(one, _done.Token) == 1)
        {
            text.Append((char)one[0]);
            if (one[0] == '\n' && text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                return text.ToString().Split("\r\n")[0];
            }
        }

        return null;
    }

    private async Task AnswerAsync(NetworkStream stream, string request)
    {
        var words = request.Split(' ');
        var (status, body) = words is ["GET" or "HEAD", var target, _] ? Find(target) : ("405 Method Not Allowed", []);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _done.Token);
        if (words[0] != "HEAD")
        {
            await stream.WriteAsync(body, _done.Token);
        }
    }

    private (string Status, byte[] Body) Find(string target)
    {
        var name = Uri.UnescapeDataString(target.Split('?')[0]).TrimStart('/');
        if (HiddenSuffix is { } hidden && name.EndsWith(hidden, StringComparison.Ordinal))
        {
            return ("404 Not Found", []);
        }

        try
        {
            return ("200 OK", _files.Read(name, LargestFile));
        }
        catch (Exception e) when (e is Model.Diagnostics.PipelineException or IOException or UnauthorizedAccessException)
        {
            return ("404 Not Found", []);
        }
    }
}
