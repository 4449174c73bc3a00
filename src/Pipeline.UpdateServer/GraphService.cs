using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.UpdateServer;

/// <summary>
/// The Cincinnati HTTP API over the documents of a store. The façade of this project, which exists so that nothing of ASP.NET is loaded by
/// any other verb.
/// </summary>
public sealed partial class GraphService : IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly GraphEndpoint _endpoint;
    private readonly GraphServiceOptions _options;
    private readonly GraphCache _cache;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _refreshing;

    private GraphService(KestrelServer server, GraphEndpoint endpoint, GraphCache cache, GraphServiceOptions options)
    {
        _server = server;
        _endpoint = endpoint;
        _options = options;
        _cache = cache;
        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToArray();
        Address = addresses[0];
        MetricsAddress = addresses.Length > 1 ? addresses[1] : null;
        endpoint.MetricsPort = MetricsAddress?.Port;
        _refreshing = cache.RunAsync(_stop.Token);
    }

    /// <summary>Where clients ask: <c>/v1/graph</c>, <c>/livez</c>, <c>/readyz</c>.</summary>
    public Uri Address { get; }

    /// <summary>Where <c>/metrics</c> is, or <c>null</c>.</summary>
    public Uri? MetricsAddress { get; }

    /// <summary>
    /// Looks at the store once, then listens. A store that fails now does not keep the service from starting: it is not ready until it
    /// succeeds.
    /// </summary>
    /// <param name="options">What, where and how.</param>
    /// <param name="store">Stays the caller's.</param>
    /// <param name="time">The clock of rollouts and refreshes.</param>
    /// <param name="reporter">Receives a note when refreshing begins to fail and when it works again.</param>
    /// <param name="cancellationToken">Ends the starting.</param>
    /// <exception cref="PipelineException">PL6043 an address is taken; PL6044 a stream has no proper name.</exception>
    public static async Task<GraphService> StartAsync(
        GraphServiceOptions options,
        IObjectStore store,
        TimeProvider time,
        IReporter reporter,
        CancellationToken cancellationToken
    )
    {
        if (options.Streams.FirstOrDefault(s => !StreamName().IsMatch(s)) is { } bad)
        {
            throw new PipelineException(UpdateServerDiagnostics.BadStream(bad));
        }

        var metrics = new GraphMetrics();
        var cache = new GraphCache(store, options, time, reporter, metrics);
        var endpoint = new GraphEndpoint(cache, metrics, time);
        var server = Build(options);
        try
        {
            await cache.RefreshAsync(cancellationToken);
            await server.StartAsync(endpoint, cancellationToken);
            return new(server, endpoint, cache, options);
        }
        catch (IOException e)
        {
            server.Dispose();
            throw new PipelineException(
                UpdateServerDiagnostics.CannotListen($"{options.Listen}{(options.Metrics is { } m ? $" and {m}" : "")}", e.Message),
                e
            );
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Looks at the store now, for tests that own the clock.</summary>
    internal Task RefreshAsync(CancellationToken cancellationToken) => _cache.RefreshAsync(cancellationToken);

    /// <summary>Stops: not ready, no new connections, running answers get <see cref="GraphServiceOptions.Drain"/> to finish.</summary>
    public async ValueTask DisposeAsync()
    {
        _endpoint.Stop();
        await _stop.CancelAsync();
        using var drain = new CancellationTokenSource(_options.Drain);
        await _server.StopAsync(drain.Token);
        _server.Dispose();
        try
        {
            await _refreshing.WaitAsync(drain.Token);
        }
        catch (OperationCanceledException)
        {
            // That is how it ends, also when a store does not let go: the process does not wait for it.
        }

        _stop.Dispose();
    }

    /// <summary>
    /// Kestrel and nothing else: no host, no configuration from the environment, no logging, no routing. Handlers never wait, so they run
    /// on the thread that read the request.
    /// </summary>
    private static KestrelServer Build(GraphServiceOptions options)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.ConfigureEndpointDefaults(l => l.Protocols = HttpProtocols.Http1);
        kestrel.Limits.MaxConcurrentConnections = options.MostConnections;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestLineSize = 4096;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8192;
        kestrel.Limits.MaxRequestHeaderCount = 50;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(10));
        kestrel.Listen(options.Listen);
        if (options.Metrics is { } metrics)
        {
            kestrel.Listen(metrics);
        }

        var sockets = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true }),
            NullLoggerFactory.Instance
        );
        return new(Options.Create(kestrel), sockets, NullLoggerFactory.Instance);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex StreamName();
}
