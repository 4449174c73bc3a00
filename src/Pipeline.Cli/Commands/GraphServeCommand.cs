using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using Pipeline.Clouds.Stores;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.UpdateServer;

namespace Pipeline.Cli.Commands;

/// <summary><c>graph serve</c>.</summary>
internal sealed class GraphServeCommand : Verb
{
    private readonly Option<string> _store = new("--store")
    {
        Description = "Store with prod/streams/ and updates/: file:DIR, s3://…, az://… or https://…",
        HelpName = "URL",
        Required = true,
    };
    private readonly Option<string[]> _streams = new("--stream")
    {
        Description = "Stream to serve; repeatable",
        HelpName = "NAME",
        Required = true,
    };
    private readonly Option<string> _listen = new("--listen")
    {
        Description = "Where clients ask",
        HelpName = "ADDR:PORT",
        DefaultValueFactory = _ => "127.0.0.1:8080",
    };
    private readonly Option<string?> _metrics = new("--metrics")
    {
        Description = "Where Prometheus asks (default: nowhere)",
        HelpName = "ADDR:PORT",
    };
    private readonly Option<int> _refresh = new("--refresh")
    {
        Description = "Seconds between two looks at the store",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 30,
        CustomParser = Numbers.WholeOrDefault(),
    };
    private readonly Option<bool> _platforms = new("--platform-edges") { Description = "Honour updates/STREAM.platforms.json" };

    public GraphServeCommand(Services services)
        : base(
            "serve",
            "Serves update graphs to machines until stopped",
            "pipeline graph serve --store s3://bucket --stream stable --stream testing --listen 0.0.0.0:8080 --metrics 127.0.0.1:9090",
            "pipeline graph serve --store file:public --stream stable"
        )
    {
        Options.Add(_store);
        Options.Add(_streams);
        Options.Add(_listen);
        Options.Add(_metrics);
        Options.Add(_refresh);
        Options.Add(_platforms);
        Run((parsed, cancellationToken) => ServeAsync(services, parsed, cancellationToken));
    }

    /// <summary>Kept out of line: the server's assembly is loaded when this runs and not before.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<ExitClass> ServeAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var listen = ReadAddress("--listen", parsed.GetValue(_listen)!, problems);
        var metrics = parsed.GetValue(_metrics) is { } text ? ReadAddress("--metrics", text, problems) : null;
        if (parsed.GetValue(_refresh) is < 1 or > 86_400)
        {
            problems.Error(
                "PL6047",
                "'--refresh' must be 1 to 86400 seconds",
                hint: "machines ask every few minutes; 30 is right for most"
            );
        }

        problems.ThrowIfErrors();
        using var store = ObjectStores.Open(
            StoreAddress.Parse(parsed.GetRequiredValue(_store), services.CurrentDirectory),
            services.Environment,
            services.Time
        );
        var options = new GraphServiceOptions
        {
            Streams = parsed.GetRequiredValue(_streams).Distinct(StringComparer.Ordinal).ToValueList(),
            Listen = listen!,
            Metrics = metrics,
            Refresh = TimeSpan.FromSeconds(parsed.GetValue(_refresh)),
            PlatformEdges = parsed.GetValue(_platforms),
        };
        await using var service = await GraphService.StartAsync(options, store, services.Time, services.Reporter, cancellationToken);
        var also = service.MetricsAddress is { } m ? $", metrics at {m}metrics" : "";
        services.Reporter.Note($"serving {string.Join(", ", options.Streams)} at {service.Address}v1/graph{also}; Ctrl-C stops");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            services.Reporter.Note("stopping");
        }

        return ExitClass.Done;
    }

    private static IPEndPoint? ReadAddress(string option, string text, DiagnosticBag problems)
    {
        if (IPEndPoint.TryParse(text, out var address) && text.Contains(':', StringComparison.Ordinal))
        {
            return address;
        }

        problems.Error(
            "PL6046",
            $"'{option} {text}' is not ADDRESS:PORT",
            hint: "use an IP address and a port, for example 0.0.0.0:8080 or [::]:8080"
        );
        return null;
    }
}
