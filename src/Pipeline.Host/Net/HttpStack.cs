using System.Net;

namespace Pipeline.Host.Net;

/// <summary>The one HTTP client: pooled connections, a connect timeout, no cookies, at most five redirects, our user agent.</summary>
public static class HttpStack
{
    /// <summary>
    /// A client for the life of the program. Responses are streamed: pass <see cref="HttpCompletionOption.ResponseHeadersRead"/>.
    /// </summary>
    /// <param name="handler">A handler that answers in tests, or <c>null</c> for the network.</param>
    public static HttpClient Create(HttpMessageHandler? handler = null)
    {
        var client = new HttpClient(handler ?? NewHandler(), disposeHandler: handler is null) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("pipeline/1.0");
        return client;
    }

    /// <summary>The settings every connection uses; vendors' SDKs take this handler too.</summary>
    public static SocketsHttpHandler NewHandler() =>
        new()
        {
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = 16,
            UseCookies = false,
            MaxAutomaticRedirections = 5,
            AutomaticDecompression = DecompressionMethods.None,
        };
}
