using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary>Published images are fetched, resumed, checked and decompressed.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class DownloadTests : IAsyncDisposable
{
    private const string Path = "/prod/os-1-metal.x86_64.raw.xz";
    private readonly TemporaryDirectory _directory = new();
    private readonly FaultyServer _server = new();
    private readonly byte[] _plain = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7 % 251))];
    private readonly byte[] _image;

    public DownloadTests()
    {
        _image = Xz.Compress(_plain);
        File.WriteAllText(_directory.File("key.asc"), TestSigningKey.Shared.ArmouredPublicKey());
        _server.Put(Path, _image);
        _server.Put($"{Path}.sig", TestSigningKey.Shared.SignDetached(_image));
        Publish(Digest.Of(_image));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task An_image_is_fetched_with_its_signature()
    {
        var run = await RunAsync("--key key.asc -C out");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, "out/os-1-metal.x86_64.raw.xz\n")), run.Error);
            Assert.That(Made("out/os-1-metal.x86_64.raw.xz"), Is.EqualTo(_image));
            Assert.That(Directory.GetFiles(_directory.File("out")), Has.Length.EqualTo(2));
        }

        _server.ForgetRequests();
        var again = await RunAsync("--key key.asc -C out");
        Assert.That((again.ExitCode, again.Error.Contains("there already", StringComparison.Ordinal)), Is.EqualTo((0, true)));
        Assert.That(_server.Requests, Is.EqualTo(["GET /streams/stable.json"]));
    }

    [Test]
    public async Task It_is_decompressed_without_keeping_the_rest()
    {
        var run = await RunAsync("--key key.asc --decompress --json");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Made("os-1-metal.x86_64.raw"), Is.EqualTo(_plain));
        Assert.That(Names(), Is.EqualTo(["key.asc", "os-1-metal.x86_64.raw"]));
    }

    [Test]
    public async Task A_broken_download_is_gone_on_with()
    {
        var half = _image.Length / 2;
        var ranges = new List<string>();
        _server.Answer(Path, head => Respond(head, "\"a\"", ranges, cut: ranges.Count == 0 ? half : _image.Length));

        var run = await RunAsync("--key key.asc");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(ranges, Is.EqualTo(["", $"bytes={half}-"]));
        Assert.That(Made("os-1-metal.x86_64.raw.xz"), Is.EqualTo(_image));
    }

    [Test]
    public async Task What_a_killed_run_left_is_used_only_while_the_server_has_the_same_file()
    {
        foreach (var (tag, expected) in new[] { ("\"a\"", "bytes=100-"), ("\"other\"", "bytes=100-") })
        {
            var ranges = new List<string>();
            await File.WriteAllBytesAsync(_directory.File("os-1-metal.x86_64.raw.xz.part"), tag == "\"a\"" ? _image[..100] : new byte[100]);
            await File.WriteAllTextAsync(_directory.File("os-1-metal.x86_64.raw.xz.part.tag"), tag);
            _server.Answer(Path, head => Respond(head, "\"a\"", ranges, _image.Length));

            var run = await RunAsync("--key key.asc");

            Assert.That((run.ExitCode, ranges[0]), Is.EqualTo((0, expected)), run.Error);
            Assert.That(Made("os-1-metal.x86_64.raw.xz"), Is.EqualTo(_image));
            File.Delete(_directory.File("os-1-metal.x86_64.raw.xz"));
        }
    }

    [Test]
    public async Task A_beginning_of_something_else_costs_one_more_try()
    {
        var ranges = new List<string>();
        await File.WriteAllBytesAsync(_directory.File("os-1-metal.x86_64.raw.xz.part"), new byte[100]);
        await File.WriteAllTextAsync(_directory.File("os-1-metal.x86_64.raw.xz.part.tag"), "\"a\"");
        _server.Answer(Path, head => Respond(head, "\"a\"", ranges, _image.Length));

        var run = await RunAsync("--key key.asc");

        Assert.That((run.ExitCode, string.Join(' ', ranges)), Is.EqualTo((0, "bytes=100- ")), run.Error);
        Assert.That(Made("os-1-metal.x86_64.raw.xz"), Is.EqualTo(_image));
    }

    [Test]
    public async Task What_is_not_what_was_published_is_refused_and_leaves_nothing()
    {
        _server.Put(Path, [.. _image, 0]);
        var digest = await RunAsync("--key key.asc");
        Publish(Digest.Of([.. _image, 0]));
        var signature = await RunAsync("--key key.asc");
        _server.Break(".sig", Fault.NotFound);
        var none = await RunAsync("--key key.asc");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((digest.ExitCode, Code(digest)), Is.EqualTo((5, "PL5604")), digest.Error);
            Assert.That((signature.ExitCode, Code(signature)), Is.EqualTo((5, "PL0383")), signature.Error);
            Assert.That((none.ExitCode, Code(none)), Is.EqualTo((5, "PL5602")), none.Error);
            Assert.That(Names(), Is.EqualTo(["key.asc"]));
        }
    }

    [Test]
    public async Task Without_keys_insecure_has_to_be_said_and_the_digest_is_still_checked()
    {
        Assert.That((await RunAsync("")).Error, Does.Contain("PL5601"));

        var run = await RunAsync("--insecure");
        Assert.That((run.ExitCode, run.Error.Contains("PL5609", StringComparison.Ordinal)), Is.EqualTo((0, true)), run.Error);

        File.Delete(_directory.File("os-1-metal.x86_64.raw.xz"));
        _server.Put(Path, [.. _image, 0]);
        Assert.That((await RunAsync("--insecure")).ExitCode, Is.EqualTo(5));
    }

    [TestCase("-p none", "PL5600")]
    [TestCase("-f raw.gz", "PL5600")]
    [TestCase("-a s390x", "PL5600")]
    [TestCase("-s ../x", "PL5606")]
    [TestCase("-s testing", "PL5025")]
    [TestCase("-u ftp://example.com/x", "PL5606")]
    [TestCase("-u https://example.com/", "PL5606")]
    [TestCase("-u https://example.com/..%2fx", "PL5606")]
    public async Task What_is_not_there_is_named(string options, string code)
    {
        var run = await RunAsync($"--key key.asc {options}");

        Assert.That((run.ExitCode, Code(run)), Is.EqualTo((2, code)), run.Error);
    }

    private void Publish(Digest digest) =>
        _server.Put(
            "/streams/stable.json",
            Encoding.UTF8.GetBytes(
                $$$"""
                {"stream":"stable","metadata":{"last-modified":"2026-07-21T14:07:14Z","generator":"t"},
                "architectures":{"x86_64":{"artifacts":{"metal":{"release":"1","formats":{"raw.xz":{"disk":{
                "location":"{{{_server.Url}}}{{{Path}}}","signature":"{{{_server.Url}}}{{{Path}}}.sig",
                "sha256":"{{{digest.Hex}}}","uncompressed-sha256":"{{{Digest.Of(_plain).Hex}}}"} } } } },"images":{} } } }
                """
            )
        );

    private Task<CliRun> RunAsync(string options) =>
        CliRun.Of(
            [
                "download",
                .. options.Contains("-a ", StringComparison.Ordinal) ? (string[])[] : ["-a", "x86_64"],
                "--stream-base-url",
                $"{_server.Url}/streams",
                .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ],
            _directory.Path
        );

    /// <summary>A server that knows ranges; it closes the connection early when told to.</summary>
    private byte[] Respond(string head, string tag, List<string> ranges, int cut)
    {
        var range = RangeHeader().Match(head);
        ranges.Add(range.Success ? range.Groups[1].Value : "");
        var from =
            range.Success && head.Contains($"If-Range: {tag}\r\n", StringComparison.OrdinalIgnoreCase)
                ? int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture)
                : 0;
        var text =
            $"HTTP/1.1 {(from > 0 ? 206 : 200)} x\r\nETag: {tag}\r\nContent-Length: {_image.Length - from}\r\nConnection: close\r\n"
            + (from > 0 ? $"Content-Range: bytes {from}-{_image.Length - 1}/{_image.Length}\r\n\r\n" : "\r\n");
        return [.. Encoding.ASCII.GetBytes(text), .. _image[from..Math.Max(from, cut)]];
    }

    private byte[] Made(string name) => File.ReadAllBytes(_directory.File(name));

    private string[] Names() =>
        [.. Directory.GetFiles(_directory.Path).Select(f => System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string Code(CliRun run) => ErrorCode().Match(run.Error).Value;

    [GeneratedRegex(@"Range: (bytes=(\d+)-)", RegexOptions.CultureInvariant)]
    private static partial Regex RangeHeader();

    [GeneratedRegex(@"(?<=error )PL\d{4}", RegexOptions.CultureInvariant)]
    private static partial Regex ErrorCode();
}
