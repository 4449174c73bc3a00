using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.Model.Text;
using Pipeline.Releases.Graphs;

namespace Pipeline.GraphServer;

/// <summary>Answers requests. One handler without routing: there are four paths.</summary>
internal sealed class GraphEndpoint(GraphCache cache, GraphMetrics metrics, TimeProvider time)
{
    private volatile bool _stopping;

    /// <summary>The port metrics are told on, or <c>null</c>.</summary>
    public int? MetricsPort { get; set; }

    /// <summary>From now on the service is not ready: a load balancer stops sending before connections are closed.</summary>
    public void Stop() => _stopping = true;

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value;
        return path switch
        {
            "/v1/graph" when context.Connection.LocalPort != MetricsPort => GraphAsync(context),
            "/livez" => TextAsync(context, StatusCodes.Status200OK, "alive\n"),
            "/readyz" => cache.IsReady && !_stopping ? TextAsync(context, StatusCodes.Status200OK, "ready\n") : TextAsync(context, StatusCodes.Status503ServiceUnavailable, "not ready\n"),
            "/metrics" when context.Connection.LocalPort == MetricsPort => TextAsync(context, StatusCodes.Status200OK, metrics.Print(), "text/plain; version=0.0.4; charset=utf-8"),
            _ => ErrorAsync(context, StatusCodes.Status404NotFound, "not_found", "there is nothing here"),
        };
    }

    private Task GraphAsync(HttpContext context)
    {
        var request = context.Request;
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            headers.Allow = "GET, HEAD, OPTIONS";
            headers.AccessControlAllowMethods = "GET, HEAD, OPTIONS";
            return HttpMethods.IsOptions(request.Method)
                ? EmptyAsync(context, StatusCodes.Status204NoContent)
                : ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "only GET is served");
        }

        if (GraphQuery.Parse(request.QueryString.Value, out var error) is not { } query)
        {
            return ErrorAsync(context, StatusCodes.Status400BadRequest, error.Kind, error.Text);
        }

        if (!cache.Knows(query.Stream))
        {
            return ErrorAsync(context, StatusCodes.Status404NotFound, "unknown_stream", "this stream is not served");
        }

        if (cache.Find(query.Stream) is not { } snapshot)
        {
            headers.RetryAfter = "30";
            return ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "not_ready", "the stream has not been loaded yet");
        }

        if (snapshot.Find(query.Architecture, query.Oci) is not { } graph)
        {
            return ErrorAsync(context, StatusCodes.Status404NotFound, "unknown_basearch", "this architecture is not served");
        }

        if (query.NodeUuid is { Length: > 0 } uuid)
        {
            metrics.Seen(Wariness.HashOfNode(uuid));
        }

        metrics.Served(query.Stream, query.Architecture, query.Oci);
        return SendAsync(context, graph.For(Wariness.Of(query.Wish, query.NodeUuid), query.Platform, time.GetUtcNow().ToUnixTimeSeconds()));
    }

    private Task SendAsync(HttpContext context, Answer answer)
    {
        var headers = context.Response.Headers;
        var packed = AcceptsGzip(context.Request.Headers.AcceptEncoding);
        var bytes = packed ? answer.Packed : answer.Plain;
        if (packed)
        {
            headers.ContentEncoding = "gzip";
        }

        headers.Vary = "Accept-Encoding";
        headers.ContentType = "application/json";
        headers.ContentLength = bytes.Length;
        metrics.Answered(StatusCodes.Status200OK);
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes, 0, bytes.Length, context.RequestAborted);
    }

    private Task ErrorAsync(HttpContext context, int status, string kind, string text)
    {
        var body = JsonTextWriter.Write(new JsonTextObject([new("kind", new JsonTextString(kind)), new("value", new JsonTextString(text))]), JsonStyle.Compact);
        return TextAsync(context, status, body, "application/json");
    }

    private Task EmptyAsync(HttpContext context, int status)
    {
        metrics.Answered(status);
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private Task TextAsync(HttpContext context, int status, string text, string type = "text/plain; charset=utf-8")
    {
        metrics.Answered(status);
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes, 0, bytes.Length, context.RequestAborted);
    }

    private static bool AcceptsGzip(string? accept) => accept is not null
        && accept.Split(',').Any(e => e.AsSpan().Trim() is var one && one.StartsWith("gzip", StringComparison.OrdinalIgnoreCase) && !one.Contains("q=0", StringComparison.Ordinal));
}
