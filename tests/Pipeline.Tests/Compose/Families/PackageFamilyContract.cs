using Pipeline.Compose.Families;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Net;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.TestKit;
using Pipeline.TestKit.Families;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Families;

/// <summary>What every package family does. A new family adds a bench to TestKit and a line to the fixtures.</summary>
[TestFixture(typeof(DebBench))]
[TestFixture(typeof(RpmFamilyBench))]
[TestFixture(typeof(FakeBench))]
[Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase), CancelAfter(60_000)]
internal sealed partial class PackageFamilyContract<TBench> : IAsyncDisposable
    where TBench : IFamilyBench, new()
{
    private static readonly TinyPackage Lib = new("lib", "1.2") { Files = [new("usr/lib/lib.so", "lib\n")] };
    private static readonly TinyPackage App = new("app", "2.0")
    {
        Depends = "lib",
        Files = [TinyFile.Script("usr/bin/app", "#!/bin/sh\n")],
    };

    private readonly TBench _bench = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _http = HttpStack.Create();

    private IPackageFamily Family => _bench.Family;

    private ContentStore Store => new(_directory.File("store"));

    [Test]
    public void A_package_becomes_a_layer()
    {
        var layer = Read(
            new("p")
            {
                Files =
                [
                    TinyFile.Directory("usr/share/p", 0b111_000_000),
                    new("usr/share/p/file", "content\n", 0b110_000_000),
                    TinyFile.HardLink("usr/share/p/hard", "usr/share/p/file"),
                    TinyFile.Link("usr/share/p/link", "file"),
                ],
            }
        );

        var entries = layer.Entries.Where(e => e.Path.StartsWith("usr/share/p", StringComparison.Ordinal)).ToDictionary(e => e.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                entries.Values.Select(e => (e.Path, e.Kind, e.Mode)),
                Is.EquivalentTo([
                    ("usr/share/p", TarKind.Directory, 0b111_000_000),
                    ("usr/share/p/file", TarKind.File, 0b110_000_000),
                    ("usr/share/p/hard", TarKind.File, 0b110_000_000),
                    ("usr/share/p/link", TarKind.Symlink, 0),
                ])
            );
            Assert.That(entries["usr/share/p/hard"].Object, Is.EqualTo(entries["usr/share/p/file"].Object).And.Length.EqualTo(64));
            Assert.That(entries["usr/share/p/link"].Target, Is.EqualTo("file"));
        }
    }

    [Test]
    public void A_path_that_leads_out_of_the_tree_is_refused() =>
        Assert.That(
            () => Read(new("p") { Files = [new("../outside", "x")], Exact = true }),
            Throws.TypeOf<BadPackageException>().With.Property(nameof(BadPackageException.Code)).EqualTo("PL2002")
        );

    [Test]
    public void A_file_written_through_a_link_of_the_package_is_refused() =>
        Assert.That(
            () => Read(new("p") { Files = [TinyFile.Link("d", "/etc"), new("d/passwd", "x")], Exact = true }),
            Throws.TypeOf<BadPackageException>().With.Property(nameof(BadPackageException.Code)).EqualTo("PL2002")
        );

    [Test]
    public void A_package_that_is_cut_off_is_refused()
    {
        var whole = _bench.Build(new("p") { Files = [new("usr/f", new string('x', 4000))], Compressed = false });

        Assert.That(() => Read(whole[..(whole.Length - 3000)]), Throws.TypeOf<BadPackageException>());
    }

    [Test]
    public void More_entries_than_the_limit_are_refused() =>
        Assert.That(
            () => Read(_bench.Build(new("p") { Files = [new("a", "1"), new("b", "2"), new("c", "3")], Exact = true }), entries: 2),
            Throws.TypeOf<BadPackageException>().With.Property(nameof(BadPackageException.Code)).EqualTo("PL2003")
        );

    [Test]
    public void Packages_with_different_files_of_one_path_conflict_by_name()
    {
        var e = Assert.Throws<PipelineException>(() =>
            Merge(new("one") { Files = [new("usr/f", "1")] }, new("two") { Files = [new("usr/f", "2")] })
        )!;

        Assert.That(e.Message, Does.Contain("PL2101").And.Contain("'/usr/f'").And.Contain("'one'").And.Contain("'two'"));
    }

    [Test]
    public void The_same_file_and_the_same_directory_in_two_packages_are_no_conflict()
    {
        TinyFile[] files = [TinyFile.Directory("usr/d"), new("usr/d/f", "same")];

        var tree = Merge(new("one") { Files = files }, new("two") { Files = files });

        Assert.That(tree.Nodes.Count(n => n.Path is "usr/d" or "usr/d/f"), Is.EqualTo(2));
    }

    [Test]
    public void A_tree_begins_with_the_links_of_the_merged_usr_and_lays_plain_files_where_they_belong()
    {
        var tree = Merge(new TinyPackage("one") { Files = [new("usr/bin/f", "1")] });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tree.Nodes.Single(n => n.Path == "lib").Entry.Target, Is.EqualTo("usr/lib"));
            Assert.That(tree.PathOnDisk(tree.Nodes.Single(n => n.Path == "usr/bin/f")), Is.EqualTo("usr/bin/f"));
            Assert.That(tree.Packages.Select(p => p.Name), Is.EqualTo(["one"]));
        }
    }

    [Test]
    public void The_database_names_every_package_and_lies_where_finishing_finds_it()
    {
        var root = _directory.File("root");
        Directory.CreateDirectory(root);

        using (var handle = TreeHandle.Open(root))
        {
            Family.WriteDatabase(Merge(Lib, App), handle);
        }

        var files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToArray();
        using (Assert.EnterMultipleScope())
        {
            foreach (var name in (string[])["lib", "app"])
            {
                Assert.That(files.Any(f => File.ReadAllText(f).Contains(name, StringComparison.Ordinal)), Is.True, name);
            }

            Assert.That(
                files
                    .Select(f => Path.GetRelativePath(root, f))
                    .Where(f => !Family.Finishing.Databases.Any(d => f.StartsWith(d.From + "/", StringComparison.Ordinal))),
                Is.Empty
            );
        }
    }

    [Test]
    public void Finishing_moves_databases_under_usr_and_names_only_paths_inside()
    {
        var rules = Family.Finishing;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rules.Databases.Select(d => d.To), Is.Not.Empty.And.All.StartsWith("usr/lib/sysimage/"));
            Assert.That(
                rules.Scrub.Concat(rules.Patterns.Select(p => p.Directory)).Concat(rules.Databases.Select(d => d.From)),
                Is.All.Matches<string>(p => p is not null && PackagePath.Clean(p) == p)
            );
        }
    }

    [Test]
    public async Task Configuring_runs_programs_only_in_the_sandbox_and_reports_what_they_leave(CancellationToken cancellationToken)
    {
        var tools = new FailingTools();
        using var root = TreeHandle.OpenOrMake(_directory.File("root"));
        var tree = Merge(Lib);
        Family.WriteDatabase(tree, root);
        var sandbox = new TreeSandbox(
            tools,
            new NativeRunner(),
            DateTimeOffset.UnixEpoch,
            _directory.File("log"),
            _directory.File("scratch"),
            Family.Merging.Layout
        );

        var e = await Assert.ThrowsAsync<PipelineException>(() =>
            Family.ConfigureAsync(tree, root, sandbox, new(_directory.File("objects")), cancellationToken)
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e!.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([("PL2102", ExitClass.WorkFailed)]));
            Assert.That(tools.Programs, Is.Not.Empty.And.All.EqualTo("bwrap"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _http.Dispose();
        _directory.Dispose();
    }

    private async Task<RepositoryState> VerifyAsync(
        IReadOnlyList<TinyPackage> packages,
        CancellationToken cancellationToken,
        string? location = null
    )
    {
        _bench.Serve(_directory.Path, packages, location);
        return await Family.VerifyAsync(await ReadAsync(cancellationToken), Arch.X86_64, false, Services(), _ => { }, cancellationToken);
    }

    private async Task<Repository> ReadAsync(CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var set = await Family.ReadRepositoriesAsync(Source("tiny"), NoMirrors(), problems, cancellationToken);
        problems.ThrowIfErrors();
        return set.Find("tiny")!;
    }

    private MirrorResolver NoMirrors() => new(new Dictionary<string, string> { ["tiny"] = _bench.Url }, null, new NoHost(), new());

    private RepositorySource Source(string repository) =>
        new(
            _directory.Path,
            "",
            new()
            {
                File = "m.yaml",
                IsSchema = true,
                Name = "m",
                Architecture = Arch.X86_64,
                Repos = [new(repository, new("m.yaml", 1, 1))],
                Flattened = new([]),
            }
        );

    private RepositoryServices Services() =>
        new(
            new(_http, TimeProvider.System, new DownloadPolicy(new Retry(2, TimeSpan.FromMilliseconds(5)), TimeSpan.FromSeconds(5)), new()),
            new(new ToolRunner(), _directory.File("gpgv")),
            Store,
            _directory.File("repos"),
            TimeProvider.System
        );

    private List<PackageRow> Solve(RepositoryState state, string request, Func<byte[]>? text = null)
    {
        using var pool = new SolverPool(Family.Indices, Arch.X86_64);
        foreach (var index in state.Indices)
        {
            pool.Add(index.Repo, _directory.File($"indices/{index.Digest.Hex}"), text ?? (() => IndexText.Unpack(index, Store)));
        }

        pool.Seal();
        var problems = new DiagnosticBag();
        var rows = new PackageSolver(pool).Solve([new(request, new("m.yaml", 1, 1))], [], false, problems);
        problems.ThrowIfErrors();
        return [.. rows];
    }

    private Layer Read(TinyPackage package) => Read(_bench.Build(package));

    private Layer Read(byte[] file, int entries = 1000)
    {
        using var writer = new LayerObjects(_directory.File("objects")).NewWriter();
        return Family.Packages.Read(new MemoryStream(file), writer, LayerLimits.Default with { Entries = entries }, CancellationToken.None);
    }

    private MergedTree Merge(params TinyPackage[] packages) =>
        MergedTree.Of([.. packages.Select(p => new PackageLayer(Locked(p), Read(p)))], Family.Merging, documentation: true);

    private LockedPackage Locked(TinyPackage package) =>
        new()
        {
            Name = package.Name,
            Version = _bench.VersionOf(package),
            PackageArchitecture = _bench.AnyArchitecture,
            Digest = default,
            Size = 1,
            Repo = "tiny",
            Location = "l",
        };

    private sealed class NoHost : IHostMirrors
    {
        public IReadOnlyCollection<string> Ids => [];

        public string Hint => "";

        public Task<IReadOnlyDictionary<string, string>> FindAsync(CancellationToken cancellationToken) =>
            throw new InvalidOperationException("the host is not asked");
    }

    private sealed class FailingTools : IToolRunner
    {
        public List<string> Programs { get; } = [];

        public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
        {
            Programs.Add(command.Program);
            return Task.FromResult(new ToolResult(1, ReadOnlyMemory<byte>.Empty, "broken", TimeSpan.Zero));
        }

        public IRunningTool Start(ToolCommand command) => throw new NotSupportedException();

        public string? Find(string program) => null;
    }
}
