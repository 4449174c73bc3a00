using System.Net;
using System.Net.Sockets;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Model.Text;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class QmpTests
{
    [Test]
    public async Task Answers_belong_to_calls_and_the_reason_of_a_shutdown_is_kept()
    {
        using var server = new FakeMonitor(line =>
            line.Contains("query-status", StringComparison.Ordinal)
                ? "{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"guest-reset\"}}\n{\"return\":{\"status\":\"running\"}}\n"
                : "{\"return\":{}}\n"
        );
        await using var qmp = await Qmp.ConnectAsync(server.Path, TimeProvider.System, CancellationToken.None);

        var answer = await qmp.CallAsync("query-status", null, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(((answer as JsonTextObject)!.Find("status") as JsonTextString)!.Value, Is.EqualTo("running"));
            Assert.That(qmp.ShutdownReason, Is.EqualTo("guest-reset"));
        }
    }

    [Test]
    public async Task A_refusal_and_a_closed_socket_lose_the_machine()
    {
        using var server = new FakeMonitor(line =>
            line.Contains("bad", StringComparison.Ordinal) ? "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n"
            : line.Contains("close", StringComparison.Ordinal) ? null
            : "{\"return\":{}}\n"
        );
        await using var qmp = await Qmp.ConnectAsync(server.Path, TimeProvider.System, CancellationToken.None);

        Assert.That(
            async () => await qmp.CallAsync("bad", null, CancellationToken.None),
            Throws.TypeOf<MachineFailedException>().With.Message.Contains("'bad': no")
        );
        Assert.That(
            async () => await qmp.CallAsync("close", null, CancellationToken.None),
            Throws.TypeOf<MachineFailedException>().With.Message.Contains("closed")
        );
        Assert.That(
            async () => await qmp.CallAsync("late", null, CancellationToken.None),
            Throws.TypeOf<MachineFailedException>(),
            "what nobody reads any more"
        );
        await qmp.DisposeAsync();
        Assert.That(async () => await qmp.CallAsync("later", null, CancellationToken.None), Throws.TypeOf<MachineFailedException>());
    }

    [Test]
    public async Task Files_are_served_and_nothing_outside_of_the_root()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File("root/sub"));
        await File.WriteAllTextAsync(directory.File("root/sub/a b"), "text");
        await File.WriteAllTextAsync(directory.File("secret"), "no");
        File.CreateSymbolicLink(directory.File("root/link"), "../secret");
        await using var server = new FileServer(directory.File("root"));
        using var client = Pipeline.Host.Net.HttpStack.Create();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await client.GetStringAsync(new Uri($"http://127.0.0.1:{server.Port}/sub/a%20b")), Is.EqualTo("text"));
            Assert.That(await Status(HttpMethod.Head, "/sub/a%20b"), Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await Status(HttpMethod.Get, "/nothing"), Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await Status(HttpMethod.Get, "/sub"), Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await Status(HttpMethod.Get, "/%2e%2e/secret"), Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await Status(HttpMethod.Get, "/link"), Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await Status(HttpMethod.Post, "/sub/a%20b"), Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        }

        async Task<HttpStatusCode> Status(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{server.Port}{path}");
            using var response = await client.SendAsync(request);
            return response.StatusCode;
        }
    }

    /// <summary>Speaks QMP from prepared answers; <c>null</c> closes the connection.</summary>
    private sealed class FakeMonitor : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public FakeMonitor(Func<string, string?> answer)
        {
            _listener.Bind(new UnixDomainSocketEndPoint(Path));
            _listener.Listen();
            _ = ServeAsync(answer);
        }

        public string Path => _directory.File("q");

        public void Dispose()
        {
            _listener.Dispose();
            _directory.Dispose();
        }

        private async Task ServeAsync(Func<string, string?> answer)
        {
            using var socket = await _listener.AcceptAsync();
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            await stream.WriteAsync(Encoding.UTF8.GetBytes("{\"QMP\":{\"version\":{}}}\n"));
            while (await reader.ReadLineAsync() is { } line && answer(line) is { } text)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
            }
        }
    }
}
