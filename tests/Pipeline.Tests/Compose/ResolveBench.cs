using Pipeline.Compose;
using Pipeline.Compose.Builds;
using Pipeline.Compose.Families;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Locks;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>A manifest beside a tiny repository, and the steps that resolve and fetch it.</summary>
internal sealed class ResolveBench : IAsyncDisposable
{
    private readonly HttpClient _http = HttpStack.Create();
    private readonly UrlCredentials _credentials = new();

    public ResolveBench(IEnumerable<TinyPackage> packages, TinyOptions? options = null)
    {
        Repository = TinyRepository.Serve(packages, options);
        Mirrors["tiny"] = Repository.Url;
        TinyRepository.WriteSources(Directory.Path);
        Manifest("packages: [app]");
    }

    /// <summary>How long a server may say nothing.</summary>
    public TimeSpan Silence { get; init; } = SilenceFor(null);

    public TemporaryDirectory Directory { get; } = new();

    public TinyRepository Repository { get; }

    public TestReporter Reporter { get; } = new();

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public Arch Architecture { get; set; } = Arch.X86_64;

    public Dictionary<string, string> Mirrors { get; } = [];

    public Dictionary<string, string> Environment { get; } = [];

    public string AptDirectory => Directory.File("host/etc/apt");

    /// <summary>Replaces the choice of the package family.</summary>
    internal Func<RepositorySource, DiagnosticBag, IPackageFamily?> Families { get; set; } = PackageFamilies.Choose;

    public WorkDirectory Work => new(Directory.File("work"));

    public int ToolCalls { get; private set; }

    /// <summary>Short where a server does stay silent, but long enough that a busy machine does not look like one.</summary>
    public static TimeSpan SilenceFor(Fault? fault) => TimeSpan.FromSeconds(fault == Fault.Stall ? 2 : 60);

    /// <summary>app needs lib; other is nobody's.</summary>
    public static IReadOnlyList<TinyPackage> Few() =>
        [
            TinyRepository.Package("app", depends: "lib (>= 1)"),
            TinyRepository.Package("lib", "1.2+b1"),
            TinyRepository.Package("other"),
            TinyRepository.Package("base-files", essential: true),
        ];

    /// <summary>Writes the manifest; repository tiny is used.</summary>
    public void Manifest(string body) =>
        File.WriteAllText(Directory.File("m.yaml"), $"schema: compose/v1\nmetadata: {{name: test}}\nrepos: [tiny]\n{body}\n");

    public Task<LockedManifest> LockAsync(CancellationToken cancellationToken, string? lockFile = null, bool offline = false) =>
        new LockStep(Services())
        {
            Downloads = Downloads,
            HostRoot = Directory.File("host"),
            Families = Families,
        }.RunAsync(
            new()
            {
                ManifestPath = Directory.File("m.yaml"),
                ManifestDisplay = "m.yaml",
                Architecture = Architecture,
                WorkDirectory = Work,
                Mirrors = Mirrors,
                LockFile = lockFile,
                Offline = offline,
            },
            cancellationToken
        );

    public async Task<IReadOnlyDictionary<Digest, string>> FetchAsync(CancellationToken cancellationToken) =>
        await new FetchStep(Services()) { Downloads = Downloads }.RunAsync(
            await LockAsync(cancellationToken),
            Work,
            false,
            cancellationToken
        );

    public static PipelineException Fails(Func<Task> action) => Assert.Throws<PipelineException>(() => action().GetAwaiter().GetResult())!;

    /// <summary>Every file under a digest name has that digest.</summary>
    public IEnumerable<string> WrongInCache()
    {
        var root = Path.Combine(Work.Cache, "sha256");
        return !System.IO.Directory.Exists(root)
            ? []
            : System
                .IO.Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
                .Where(f => Digest.Of(File.ReadAllBytes(f)).Hex != Path.GetFileName(f));
    }

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

    private ComposerServices Services() =>
        new()
        {
            Tools = new CountingTools(this),
            Reporter = Reporter,
            Time = Time,
            Http = _http,
            Credentials = _credentials,
            Environment = name => Environment.GetValueOrDefault(name),
        };

    private sealed class CountingTools(ResolveBench bench) : IToolRunner
    {
        private readonly ToolRunner _real = new();

        public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
        {
            bench.ToolCalls++;
            return _real.RunAsync(command, cancellationToken);
        }

        public IRunningTool Start(ToolCommand command) => _real.Start(command);

        public string? Find(string program) => _real.Find(program);
    }
}
