using System.Globalization;
using System.Text;
using Pipeline.Clouds.Stores;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>Servers that answer anything at all: what comes of it is a short, printable diagnostic.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ErrorBodyTests : IAsyncDisposable
{
    private const string Html = "<html><head><title>502</title></head><body>\u001b]0;pwn\u0007<h1>Bad Gateway</h1></body></html>";
    private readonly FaultyServer _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static IEnumerable<TestCaseData> Cases() =>
        from kind in new[] { "http", "s3", "az" }
        from status in new[] { 200, 302, 400, 403, 404, 409, 412, 418, 500, 503 }
        from body in new[] { "html", "empty", "megabytes", "control characters", "broken xml", "json", "binary", "xml bomb" }
        select new TestCaseData(kind, status, body).SetArgDisplayNames(kind, $"{status}", body);

    [TestCaseSource(nameof(Cases)), CancelAfter(60_000)]
    public async Task Whatever_a_server_answers_is_a_diagnostic(string kind, int status, string body, CancellationToken cancellationToken)
    {
        var bytes = Body(body);
        var head =
            $"HTTP/1.1 {status} \u001b[2J\r\nContent-Type: {(body == "html" ? "text/html" : "application/xml")}\r\n"
            + $"{(status == 302 ? "Location: ::::\r\n" : "")}Content-Length: {bytes.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n";
        _server.Always = request =>
            [.. Encoding.Latin1.GetBytes(head), .. request.StartsWith("HEAD", StringComparison.Ordinal) ? [] : bytes];
        using var store = Open(kind);
        Func<Task>[] calls =
        [
            () => store.HeadAsync("a/b", cancellationToken),
            () => store.ReadAsync("a/b", 1000, cancellationToken),
            () => store.OpenAsync("a/b", 0, "\"tag\"", cancellationToken),
            () => store.OpenAsync("a/b", 10, "\"tag\"", cancellationToken),
            () => store.WriteAsync("a/b", new byte[10], ObjectHeaders.BuildDocument, WriteCondition.IfTag("\"tag\""), cancellationToken),
            () => store.WriteAsync("a/b", new byte[10], ObjectHeaders.BuildDocument, WriteCondition.IfAbsent, cancellationToken),
            () => store.DeleteAsync("a/b", "\"tag\"", cancellationToken),
            async () =>
            {
                await foreach (var entry in store.ListAsync("a/", cancellationToken))
                {
                    Assert.That(entry.Key, Does.StartWith("a/"));
                }
            },
            async () =>
            {
                var upload = await store.BeginUploadAsync("a/c", Digest.Of("x"), ObjectHeaders.Immutable, cancellationToken);
                await upload.CompleteAsync(0, cancellationToken);
            },
        ];

        using (Assert.EnterMultipleScope())
        {
            for (var i = 0; i < calls.Length; i++)
            {
                await CheckAsync(calls[i], i);
            }
        }
    }

    private static async Task CheckAsync(Func<Task> call, int number)
    {
        try
        {
            await call();
        }
        catch (PipelineException e)
        {
            Assert.That(e.Message, Has.Length.LessThan(1000), $"call {number}");
            Assert.That(e.Message.Where(c => c is < ' ' and not '\n' or '\x7f'), Is.Empty, $"call {number}");
        }
#pragma warning disable CA1031 // the point of the test
        catch (Exception e) when (e is not AssertionException)
#pragma warning restore CA1031
        {
            Assert.Fail($"call {number}: {e}");
        }
    }

    private IObjectStore Open(string kind) =>
        ObjectStores.OpenBare(
            StoreAddress.Parse(
                kind switch
                {
                    "s3" => $"s3://bucket?endpoint={_server.Url}&region=us-east-1&anonymous=yes",
                    "az" => $"az://account/container?endpoint={_server.Url}&anonymous=yes",
                    _ => _server.Url,
                },
                "/"
            ),
            _ => null,
            TimeProvider.System
        );

    private static byte[] Body(string kind) =>
        kind switch
        {
            "html" => Encoding.UTF8.GetBytes(Html),
            "megabytes" => Encoding.UTF8.GetBytes("<Error><Code>x</Code><Message>" + new string('m', 3 << 20) + "</Message></Error>"),
            "control characters" =>
                "<?xml version=\"1.0\"?><Error><Code>\u001b[31mX</Code><Message>a\u0007\rb</Message></Error>"u8.ToArray(),
            "broken xml" => "<?xml version=\"1.0\"?><Error><Code>"u8.ToArray(),
            "json" => "{\"error\": {\"code\": [1, 2], \"message\": null}}"u8.ToArray(),
            "binary" => [.. Enumerable.Range(0, 4096).Select(i => (byte)((i * 7) & 0xff))],
            "xml bomb" => Encoding.UTF8.GetBytes(
                "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">"
                    + string.Concat(
                        Enumerable
                            .Range(1, 9)
                            .Select(i =>
                                $"<!ENTITY {(char)('a' + i)} \"{string.Concat(Enumerable.Repeat($"&{(char)('a' + i - 1)};", 10))}\">"
                            )
                    )
                    + "]><Error><Code>&j;</Code><Message>&j;</Message></Error>"
            ),
            _ => [],
        };
}
