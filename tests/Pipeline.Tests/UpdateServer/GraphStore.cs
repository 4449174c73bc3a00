using System.Globalization;
using System.Net;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.TestKit;
using Pipeline.UpdateServer;

namespace Pipeline.Tests.UpdateServer;

/// <summary>A clock that stands where it is put; timers run in real time.</summary>
internal sealed class StandingClock(DateTimeOffset start) : TimeProvider
{
    private long _ticks = start.UtcTicks;

    public DateTimeOffset Now
    {
        get => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _ticks, value.UtcTicks);
    }

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>One stream's documents in a directory store, and a service over them.</summary>
internal sealed class GraphStore : IDisposable
{
    public const string Stream = "stable";
    private readonly TemporaryDirectory _directory = new();
    private readonly List<(string Version, string[] Arches)> _releases = [];
    private readonly Dictionary<string, string> _updates = new(StringComparer.Ordinal);

    public GraphStore() => Store = new(Root);

    public LocalObjectStore Store { get; }

    public string Root => _directory.File("store");

    public StandingClock Clock { get; } = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public TestReporter Reporter { get; } = new();

    public IReadOnlyList<string> Versions => [.. _releases.Select(r => r.Version)];

    public static string Payload(string version, string arch) => Pipeline.Model.Values.Digest.Of($"{version} {arch}").Hex;

    public void Release(string version, params string[] arches)
    {
        _releases.RemoveAll(r => r.Version == version);
        _releases.Add((version, arches));
    }

    public void Mark(string version, string metadata) => _updates[version] = metadata;

    public async Task PublishAsync()
    {
        await WriteAsync($"prod/streams/{Stream}/releases.json", Index());
        await WriteAsync($"updates/{Stream}.json", Updates());
    }

    public Task WriteAsync(string key, string text) =>
        Store.WriteAsync(key, Encoding.UTF8.GetBytes(text), ObjectHeaders.StreamDocument, WriteCondition.Always, CancellationToken.None);

    private const string Modified = """
        "metadata":{"last-modified":"2026-01-01T00:00:00Z"}
        """;

    public string Index()
    {
        var releases = _releases.Select(r =>
        {
            var commits = r.Arches.Select(a => $$"""{"architecture":"{{a}}","checksum":"{{Payload(r.Version, a)}}"}""");
            var url = $"https://example.com/{r.Version}/release.json";
            return $$"""{"commits":[{{string.Join(',', commits)}}],"version":"{{r.Version}}","metadata":"{{url}}"}""";
        });
        return $$"""{"releases":[{{string.Join(',', releases)}}],{{Modified}},"stream":"{{Stream}}"}""";
    }

    public string Updates()
    {
        var releases = _releases
            .Where(r => _updates.ContainsKey(r.Version))
            .Select(r => $$"""{"version":"{{r.Version}}","metadata":{{_updates[r.Version]}} }""");
        return $$"""{"stream":"{{Stream}}",{{Modified}},"releases":[{{string.Join(',', releases)}}]}""";
    }

    public static string Rollout(DateTimeOffset start, int minutes, double from = 0)
    {
        var share = from.ToString("0.0##", CultureInfo.InvariantCulture);
        return "{\"rollout\":{\"duration_minutes\":"
            + minutes.ToString(CultureInfo.InvariantCulture)
            + ",\"start_epoch\":"
            + start.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
            + ",\"start_percentage\":"
            + share
            + "}}";
    }

    public Task<GraphService> ServeAsync(IObjectStore? store = null, Func<GraphServiceOptions, GraphServiceOptions>? change = null)
    {
        var options = new GraphServiceOptions
        {
            Streams = [Stream],
            Listen = new(IPAddress.Loopback, 0),
            Metrics = new(IPAddress.Loopback, 0),
            Refresh = TimeSpan.FromHours(1),
        };
        return GraphService.StartAsync(change is null ? options : change(options), store ?? Store, Clock, Reporter, CancellationToken.None);
    }

    public void Dispose()
    {
        Store.Dispose();
        _directory.Dispose();
    }
}
