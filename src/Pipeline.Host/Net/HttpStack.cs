using System.Net;

namespace Pipeline.Host.Net;

/// <summary>
/// The one HTTP client: pooled connections, a connect timeout, no cookies, at most five redirects and only to http or https, our user
/// agent.
/// </summary>
public static class HttpStack
{
    /// <summary>
    /// A client for the life of the program. Responses are streamed: pass <see cref="HttpCompletionOption.ResponseHeadersRead"/>.
    /// </summary>
    /// <param name="handler">A handler that answers in tests and stays the caller's, or <c>null</c> for the network.</param>
    public static HttpClient Create(HttpMessageHandler? handler = null)
    {
#pragma warning disable CA2000 // the client owns it, unless it stands before a handler of the caller
        var outward = new OutwardHandler(handler ?? NewHandler());
#pragma warning restore CA2000
        var client = new HttpClient(outward, disposeHandler: handler is null) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("pipeline/1.0");
        return client;
    }

    /// <summary>A client for services whose answers are small documents: longer ones are refused before they are read.</summary>
    /// <param name="limit">Most bytes of an answer; more is an <see cref="HttpRequestException"/>.</param>
    public static HttpClient CreateBounded(long limit)
    {
#pragma warning disable CA2000 // the client owns it
        var handler = new BoundedBody(new OutwardHandler(NewHandler()), limit);
#pragma warning restore CA2000
        var client = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("pipeline/1.0");
        return client;
    }

    /// <summary>The settings every connection uses. Redirects are followed one layer above.</summary>
    private static SocketsHttpHandler NewHandler() =>
        new()
        {
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = 16,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
        };
}
