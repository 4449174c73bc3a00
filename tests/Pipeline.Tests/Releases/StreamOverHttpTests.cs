using Pipeline.Host.Files;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary><c>stream generate</c> from a web server, as the rollout job does it.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StreamOverHttpTests : IAsyncDisposable
{
    private const string Version = "09.20240415.3.0";
    private readonly FaultyServer _server = new();
    private readonly byte[] _release = File.ReadAllBytes(
        SourceTree.Path($"tests/Pipeline.Tests/TestData/Contracts/release-{Version}.json")
    );

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [SetUp]
    public void Publish()
    {
        _server.Put("/prod/streams/stable/releases.json", Index($"{_server.Url}/prod/streams/stable/builds/{Version}/release.json"));
        _server.Put($"/prod/streams/stable/builds/{Version}/release.json", _release);
    }

    [Test, CancelAfter(60_000)]
    public async Task An_index_leads_to_its_newest_release(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory.File("release.json"), _release, cancellationToken);
        var file = await Generate(directory.Path, "--release", "release.json");
        var index = await Generate(directory.Path, "--index", $"{_server.Url}/prod/streams/stable/releases.json");
        var release = await Generate(directory.Path, "--release", $"{_server.Url}/prod/streams/stable/builds/{Version}/release.json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.ExitCode, Is.Zero, file.Error);
            Assert.That((index.Output, release.Output), Is.EqualTo((file.Output, file.Output)), index.Error + release.Error);
        }
    }

    [TestCase("/mirror/prod/streams/stable/builds/09.20240415.3.0/release.json")]
    [TestCase("/mirror/09.20240415.3.0/release.json")]
    [CancelAfter(60_000)]
    public async Task A_mirror_stands_for_any_beginning_of_the_address(string place, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(
            directory.File("releases.json"),
            Index($"https://builds.example.com/prod/streams/stable/builds/{Version}/release.json"),
            cancellationToken
        );
        _server.Put(place, _release);
        var run = await Generate(directory.Path, "--index", "releases.json", "--release-root", $"{_server.Url}/mirror/");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(_server.Requests[^1], Is.EqualTo($"GET {place}"));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_is_cut_on_the_way_is_fetched_again(CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        _server.Break("/releases.json", Fault.Truncate, times: 1);
        _server.Break("/release.json", Fault.ServerError, times: 1);
        var run = await Generate("/", "--index", $"{_server.Url}/prod/streams/stable/releases.json");

        Assert.That((run.ExitCode, _server.Requests.Count), Is.EqualTo((0, 4)), run.Error);
    }

    [TestCase("none.json", 2, "PL5025")]
    [TestCase("other.json", 2, "PL5")]
    [TestCase("climbs.json", 5, "PL5")]
    [TestCase("text.json", 2, "PL00")]
    [CancelAfter(60_000)]
    public async Task What_is_not_there_or_not_the_one_is_told(string index, int exit, string code, CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        _server.Put("/other.json", Index($"{_server.Url}/prod/streams/stable/builds/{Version}/release.json", "10.20240415.3.0"));
        _server.Put("/climbs.json", Index($"{_server.Url}/prod/../../etc/release.json"));
        _server.Put("/text.json", "<html>maintenance</html>"u8.ToArray());
        var run = await Generate("/", "--index", $"{_server.Url}/{index}", "--release-root", $"{_server.Url}/prod");

        Assert.That(run.ExitCode, Is.EqualTo(exit), run.Error);
        Assert.That(run.Error, Does.Contain(code).And.Contain("hint:"));
    }

    private static Task<CliRun> Generate(string directory, params string[] from) =>
        CliRun.Of(["stream", "generate", .. from, "--last-modified", "2026-07-21T14:07:14Z", "--generator", "test"], directory);

    private static byte[] Index(string url, string version = Version) =>
        System.Text.Encoding.UTF8.GetBytes(
            $$"""
            {"releases":[{"commits":[],"version":"{{version}}","metadata":"{{url}}"}],
             "metadata":{"last-modified":"2026-01-01T00:00:00Z"},"stream":"stable"}
            """
        );
}
