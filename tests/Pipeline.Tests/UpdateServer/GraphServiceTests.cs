using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Pipeline.UpdateServer;

namespace Pipeline.Tests.UpdateServer;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GraphServiceTests : IDisposable
{
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
        _stream.Release("43.20260101.3.0", "x86_64", "aarch64");
        _stream.Release("43.20260115.3.0", "x86_64", "aarch64");
        _stream.Mark("43.20260115.3.0", GraphStore.Rollout(_stream.Clock.Now.AddHours(1), 60, 0.1));
        return _stream.PublishAsync();
    }

    [TestCase("?basearch=x86_64&stream=stable", 200, null)]
    [TestCase("?basearch=x86_64&stream=stable&os_version=1&unknown=%zz&group=default&oci=false", 200, null)]
    [TestCase("?basearch=s390x&stream=stable", 200, null)]
    [TestCase("?basearch=pdp11&basearch=x86%5F64&&=&stream=nightly&stream=stable", 200, null)]
    [TestCase("?stream=stable", 400, "missing_params")]
    [TestCase("?basearch=x86_64", 400, "missing_params")]
    [TestCase("?basearch=&stream=stable", 400, "missing_params")]
    [TestCase("", 400, "missing_params")]
    [TestCase("?basearch=x86_64&stream=stable&oci=1", 400, "invalid_params")]
    [TestCase("?basearch=x86_64&stream=nightly", 404, "unknown_stream")]
    [TestCase("?basearch=pdp11&stream=stable", 404, "unknown_basearch")]
    public async Task A_scope_is_checked(string query, int status, string? kind)
    {
        await using var service = await _stream.ServeAsync();
        using var answer = await _http.GetAsync(new Uri(service.Address, $"v1/graph{query}"));
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((int)answer.StatusCode, Is.EqualTo(status));
            Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/json"));
            Assert.That(answer.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(["*"]));
            Assert.That(
                kind is null ? body.GetProperty("nodes").ValueKind.ToString() : body.GetProperty("kind").GetString(),
                Is.EqualTo(kind ?? "Array")
            );
        }
    }

    [Test]
    public async Task Other_methods_and_paths_are_refused()
    {
        await using var service = await _stream.ServeAsync();
        using var post = await _http.PostAsync(
            new Uri(service.Address, "v1/graph?basearch=x86_64&stream=stable"),
            new ByteArrayContent([])
        );
        using var head = await _http.SendAsync(new(HttpMethod.Head, new Uri(service.Address, "v1/graph?basearch=x86_64&stream=stable")));
        using var preflight = await _http.SendAsync(new(HttpMethod.Options, new Uri(service.Address, "v1/graph")));
        using var nothing = await _http.GetAsync(new Uri(service.Address, "v2/graph"));
        using var metrics = await _http.GetAsync(new Uri(service.Address, "metrics"));
        using var graph = await _http.GetAsync(new Uri(service.MetricsAddress!, "v1/graph?basearch=x86_64&stream=stable"));

        Assert.That(
            (HttpStatusCode[])
                [post.StatusCode, head.StatusCode, preflight.StatusCode, nothing.StatusCode, metrics.StatusCode, graph.StatusCode],
            Is.EqualTo([
                HttpStatusCode.MethodNotAllowed,
                HttpStatusCode.OK,
                HttpStatusCode.NoContent,
                HttpStatusCode.NotFound,
                HttpStatusCode.NotFound,
                HttpStatusCode.NotFound,
            ])
        );
    }

    [TestCase("rollout_wariness=0", 1)]
    [TestCase("rollout_wariness=0.1", 0)]
    [TestCase("rollout_wariness=-5", 1)]
    [TestCase("rollout_wariness=1e99", 0)]
    [TestCase("node_uuid=a&rollout_wariness=nan", 0)]
    [TestCase("node_uuid=a&rollout_wariness=%00", 0)]
    [TestCase("node_uuid=a", 0)]
    public async Task Before_its_start_only_wariness_zero_sees_a_rollout(string parameter, int edges)
    {
        await using var service = await _stream.ServeAsync();

        Assert.That((await Graph(service, parameter)).GetProperty("edges").GetArrayLength(), Is.EqualTo(edges));
    }

    [TestCase(60, "rollout_wariness=0.1", 1)]
    [TestCase(60, "rollout_wariness=0.11", 0)]
    [TestCase(90, "node_uuid=a", 1)]
    [TestCase(90, "rollout_wariness=0.56", 0)]
    [TestCase(121, "rollout_wariness=1", 1)]
    public async Task A_rollout_opens_with_time(int minutes, string parameter, int edges)
    {
        await using var service = await _stream.ServeAsync();
        await Graph(service, parameter);
        _stream.Clock.Now = _stream.Clock.Now.AddMinutes(minutes);

        Assert.That((await Graph(service, parameter)).GetProperty("edges").GetArrayLength(), Is.EqualTo(edges));
    }

    [Test]
    public async Task The_answer_is_what_graph_build_prints_and_gzip_is_the_same()
    {
        await using var service = await _stream.ServeAsync();
        var plain = await _http.GetStringAsync(new Uri(service.Address, "v1/graph?basearch=x86_64&stream=stable&rollout_wariness=0"));
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(service.Address, "v1/graph?basearch=x86_64&stream=stable&rollout_wariness=0")
        );
        request.Headers.AcceptEncoding.ParseAdd("br, gzip");
        using var packed = await _http.SendAsync(request);
        await using var unpacked = new System.IO.Compression.GZipStream(
            await packed.Content.ReadAsStreamAsync(),
            System.IO.Compression.CompressionMode.Decompress
        );
        using var reader = new StreamReader(unpacked);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                plain,
                Does.StartWith("""{"nodes":[{"version":"43.20260101.3.0","metadata":{"org.fedoraproject.coreos.releases.age_index":"0",""")
                    .And.EndWith("\"edges\":[[0,1]]}")
            );
            Assert.That(await reader.ReadToEndAsync(), Is.EqualTo(plain));
        }
    }

    [TestCase("gzip", true), TestCase("deflate, GZIP;q=0.5", true), TestCase("gzip ; q=1.0", true)]
    [TestCase("gzip;q=0", false), TestCase("br, gzip; q=0.000", false), TestCase("xgzip", false), TestCase("identity", false)]
    public async Task Only_who_takes_gzip_gets_it(string accept, bool packed)
    {
        await using var service = await _stream.ServeAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "v1/graph?basearch=x86_64&stream=stable"));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        using var answer = await _http.SendAsync(request);

        Assert.That(
            (answer.Content.Headers.ContentEncoding.Contains("gzip"), answer.Headers.Vary.Contains("Accept-Encoding")),
            Is.EqualTo((packed, true))
        );
    }

    [TestCase("{\"releases\":[")]
    [TestCase("")]
    [TestCase("{\"stream\":\"testing\",\"releases\":[]}")]
    [TestCase("{\"stream\":\"stable\",\"releases\":[{}]}")]
    public async Task A_bad_document_changes_nothing(string document)
    {
        await using var service = await _stream.ServeAsync();
        var before = await Graph(service, "rollout_wariness=0");
        await _stream.WriteAsync("prod/streams/stable/releases.json", document);
        await service.RefreshAsync(CancellationToken.None);
        await service.RefreshAsync(CancellationToken.None);
        var during = await Graph(service, "rollout_wariness=0");
        _stream.Release("43.20260201.3.0", "x86_64");
        await _stream.PublishAsync();
        await service.RefreshAsync(CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(during.GetRawText(), Is.EqualTo(before.GetRawText()));
            Assert.That((await Graph(service, "")).GetProperty("nodes").GetArrayLength(), Is.EqualTo(3));
            Assert.That(
                _stream.Reporter.Lines.Count(l => l.Contains("PL6040", StringComparison.Ordinal)),
                Is.EqualTo(1),
                "told once, not each time"
            );
            Assert.That(_stream.Reporter.Lines, Has.Some.Contains("refreshed again"));
            Assert.That(
                await _http.GetStringAsync(new Uri(service.MetricsAddress!, "metrics")),
                Does.Contain("pipeline_graph_refreshes_total{stream=\"stable\",result=\"failed\"} 2")
            );
        }
    }

    [Test]
    public async Task Whatever_the_store_does_at_any_request_old_or_new_is_served([Values] StoreFault fault)
    {
        for (var n = 1; n <= 8; n++)
        {
            _stream.Mark("43.20260115.3.0", GraphStore.Rollout(_stream.Clock.Now.AddHours(1), 60));
            await _stream.PublishAsync();
            await using var service = await _stream.ServeAsync(
                new FaultyObjectStore(_stream.Store, 6 + n, fault),
                o => o with { RefreshLimit = TimeSpan.FromSeconds(fault == StoreFault.Stalls ? 2 : 60) }
            );
            var old = (await Graph(service, "rollout_wariness=0")).GetRawText();
            _stream.Mark("43.20260115.3.0", """{"barrier":{"reason":"why"},"rollout":{"start_percentage":1.0}}""");
            await _stream.WriteAsync("updates/stable.json", _stream.Updates());
            await service.RefreshAsync(CancellationToken.None);
            var then = (await Graph(service, "rollout_wariness=0")).GetRawText();
            await service.RefreshAsync(CancellationToken.None);
            var last = (await Graph(service, "rollout_wariness=0")).GetRawText();

            using (Assert.EnterMultipleScope())
            {
                Assert.That(then, Is.AnyOf(old, last), $"request {n}");
                Assert.That(last, Does.Contain("barrier_reason").And.Not.EqualTo(old), $"request {n}");
            }
        }
    }

    [Test]
    public async Task Documents_that_change_while_they_are_read_are_read_again()
    {
        // The updates change right after they were read; the pair that was read never was there together.
        var turning = new TurningStore(_stream);
        await using var service = await _stream.ServeAsync(turning);

        Assert.That((await Graph(service, "rollout_wariness=0")).GetProperty("nodes").GetArrayLength(), Is.EqualTo(3));
    }

    [Test]
    public async Task A_service_without_a_store_is_alive_but_not_ready_until_the_store_is_there()
    {
        using var empty = new GraphStore();
        await using var service = await empty.ServeAsync();
        using var early = await _http.GetAsync(new Uri(service.Address, "v1/graph?basearch=x86_64&stream=stable"));
        using var alive = await _http.GetAsync(new Uri(service.Address, "livez"));
        using var ready = await _http.GetAsync(new Uri(service.Address, "readyz"));
        empty.Release("43.20260101.3.0", "x86_64");
        await empty.PublishAsync();
        await service.RefreshAsync(CancellationToken.None);
        using var now = await _http.GetAsync(new Uri(service.MetricsAddress!, "readyz"));

        Assert.That(
            (int[])[(int)early.StatusCode, (int)alive.StatusCode, (int)ready.StatusCode, (int)now.StatusCode],
            Is.EqualTo([503, 200, 503, 200])
        );
    }

    [Test]
    public async Task A_release_can_be_hidden_from_a_platform()
    {
        await _stream.WriteAsync(
            "updates/stable.platforms.json",
            """{"hidden":[{"version":"43.20260115.3.0","platforms":["azure","gcp"],"reason":"https://example.com/1"}]}"""
        );
        await using var service = await _stream.ServeAsync(change: o => o with { PlatformEdges = true });
        await using var without = await _stream.ServeAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await Graph(service, "rollout_wariness=0&platform=azure")).GetProperty("edges").GetArrayLength(), Is.Zero);
            Assert.That((await Graph(service, "rollout_wariness=0&platform=qemu")).GetProperty("edges").GetArrayLength(), Is.EqualTo(1));
            Assert.That((await Graph(service, "rollout_wariness=0")).GetProperty("edges").GetArrayLength(), Is.EqualTo(1));
            Assert.That((await Graph(without, "rollout_wariness=0&platform=azure")).GetProperty("edges").GetArrayLength(), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Metrics_count_answers_graphs_and_machines()
    {
        await using var service = await _stream.ServeAsync();
        for (var i = 0; i < 500; i++)
        {
            await Graph(service, $"node_uuid={i % 250:x32}");
        }

        var text = await _http.GetStringAsync(new Uri(service.MetricsAddress!, "metrics"));
        var machines = int.Parse(
            text.Split("\npipeline_graph_machines ")[1].Split('\n')[0],
            System.Globalization.CultureInfo.InvariantCulture
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("pipeline_graph_served_total{stream=\"stable\",basearch=\"x86_64\",scheme=\"checksum\"} 500"));
            Assert.That(text, Does.Contain("pipeline_graph_nodes{stream=\"stable\",basearch=\"aarch64\",scheme=\"checksum\"} 2"));
            Assert.That(machines, Is.InRange(230, 270));
        }
    }

    [Test]
    public async Task Oversized_requests_are_refused()
    {
        await using var service = await _stream.ServeAsync();
        using var line = await _http.GetAsync(
            new Uri(service.Address, $"v1/graph?basearch=x86_64&stream=stable&x={new string('a', 5000)}")
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "v1/graph"));
        request.Headers.Add("X-Much", new string('a', 9000));
        using var headers = await _http.SendAsync(request);

        Assert.That(
            (line.StatusCode, headers.StatusCode),
            Is.EqualTo((HttpStatusCode.RequestUriTooLong, HttpStatusCode.RequestHeaderFieldsTooLarge))
        );
    }

    [Test]
    public async Task More_connections_than_allowed_are_closed()
    {
        await using var service = await _stream.ServeAsync(change: o => o with { MostConnections = 2 });
        var open = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 2; i++)
            {
                var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, service.Address.Port);
                await client.GetStream().WriteAsync("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
                Assert.That(await client.GetStream().ReadAsync(new byte[100]), Is.GreaterThan(0));
                open.Add(client);
            }

            using var third = new TcpClient();
            await third.ConnectAsync(IPAddress.Loopback, service.Address.Port);
            await third.GetStream().WriteAsync("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            Assert.That(await Ended(third), Is.True);
        }
        finally
        {
            open.ForEach(c => c.Dispose());
        }
    }

    [Test]
    public async Task An_address_that_is_taken_is_told()
    {
        await using var service = await _stream.ServeAsync();

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                _stream.ServeAsync(change: o => o with { Listen = new(IPAddress.Loopback, service.Address.Port) })
            )
        )!;
        Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL6043"));
    }

    private async Task<JsonElement> Graph(GraphService service, string parameters) =>
        JsonDocument
            .Parse(await _http.GetStringAsync(new Uri(service.Address, $"v1/graph?basearch=x86_64&stream=stable&{parameters}")))
            .RootElement;

    private static async Task<bool> Ended(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[100]) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
