using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.TestKit;
using Pipeline.TestKit.Rpm;

namespace Pipeline.Tests.Compose;

/// <summary>
/// Composes tiny trees with the real program, in processes of its own: the work happens in a user namespace, and some tests kill it. The
/// tree's shell and dpkg are the host's, packed by hand.
/// </summary>
internal sealed class ComposeBench : IAsyncDisposable
{
    private static readonly Lazy<Task<TinyPackage>> Host = new(MakeHostAsync);
    private static readonly Lazy<Task<TinyPackage>> RpmHost = new(MakeRpmHostAsync);
    private readonly ToolRunner _tools = new();

    private readonly IAsyncDisposable _server;
    private readonly string _url;

    private ComposeBench(IAsyncDisposable server, string url) => (_server, _url) = (server, url);

    public TemporaryDirectory Directory { get; } = new("/var/tmp");

    /// <summary>The repository of Debian's packages.</summary>
    public TinyRepository Repository => (TinyRepository)_server;

    /// <summary>The repository of RPM packages.</summary>
    public RpmRepodata RpmRepository => (RpmRepodata)_server;

    /// <summary>Another spelling of the repository's address.</summary>
    public string? Mirror { get; set; }

    public static async Task<ComposeBench> WithAsync(params TinyPackage[] packages)
    {
        Tiers.RequireSystem("a user namespace");
        var repository = TinyRepository.Serve([await Host.Value, .. packages]);
        var bench = new ComposeBench(repository, repository.Url);
        TinyRepository.WriteSources(bench.Directory.Path);
        bench.Manifest(packages.Select(p => p.Name));
        return bench;
    }

    /// <summary>A bench whose packages are RPM packages, signed by the key of their repository unless they sign themselves.</summary>
    public static async Task<ComposeBench> WithRpmAsync(params TinyRpm[] packages)
    {
        Tiers.RequireSystem("a user namespace");
        var repository = new RpmRepodata();
        repository.Publish([await RpmHostAsync(), .. packages.Select(Served)]);
        var bench = new ComposeBench(repository, repository.Url);
        RpmRepodata.WriteRepo(bench.Directory.Path);
        bench.Manifest(packages.Select(p => p.Package.Name));
        return bench;
    }

    /// <summary>What an index says of a handmade package.</summary>
    public static RpmEntry Served(TinyRpm package)
    {
        var signed = package.Signers.Count > 0 ? package : package with { Signers = [TestSigningKey.Shared.SignDetached] };
        return new(package.Package.Name, package.Package.Version)
        {
            Requires = [.. (package.Package.Depends ?? "").Split(", ", StringSplitOptions.RemoveEmptyEntries)],
            File = signed.Build(),
        };
    }

    /// <summary>The package that every RPM tree of a bench begins with.</summary>
    public static async Task<RpmEntry> RpmHostAsync() => Served(new(await RpmHost.Value));

    public static async Task<TinyPackage> HostPackageAsync() => await Host.Value;

    public void Manifest(IEnumerable<string> packages, string more = "") =>
        File.WriteAllText(
            Directory.File("m.yaml"),
            $"schema: compose/v1\nreleasever: 13\nmetadata: {{name: tiny}}\nref: tiny/test\nrepos: [tiny]\n"
                + $"packages: [{string.Join(", ", packages.Prepend("host"))}]\n{more}"
        );

    /// <summary>A work directory so deep that its paths are too long for the mount options of an overlay.</summary>
    public static string Far(string name) => string.Join('/', Enumerable.Repeat(new string('d', 200), 7).Append(name));

    /// <summary>A work directory.</summary>
    public WorkDirectory Work(string name = "work") => new(Directory.File(name));

    private static readonly string[] ProblemsAsText = ["--progress=plain"];

    /// <summary>The program call, with a shell in front for what a test changes of the surroundings.</summary>
    public ToolCommand Command(string work, string before = "", params string[] arguments) =>
        new(
            "/bin/sh",
            [
                "-c",
                $"{before}\nexec \"$@\"",
                "sh",
                Path.Combine(AppContext.BaseDirectory, "pipeline"),
                "-C",
                Work(work).Root,
                "compose",
                Directory.File("m.yaml"),
                "--mirror",
                $"tiny={Mirror ?? _url}",
                "--json",
                .. arguments.Any(a => a.StartsWith("--progress", StringComparison.Ordinal)) ? [] : ProblemsAsText,
                .. arguments,
            ]
        )
        {
            WorkingDirectory = Directory.Path,
            Accepted = [.. Enumerable.Range(0, 256)],
            Environment = Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root
                ? new Dictionary<string, string> { ["DOTNET_ROOT"] = root }
                : [],
        };

    public IRunningTool Start(string work) => _tools.Start(Command(work));

    public Task<ToolResult> RunAsync(string work, CancellationToken cancellationToken, string before = "", params string[] arguments) =>
        _tools.RunAsync(Command(work, before, arguments), cancellationToken);

    /// <summary>A compose that must succeed.</summary>
    public Task<Composed> ComposeAsync(string work, CancellationToken cancellationToken, string before = "", params string[] arguments) =>
        ComposeAsync(Command(work, before, arguments), cancellationToken);

    /// <summary>A call of the program that must succeed and answers with a compose.</summary>
    public async Task<Composed> ComposeAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        var result = await _tools.RunAsync(command, cancellationToken);
        Assert.That(result.ExitCode, Is.Zero, result.ErrorTail);
        using var json = JsonDocument.Parse(result.Output);
        var root = json.RootElement;
        return new(
            root.GetProperty("id").GetString()!,
            root.GetProperty("commit").GetString()!,
            root.GetProperty("unchanged").GetBoolean(),
            root.GetProperty("dir").GetString()!,
            result.ErrorTail
        );
    }

    /// <summary>The text of a file of a build's commit, taken from its archive by ostree.</summary>
    public Task<string> CatAsync(Composed build, string path, CancellationToken cancellationToken) =>
        OstreeAsync(build, cancellationToken, "cat", build.Commit, path);

    /// <summary>Mode, owner, size and attributes of a path of a build's commit, as ostree writes them.</summary>
    public Task<string> ListAsync(Composed build, string path, CancellationToken cancellationToken) =>
        OstreeAsync(build, cancellationToken, "ls", "-X", build.Commit, path);

    private async Task<string> OstreeAsync(Composed build, CancellationToken cancellationToken, params string[] arguments)
    {
        var repository = Directory.File($"cat-{Guid.NewGuid():n}");
        System.IO.Directory.CreateDirectory(repository);
        await _tools.RunAsync(
            new("tar", ["-xf", System.IO.Directory.GetFiles(build.Directory, "*-ostree.*.tar").Single(), "-C", repository]),
            cancellationToken
        );
        return (await _tools.RunAsync(new("ostree", [$"--repo={repository}", .. arguments]), cancellationToken)).Text;
    }

    /// <summary>Ids of the processes that name a directory on their command line, or in whose mounts it appears.</summary>
    public static IReadOnlyList<string> ProcessIds(string directory) =>
        [
            .. System
                .IO.Directory.EnumerateDirectories("/proc")
                .Where(d => char.IsAsciiDigit(d[^1]) && IsOf(d, directory))
                .Select(d => Path.GetFileName(d)!),
        ];

    /// <summary>Waits until a killed run is gone: its processes name its work directory, or live where its overlay is mounted.</summary>
    public static async Task NoProcessesAsync(string directory, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 1200 && ProcessIds(directory).Count > 0; i++)
        {
            await Task.Delay(25, cancellationToken);
        }

        Assert.That(ProcessIds(directory), Is.Empty);
    }

    private static bool IsOf(string process, string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(directory, StringComparison.Ordinal)
                || File.ReadAllText(Path.Combine(process, "mountinfo")).Contains(directory, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What only a broken run leaves: scratch and half-written files.</summary>
    public static IReadOnlyList<string> Leftovers(WorkDirectory work)
    {
        string[] scratch =
        [
            Path.Combine(work.Cache, "sha256/tmp"),
            Path.Combine(work.Temporary, "compose"),
            Path.Combine(work.Temporary, "gpgv"),
            .. Below(Path.Combine(work.Cache, "layers")).Select(l => Path.Combine(l, "objects/tmp")),
        ];
        return
        [
            .. scratch.SelectMany(Below),
            .. Below(work.Cache)
                .SelectMany(d => Below(d).Append(d))
                .Concat(Below(work.Builds))
                .Concat(Below(Path.Combine(work.Cache, "trees")).SelectMany(Below))
                .Where(IsHalfWritten),
        ];

        static IEnumerable<string> Below(string directory) =>
            System.IO.Directory.Exists(directory) ? System.IO.Directory.EnumerateFileSystemEntries(directory) : [];

        static bool IsHalfWritten(string path) =>
            Path.GetFileName(path) is var name
            && (
                name.StartsWith("tmp-", StringComparison.Ordinal)
                || name.StartsWith(".staging-", StringComparison.Ordinal)
                || name.StartsWith(".old-", StringComparison.Ordinal)
                || name.StartsWith(".latest-", StringComparison.Ordinal)
                || name.EndsWith(".tmp", StringComparison.Ordinal)
                || name.EndsWith(".new", StringComparison.Ordinal)
            );
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();

        // An ordinary user's caches belong to subordinate ids: only the namespace can remove them.
        await _tools.RunAsync(
            new("unshare", ["--map-root-user", "--map-auto", "rm", "-rf", Directory.Path]) { Accepted = [0, 1] },
            CancellationToken.None
        );
        if (System.IO.Directory.Exists(Directory.Path))
        {
            Directory.Dispose();
        }
    }

    /// <summary>What dpkg needs to configure packages: itself, a shell, and a few programs it only looks for.</summary>
    private static Task<TinyPackage> MakeHostAsync() =>
        PackAsync("host", "sh", "dpkg", "dpkg-deb", "dpkg-split", "dpkg-divert", "dpkg-trigger", "rm", "cat", "sleep", "tar", "diff");

    /// <summary>What rpm needs to run scripts and write its database: itself, what it reads, a shell.</summary>
    private static async Task<TinyPackage> MakeRpmHostAsync()
    {
        var host = await PackAsync("host", "sh", "rpm", "rm", "cat", "sleep");
        const string library = "/usr/lib/rpm";
        var read = System
            .IO.Directory.EnumerateFiles(library, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) is "macros" or "rpmrc" || Path.GetFileName(f).StartsWith("rpmpopt", StringComparison.Ordinal));
        TinyFile[] accounts = [new("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), new("etc/group", "root:x:0:\n")];
        return host with
        {
            Files = [.. host.Files, .. accounts, .. read.Select(f => new TinyFile(f[1..]) { Bytes = File.ReadAllBytes(f) })],
        };
    }

    /// <summary>Programs of this machine with their libraries, for scripts that need more than the host package has.</summary>
    public static async Task<TinyPackage> PackAsync(string name, params string[] programs)
    {
        var tools = new ToolRunner();
        var files = new Dictionary<string, TinyFile>(StringComparer.Ordinal);
        foreach (var program in programs)
        {
            var found = tools.Find(program)!;
            Add($"usr/bin/{program}", found);
            foreach (
                var library in (await tools.RunAsync(new("ldd", [found]), CancellationToken.None))
                    .Text.Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)
                    .Where(w => w.StartsWith('/'))
            )
            {
                Add("usr" + (library.StartsWith("/usr", StringComparison.Ordinal) ? library[4..] : library), library);
            }
        }

        foreach (var stub in (string[])["usr/sbin/ldconfig", "usr/sbin/start-stop-daemon"])
        {
            files[stub] = TinyFile.Script(stub, "#!/bin/sh\n");
        }

        return new(name) { Files = [.. files.Values, TinyFile.Directory("etc"), TinyFile.Directory("var/lib")] };

        void Add(string path, string source) => files[path] = new(path, "", 0x1ed) { Bytes = File.ReadAllBytes(source) };
    }
}

/// <summary>What <c>compose --json</c> said.</summary>
internal sealed record Composed(string Id, string Commit, bool Unchanged, string Directory, string Progress);
