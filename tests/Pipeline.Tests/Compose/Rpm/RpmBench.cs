using Pipeline.Compose;
using Pipeline.Compose.Builds;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Locks;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Rpm;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>A manifest beside an RPM repository, and the steps that resolve and fetch it.</summary>
internal sealed class RpmBench : IAsyncDisposable
{
    private readonly HttpClient _http = HttpStack.Create();
    private readonly UrlCredentials _credentials = new();

    public RpmBench(IReadOnlyList<RpmEntry> packages, RpmOptions? options = null, string more = "")
    {
        Repository.Publish(packages, options);
        Mirrors["tiny"] = Repository.Url;
        RpmRepodata.WriteRepo(Directory.Path, more);
        Manifest("packages: [app]");
    }

    /// <summary>How long a server may say nothing.</summary>
    public TimeSpan Silence { get; init; } = ResolveBench.SilenceFor(null);

    public TemporaryDirectory Directory { get; } = new();

    public RpmRepodata Repository { get; } = new();

    public TestReporter Reporter { get; } = new();

    public Arch Architecture { get; set; } = Arch.X86_64;

    public bool Insecure { get; set; }

    public Dictionary<string, string> Mirrors { get; } = [];

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public WorkDirectory Work => new(Directory.File("work"));

    /// <summary>app needs lib, of which there are two; other is nobody's.</summary>
    public static IReadOnlyList<RpmEntry> Few() =>
        [
            new("app", "2.0") { Requires = ["lib >= 1.1"] },
            new("lib", "1.2", "3.fc40", "x86_64") { Epoch = 1 },
            new("lib", "1.10", "1.fc40", "x86_64") { Epoch = 1 },
            new("other"),
        ];

    /// <summary>Writes the manifest; repository tiny is used.</summary>
    public void Manifest(string body, string repos = "tiny") =>
        File.WriteAllText(Directory.File("m.yaml"), $"schema: compose/v1\nmetadata: {{name: test}}\nrepos: [{repos}]\n{body}\n");

    public Task<LockedManifest> LockAsync(CancellationToken cancellationToken, string? lockFile = null, bool offline = false) =>
        new LockStep(Services()) { Downloads = Downloads, HostRoot = Directory.File("host") }.RunAsync(
            Request(lockFile, offline),
            cancellationToken
        );

    public async Task<string[]> NamesAsync(CancellationToken cancellationToken) =>
        [.. (await LockAsync(cancellationToken)).Lockfile.Packages.Select(p => p.Name).Order(StringComparer.Ordinal)];

    public async Task<IReadOnlyDictionary<Digest, string>> FetchAsync(CancellationToken cancellationToken) =>
        await new FetchStep(Services()) { Downloads = Downloads }.RunAsync(
            await LockAsync(cancellationToken),
            Work,
            false,
            cancellationToken
        );

    public LockRequest Request(string? lockFile = null, bool offline = false) =>
        new()
        {
            ManifestPath = Directory.File("m.yaml"),
            ManifestDisplay = "m.yaml",
            Architecture = Architecture,
            WorkDirectory = Work,
            Mirrors = Mirrors,
            LockFile = lockFile,
            Offline = offline,
            Insecure = Insecure,
        };

    public int CachedFiles() =>
        System.IO.Directory.Exists(Path.Combine(Work.Cache, "sha256"))
            ? System.IO.Directory.EnumerateFiles(Path.Combine(Work.Cache, "sha256"), "*", SearchOption.AllDirectories).Count()
            : 0;

    public async ValueTask DisposeAsync()
    {
        await Repository.DisposeAsync();
        _http.Dispose();
        Directory.Dispose();
    }

    private DownloadPolicy Downloads => new(new Retry(3, TimeSpan.FromMilliseconds(5)), Silence);

    internal ComposerServices Services() =>
        new()
        {
            Tools = new ToolRunner(),
            Reporter = Reporter,
            Time = Time,
            Http = _http,
            Credentials = _credentials,
            Environment = _ => null,
        };
}
