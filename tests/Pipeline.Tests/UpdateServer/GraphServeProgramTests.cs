using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Host;
using Pipeline.Host.Net;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Host;

namespace Pipeline.Tests.UpdateServer;

/// <summary><c>pipeline graph serve</c> as a process, over a directory that a publisher changes.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class GraphServeProgramTests : IDisposable
{
    private const int SigInt = 2;
    private readonly GraphStore _stream = new();
    private readonly HttpClient _http = HttpStack.Create();

    public void Dispose()
    {
        _http.Dispose();
        _stream.Dispose();
    }

    [SetUp]
    public Task PublishTwoReleases()
    {
        _stream.Release("43.20260101.3.0", "x86_64");
        _stream.Release("43.20260115.3.0", "x86_64");
        _stream.Mark("43.20260115.3.0", """{"rollout":{"start_percentage":1.0}}""");
        return _stream.PublishAsync();
    }

    [Test, CancelAfter(120_000)]
    public async Task A_release_that_is_published_reaches_clients_and_a_broken_store_takes_nothing_away(CancellationToken cancellationToken)
    {
        await using var program = Serve();
        var (clients, metrics) = await ListeningAsync(program, cancellationToken);
        var first = await NodesAsync(clients);
        _stream.Release("43.20260201.3.0", "x86_64");
        await _stream.PublishAsync();
        await UntilAsync(async () => await NodesAsync(clients) == 3, cancellationToken);
        await _stream.WriteAsync("updates/stable.json", "{\"stream\":");
        await program.ReadAsync("PL6040", cancellationToken);
        var broken = await NodesAsync(clients);
        var ready = await _http.GetStringAsync(new Uri(clients, "readyz"), cancellationToken);
        Directory.Move(_stream.Root, _stream.Root + ".away");
        var failures = await FailuresAsync(metrics);
        await UntilAsync(async () => await FailuresAsync(metrics) > failures, cancellationToken);
        var gone = await NodesAsync(clients);
        Directory.Move(_stream.Root + ".away", _stream.Root);
        _stream.Release("43.20260215.3.0", "x86_64");
        await _stream.PublishAsync();
        await program.ReadAsync("refreshed again", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first, broken, gone, await NodesAsync(clients)), Is.EqualTo((2, 3, 3, 4)));
            Assert.That(ready, Is.EqualTo("ready\n"), "what is served is good, so the service is ready");
            Assert.That(await _http.GetStringAsync(new Uri(metrics, "livez"), cancellationToken), Is.EqualTo("alive\n"));
            Assert.That(
                await _http.GetStringAsync(new Uri(metrics, "metrics"), cancellationToken),
                Does.Contain("pipeline_graph_nodes{stream=\"stable\",basearch=\"x86_64\",scheme=\"checksum\"} 4")
            );
        }
    }

    [TestCase(SigInt), TestCase(Libc.SigTerm), CancelAfter(120_000)]
    public async Task A_signal_ends_it_after_the_running_answer(int signal, CancellationToken cancellationToken)
    {
        await using var program = Serve();
        var (clients, _) = await ListeningAsync(program, cancellationToken);
        using var client = new TcpClient();
        await client.ConnectAsync(clients.Host, clients.Port, cancellationToken);
        await client
            .GetStream()
            .WriteAsync("GET /v1/graph?basearch=x86_64&stream=stable HTTP/1.1\r\nHost: x\r\n"u8.ToArray(), cancellationToken);

        // The server has read the first half for sure when a later connection was answered.
        await NodesAsync(clients);
        program.Signal(signal);
        await program.ReadAsync("stopping", cancellationToken);
        await UntilAsync(() => RefusesAsync(clients), cancellationToken);
        await client.GetStream().WriteAsync("\r\n"u8.ToArray(), cancellationToken);
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(cancellationToken); // ends because the server closes the connection
        var end = await program.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer, Does.StartWith("HTTP/1.1 200 OK").And.EndWith("\"edges\":[[0,1]]}"));
            Assert.That(end.ExitCode, Is.Zero, "it was asked to stop, and stopped in order");
        }
    }

    [TestCase("fifo"), TestCase("directory"), TestCase("link to a device"), CancelAfter(120_000)]
    public async Task Something_else_in_the_place_of_a_document_is_survived(string kind, CancellationToken cancellationToken)
    {
        await using var program = Serve();
        var (clients, _) = await ListeningAsync(program, cancellationToken);
        var document = Path.Combine(_stream.Root, "prod/streams/stable/releases.json");
        File.Move(document, document + ".away");
        await RegularFileTests.MakeAsync(Path.GetDirectoryName(document)!, "releases.json", kind, cancellationToken);
        await program.ReadAsync("PL6040", cancellationToken);
        var meanwhile = await NodesAsync(clients);
        if (kind == "directory")
        {
            Directory.Delete(document);
        }

        File.Move(document + ".away", document, overwrite: true);
        _stream.Release("43.20260201.3.0", "x86_64");
        await _stream.PublishAsync();
        await program.ReadAsync("refreshed again", cancellationToken);
        var recovered = await NodesAsync(clients);
        program.Signal(Libc.SigTerm);
        var end = await program.EndAsync(cancellationToken);

        Assert.That((meanwhile, recovered, end.ExitCode), Is.EqualTo((2, 3, 0)));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_store_that_is_not_there_yet_is_waited_for(CancellationToken cancellationToken)
    {
        Directory.Move(_stream.Root, _stream.Root + ".away");
        await using var program = Serve();
        await program.ReadAsync("PL6040", cancellationToken);
        var (clients, _) = await ListeningAsync(program, cancellationToken);
        using var early = await _http.GetAsync(new Uri(clients, "readyz"), cancellationToken);
        using var graph = await _http.GetAsync(new Uri(clients, "v1/graph?basearch=x86_64&stream=stable"), cancellationToken);
        Directory.Move(_stream.Root + ".away", _stream.Root);
        await program.ReadAsync("refreshed again", cancellationToken);
        using var now = await _http.GetAsync(new Uri(clients, "readyz"), cancellationToken);

        Assert.That(
            (early.StatusCode, graph.StatusCode, now.StatusCode),
            Is.EqualTo((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK))
        );
    }

    [
        TestCase("--listen", "localhost", "PL6046"),
        TestCase("--listen", "127.0.0.1:99999", "PL6046"),
        TestCase("--refresh", "0", "PL6047"),
        TestCase("--stream", "../etc", "PL6044"),
        TestCase("--store", "ftp://x", "PL6007")
    ]
    public async Task Wrong_options_are_bad_input_with_a_hint(string option, string value, string code)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--store"] = "file:" + _stream.Root,
            ["--stream"] = "stable",
            ["--listen"] = "127.0.0.1:0",
        };
        options[option] = value;
        var run = await CliRun.Of(["graph", "serve", .. options.SelectMany(o => (string[])[o.Key, o.Value])]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
            Assert.That(run.Error, Does.Contain(code).And.Contain("hint:"));
        }
    }

    private RealProgram Serve() =>
        RealProgram.Start([
            "graph",
            "serve",
            "--store",
            $"file:{_stream.Root}",
            "--stream",
            "stable",
            "--listen",
            "127.0.0.1:0",
            "--metrics",
            "127.0.0.1:0",
            "--refresh",
            "1",
        ]);

    private static async Task<(Uri Clients, Uri Metrics)> ListeningAsync(RealProgram program, CancellationToken cancellationToken)
    {
        var match = Addresses().Match(await program.ReadAsync("serving stable at ", cancellationToken));
        return (new(match.Groups[1].Value), new(match.Groups[2].Value));
    }

    private async Task<int> NodesAsync(Uri clients)
    {
        using var graph = JsonDocument.Parse(
            await _http.GetStringAsync(new Uri(clients, "v1/graph?basearch=x86_64&stream=stable&rollout_wariness=0"))
        );
        return graph.RootElement.GetProperty("nodes").GetArrayLength();
    }

    private async Task<int> FailuresAsync(Uri metrics) =>
        int.Parse(
            (await _http.GetStringAsync(new Uri(metrics, "metrics"))).Split("result=\"failed\"} ")[1].Split('\n')[0],
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static async Task<bool> RefusesAsync(Uri clients)
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(clients.Host, clients.Port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        while (!await condition())
        {
            await Task.Delay(50, cancellationToken);
        }
    }

    [GeneratedRegex("at (http://[0-9.:]+/)v1/graph, metrics at (http://[0-9.:]+/)metrics")]
    private static partial Regex Addresses();
}
