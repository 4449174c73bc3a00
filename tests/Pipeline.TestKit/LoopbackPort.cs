using System.Net;
using System.Net.Sockets;

namespace Pipeline.TestKit;

/// <summary>Free ports for servers that cannot choose one themselves.</summary>
public static class LoopbackPort
{
    /// <summary>A port that was free a moment ago; whoever uses it tries again with another when it is taken.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until something answers HTTP there, or <paramref name="server"/> ends.</summary>
    /// <exception cref="InvalidOperationException">The server ended or did not answer within a minute.</exception>
    public static async Task WaitAsync(Uri url, Pipeline.Host.Tools.IRunningTool server, CancellationToken cancellationToken)
    {
        using var http = Pipeline.Host.Net.HttpStack.Create();
        for (var i = 0; i < 600 && !server.Completion.IsCompleted; i++)
        {
            try
            {
                using var answer = await http.GetAsync(url, cancellationToken);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100, cancellationToken);
            }
        }

        var end = server.Completion.IsCompleted ? (await server.Completion).ErrorTail : "it does not answer";
        throw new InvalidOperationException($"the server at {url} is not there: {end}");
    }
}
