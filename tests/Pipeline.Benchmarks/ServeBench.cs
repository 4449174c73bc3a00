using System.Globalization;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Benchmarks;

/// <summary>
/// <c>pipeline graph serve</c> against a plain ASP.NET endpoint that answers nothing and one that answers the very same bytes: three
/// processes asked in turn by the same wrk, each request from another machine while a rollout is running.
/// </summary>
internal static class ServeBench
{
    private const int Million = 1_000_000;
    private static readonly ToolRunner Tools = new();

    public static async Task RunAsync()
    {
        using var directory = new TemporaryDirectory();
        var (index, updates) = StreamsBench.Documents(130);
        using var store = new LocalObjectStore(directory.File("store"));
        await store.WriteAsync(
            "prod/streams/stable/releases.json",
            Encoding.UTF8.GetBytes(index),
            ObjectHeaders.StreamDocument,
            WriteCondition.Always,
            CancellationToken.None
        );
        await store.WriteAsync(
            "updates/stable.json",
            Encoding.UTF8.GetBytes(updates),
            ObjectHeaders.StreamDocument,
            WriteCondition.Always,
            CancellationToken.None
        );
        var script = directory.File("fleet.lua");
        await File.WriteAllTextAsync(
            script,
            """
            local n = 0
            request = function()
              n = n + 1
              return wrk.format("GET", "/v1/graph?basearch=x86_64&stream=stable&node_uuid=" .. string.format("%032x", n))
            end

            """
        );
        await using var ours = await Server.StartAsync(
            "pipeline",
            "graph",
            "serve",
            "--store",
            $"file:{directory.File("store")}",
            "--stream",
            "stable",
            "--listen",
            "127.0.0.1:0"
        );
        await using var empty = await Server.StartAsync("Pipeline.Benchmarks", "peer");
        foreach (var encoding in (string[])["gzip", "identity"])
        {
            var body = directory.File($"body.{encoding}");
            await File.WriteAllBytesAsync(body, await BodyAsync(ours.Address, encoding));
            await using var same = await Server.StartAsync("Pipeline.Benchmarks", "peer", body);
            Server[] all = [ours, empty, same];
            var costs = all.ToDictionary(s => s, _ => new List<double>());
            for (var run = -1; run < StreamsBench.Runs; run++)
            {
                foreach (var server in all)
                {
                    var cost = await server.AskAsync(script, encoding);
                    costs[server].AddRange(run < 0 ? [] : [cost]); // the first of each is for the compiler
                }
            }

            var size = ByteSize.FromBytes(new FileInfo(body).Length);
            var name = $"graph serve, {encoding} {size} (CPU)";
            Compare(name, costs[ours], costs[empty], "peer: empty Kestrel endpoint");
            Compare(name, costs[ours], costs[same], "peer: Kestrel endpoint that answers these bytes");
            Compare("  of which the bytes alone", costs[same], costs[empty], "those bytes : empty");
        }

        await MemoryAsync(ours, script);
    }

    /// <summary>
    /// A plain ASP.NET application that answers every request with <paramref name="body"/>, or with nothing; until it is killed.
    /// </summary>
    public static async Task PeerAsync(byte[]? body)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        await using var application = builder.Build();
        application.Run(context =>
        {
            if (body is null)
            {
                return Task.CompletedTask;
            }

            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body, 0, body.Length);
        });
        await application.StartAsync();
        Console.Error.WriteLine(
            $"serving at {application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}/"
        );
        await Task.Delay(Timeout.InfiniteTimeSpan);
    }

    /// <summary>The ratio is the median of each round's own: the machine may be busier in another round, less so within one.</summary>
    private static void Compare(string what, List<double> ours, List<double> peer, string note) =>
        StreamsBench.Row(
            what,
            $"{StreamsBench.Middle(ours) * 1e6:0.0} µs",
            $"{StreamsBench.Middle(peer) * 1e6:0.0} µs",
            StreamsBench.Middle([.. ours.Zip(peer, (o, p) => o / p)]),
            note
        );

    /// <summary>After what was asked already: another million, the resident memory at its quarters.</summary>
    private static async Task MemoryAsync(Server ours, string script)
    {
        var start = ours.Requests;
        var sizes = new List<long> { ours.Memory };
        while (ours.Requests - start < Million)
        {
            await ours.AskAsync(script, sizes.Count % 2 == 0 ? "gzip" : "identity");
            while (sizes.Count <= (ours.Requests - start) * 4 / Million)
            {
                sizes.Add(ours.Memory);
            }
        }

        StreamsBench.Row(
            $"  memory, {ours.Requests - start} more requests",
            ByteSize.FromBytes(sizes[^1]).ToString(),
            ByteSize.FromBytes(sizes[0]).ToString(),
            sizes[^1] / (double)sizes[0],
            $"after : before; at the quarters {string.Join(", ", sizes.Select(s => ByteSize.FromBytes(s)))}"
        );
    }

    private static async Task<byte[]> BodyAsync(Uri address, string encoding)
    {
        using var http = HttpStack.Create();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "v1/graph?basearch=x86_64&stream=stable&node_uuid=1"));
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var answer = await http.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    /// <summary>A server as a process of its own, and what it has cost.</summary>
    private sealed class Server(IRunningTool tool, Uri address) : IAsyncDisposable
    {
        public Uri Address => address;

        /// <summary>Answered so far.</summary>
        public long Requests { get; private set; }

        /// <summary>Resident bytes.</summary>
        public long Memory =>
            1024
            * long.Parse(
                File.ReadLines($"/proc/{tool.Id}/status")
                    .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture
            );

        /// <summary>User and system time, in seconds; ticks are hundredths.</summary>
        private double Cpu =>
            File.ReadAllText($"/proc/{tool.Id}/stat")
                .Split(") ")[^1]
                .Split(' ')[11..13]
                .Sum(t => double.Parse(t, CultureInfo.InvariantCulture)) / 100;

        public static async Task<Server> StartAsync(string program, params string[] arguments)
        {
            var lines = Channel.CreateUnbounded<string>();
            var environment = new Dictionary<string, string>();
            if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root)
            {
                environment["DOTNET_ROOT"] = root;
            }

            var tool = Tools.Start(
                new(Path.Combine(AppContext.BaseDirectory, program), [.. arguments])
                {
                    Environment = environment,
                    OnErrorLine = l => lines.Writer.TryWrite(l),
                }
            );
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (true)
            {
                var line = await lines.Reader.ReadAsync(patience.Token);
                if (line.IndexOf("http://", StringComparison.Ordinal) is >= 0 and var at)
                {
                    return new(tool, new(new Uri(line[at..].Split(';', ' ')[0]).GetLeftPart(UriPartial.Authority)));
                }
            }
        }

        /// <summary>Asks it for a while; CPU seconds per request.</summary>
        public async Task<double> AskAsync(string script, string encoding)
        {
            var before = Cpu;
            var result = await Tools.RunAsync(
                new(
                    "wrk",
                    [
                        "-t1",
                        "-c16",
                        FormattableString.Invariant($"-d{StreamsBench.Number("BENCH_SECONDS", 4)}s"),
                        "-s",
                        script,
                        "-H",
                        $"Accept-Encoding: {encoding}",
                        address.ToString(),
                    ]
                ),
                CancellationToken.None
            );
            var used = Cpu - before;
            var line = result.Text.Split('\n').First(l => l.Contains("requests in", StringComparison.Ordinal));
            var requests = long.Parse(line.Trim().Split(' ')[0], CultureInfo.InvariantCulture);
            if (result.Text.Contains("Non-2xx", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"{address} refused requests: {result.Text}");
            }

            Requests += requests;
            return used / requests;
        }

        public ValueTask DisposeAsync() => tool.DisposeAsync();
    }
}
