using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.Build.Rpm;

/// <summary>Serves a directory of repositories on loopback while a compose runs: repositories are read over HTTP.</summary>
internal sealed class RepositoryServer : IAsyncDisposable
{
    private const int Attempts = 10;
    private readonly string _root;
    private readonly HttpListener _listener;
    private readonly Task _loop;

    private RepositoryServer(string root, HttpListener listener, string url)
    {
        (_root, _listener, Url) = (root, listener, url);
        _loop = Task.Run(AcceptAsync);
    }

    /// <summary>Its address, without a slash at the end.</summary>
    public string Url { get; }

    /// <summary>Begins to serve the files below a directory; its <c>*.secret</c> are not served.</summary>
    public static RepositoryServer Start(string root)
    {
        for (var attempt = 1; ; attempt++)
        {
            var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}");
            var listener = new HttpListener();
            listener.Prefixes.Add($"{url}/");
            try
            {
                listener.Start();
                return new(Path.GetFullPath(root), listener, url);
            }
            catch (HttpListenerException) when (attempt < Attempts)
            {
                // Another program took the port meanwhile.
                listener.Close();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                open.RemoveAll(t => t.IsCompleted);
                open.Add(AnswerAsync(context));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var answer = context.Response;
            var path = Path.GetFullPath(Path.Combine(_root, Uri.UnescapeDataString(context.Request.Url!.AbsolutePath).TrimStart('/')));
            var isServed =
                path.StartsWith(_root + "/", StringComparison.Ordinal)
                && !path.EndsWith(".secret", StringComparison.Ordinal)
                && File.Exists(path);
            if (!isServed)
            {
                answer.StatusCode = (int)HttpStatusCode.NotFound;
                return;
            }

            await using var file = File.OpenRead(path);
            answer.ContentLength64 = file.Length;
            await file.CopyToAsync(answer.OutputStream);
        }
        catch (Exception e) when (e is IOException or HttpListenerException or ObjectDisposedException)
        {
            // The client went away, or the compose ended.
        }
    }
}
