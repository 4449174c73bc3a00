using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Pipeline.Model.Text;
using Pipeline.Releases.Graphs;

namespace Pipeline.UpdateServer;

/// <summary>
/// Answers requests. One handler without routing: there are four paths. It stands directly on the server's features, below
/// <see cref="HttpContext"/>: a graph costs no allocation of ours, and less than half of what the layers above would take.
/// </summary>
internal sealed class GraphEndpoint(GraphCache cache, GraphMetrics metrics, TimeProvider time) : IHttpApplication<IFeatureCollection>
{
    private static readonly StringValues Anyone = "*";
    private static readonly StringValues Json = "application/json";
    private static readonly StringValues Gzip = "gzip";
    private static readonly StringValues VaryByEncoding = "Accept-Encoding";
    private static readonly StringValues Methods = "GET, HEAD, OPTIONS";
    private volatile bool _stopping;

    /// <summary>The port of the metrics, or <c>null</c>.</summary>
    public int? MetricsPort { get; set; }

    /// <summary>From now on the service is not ready: a load balancer stops sending before connections are closed.</summary>
    public void Stop() => _stopping = true;

    /// <inheritdoc/>
    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    /// <inheritdoc/>
    public void DisposeContext(IFeatureCollection context, Exception? exception) { }

    /// <summary>Answers one request.</summary>
    public Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var metering = MetricsPort is { } port && context.GetRequiredFeature<IHttpConnectionFeature>().LocalPort == port;
        return request.Path switch
        {
            "/v1/graph" when !metering => GraphAsync(context, request),
            "/livez" => TextAsync(context, StatusCodes.Status200OK, "alive\n"),
            "/readyz" => cache.IsReady && !_stopping
                ? TextAsync(context, StatusCodes.Status200OK, "ready\n")
                : TextAsync(context, StatusCodes.Status503ServiceUnavailable, "not ready\n"),
            "/metrics" when metering => TextAsync(
                context,
                StatusCodes.Status200OK,
                metrics.Print(),
                "text/plain; version=0.0.4; charset=utf-8"
            ),
            _ => ErrorAsync(context, StatusCodes.Status404NotFound, "not_found", "there is nothing here"),
        };
    }

    private Task GraphAsync(IFeatureCollection context, IHttpRequestFeature request)
    {
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.Headers.AccessControlAllowOrigin = Anyone;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.Headers.Allow = Methods;
            response.Headers.AccessControlAllowMethods = Methods;
            return HttpMethods.IsOptions(request.Method)
                ? EmptyAsync(response, StatusCodes.Status204NoContent)
                : ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "only GET is served");
        }

        if (GraphQuery.Parse(request.QueryString, out var query) is { } error)
        {
            return ErrorAsync(context, StatusCodes.Status400BadRequest, error.Kind, error.Text);
        }

        if (!cache.TryFind(query.Stream, out var snapshot))
        {
            return ErrorAsync(context, StatusCodes.Status404NotFound, "unknown_stream", "this stream is not served");
        }

        if (snapshot is null)
        {
            response.Headers.RetryAfter = "30";
            return ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "not_ready", "the stream has not been loaded yet");
        }

        if (snapshot.Find(query.Architecture, query.Oci) is not { } graph)
        {
            return ErrorAsync(context, StatusCodes.Status404NotFound, "unknown_basearch", "this architecture is not served");
        }

        var hash = Wariness.HashOfNode(query.NodeUuid);
        if (!query.NodeUuid.IsEmpty)
        {
            metrics.Seen(hash);
        }

        graph.Served.Add();
        return SendAsync(
            context,
            request,
            response,
            graph.For(Wariness.OfRequest(query.Requested) ?? Wariness.OfHash(hash), query.Platform, time.GetUtcNow().ToUnixTimeSeconds())
        );
    }

    private Task SendAsync(IFeatureCollection context, IHttpRequestFeature request, IHttpResponseFeature response, Answer answer)
    {
        var headers = response.Headers;
        var bytes = answer.Plain;
        if (AcceptsGzip(request.Headers.AcceptEncoding))
        {
            headers.ContentEncoding = Gzip;
            bytes = answer.Packed;
        }

        headers.Vary = VaryByEncoding;
        headers.ContentType = Json;
        headers.ContentLength = bytes.Length;
        metrics.Answered(StatusCodes.Status200OK);
        return BodyAsync(context, request, bytes);
    }

    private Task ErrorAsync(IFeatureCollection context, int status, string kind, string text)
    {
        var body = JsonTextWriter.Write(
            new JsonTextObject([new("kind", new JsonTextString(kind)), new("value", new JsonTextString(text))]),
            JsonStyle.Compact
        );
        return TextAsync(context, status, body, "application/json");
    }

    private Task EmptyAsync(IHttpResponseFeature response, int status)
    {
        metrics.Answered(status);
        response.StatusCode = status;
        return Task.CompletedTask;
    }

    private Task TextAsync(IFeatureCollection context, int status, string text, string type = "text/plain; charset=utf-8")
    {
        metrics.Answered(status);
        var bytes = Encoding.UTF8.GetBytes(text);
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = status;
        response.Headers.ContentType = type;
        response.Headers.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        return BodyAsync(context, context.GetRequiredFeature<IHttpRequestFeature>(), bytes);
    }

    private static Task BodyAsync(IFeatureCollection context, IHttpRequestFeature request, byte[] bytes)
    {
        if (HttpMethods.IsHead(request.Method))
        {
            return Task.CompletedTask;
        }

        var writing = context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(bytes, CancellationToken.None);
        return writing.IsCompletedSuccessfully ? Task.CompletedTask : writing.AsTask();
    }

    /// <summary>Whether one of the codings is gzip with a weight above 0 (RFC 9110, section 12.5.3).</summary>
    private static bool AcceptsGzip(ReadOnlySpan<char> accept)
    {
        foreach (var range in accept.Split(','))
        {
            var coding = accept[range].Trim();
            var end = coding.IndexOf(';');
            if ((end < 0 ? coding : coding[..end].TrimEnd()).Equals("gzip", StringComparison.OrdinalIgnoreCase))
            {
                return end < 0 || coding[(end + 1)..].Trim().TrimStart("q=Q").Trim("0.") is not "";
            }
        }

        return false;
    }
}
