using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Locks;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class LockfileTests
{
    private static readonly Lockfile Example = new()
    {
        Architecture = Arch.X86_64,
        Generated = new(2026, 9, 12, 7, 55, 41, TimeSpan.Zero),
        Packages = [Package("lib", "1.2+b1", "amd64", essential: false), Package("app", "2:1.0~rc1-1", "all", essential: true)],
        Repos = [new("tiny", Digest.Of("release"), new(2026, 9, 12, 7, 55, 41, TimeSpan.Zero))],
    };

    [Test]
    public void The_format_is_pinned() => Golden.Check("Lockfile/example.json", LockStore.Write(Example));

    [Test]
    public void What_was_written_is_read_back_whole_and_in_installation_order()
    {
        var text = LockStore.Write(Example);

        var read = LockStore.Complete(System.Text.Encoding.UTF8.GetBytes(text), Arch.X86_64);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read, Is.EqualTo(Example));
            Assert.That(LockStore.Write(read!), Is.EqualTo(text));
        }
    }

    [Test]
    public void A_lockfile_of_rpm_ostree_is_read()
    {
        const string text = """
            {"packages": {"NetworkManager": {"evra": "1:1.46.2-1.fc40.x86_64", "metadata": {"sourcerpm": "NetworkManager"}},
                          "tzdata": {"evr": "2024a-5.fc40"}},
             "metadata": {"generated": "2024-10-23T00:00:00Z", "rpmmd_repos": {"fedora": {"generated": "2024-04-14T18:51:11Z"}}}}
            """;

        var read = LockStore.Parse("lock.json", System.Text.Encoding.UTF8.GetBytes(text), Arch.X86_64);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                read.Entries.Select(e => (e.Name, e.Version, e.Architecture)),
                Is.EqualTo([("NetworkManager", "1:1.46.2-1.fc40", "x86_64"), ("tzdata", "2024a-5.fc40", null)])
            );
            Assert.That(read.Generated, Is.EqualTo(new DateTimeOffset(2024, 10, 23, 0, 0, 0, TimeSpan.Zero)));
        }
    }

    [TestCase("""{"metadata": {}}""", "PL1502")]
    [TestCase("""{"packages": {"a": {}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""", "needs either 'evr' or 'evra'")]
    [TestCase("""{"packages": {"a": {"evra": "1.aarch64"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""", "PL1503")]
    [TestCase(
        """{"packages": {"a": {"evr": "1", "digest": "md5:1"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""",
        "is not sha256"
    )]
    [TestCase("""{"packages": {"a": {"evr": "1", "x": 1}}, "y": 1}""", "unknown member 'y'")]
    [TestCase("""{"packages": {"a": {"evr": "1"}, "a": {"evr": "2"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""", "PL0023")]
    [TestCase("""{"packages": {}, "metadata": {"generated": "today"}}""", "'metadata.generated'")]
    public void A_wrong_lockfile_is_bad_input(string text, string expected)
    {
        var e = Assert.Throws<PipelineException>(() =>
            LockStore.Parse("lock.json", System.Text.Encoding.UTF8.GetBytes(text), Arch.X86_64)
        )!;

        Assert.That((e.Exit, e.Message), Is.EqualTo((ExitClass.BadInput, e.Message)));
        Assert.That(e.Message, Does.Contain(expected));
    }

    [Test]
    public async Task A_given_lockfile_is_composed_exactly_even_when_newer_packages_exist(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var first = await bench.LockAsync(cancellationToken);
        await File.WriteAllTextAsync(bench.Directory.File("lock.json"), first.LockText, cancellationToken);
        bench.Repository.Publish(
            [.. ResolveBench.Few(), TinyRepository.Package("lib", "2.0")],
            new() { Date = new(2024, 5, 5, 0, 0, 0, TimeSpan.Zero) }
        );

        var pinned = await bench.LockAsync(cancellationToken, bench.Directory.File("lock.json"));
        var free = await bench.LockAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pinned.LockText, Is.EqualTo(first.LockText));
            Assert.That(free.Lockfile.Packages.Single(p => p.Name == "lib").Version, Is.EqualTo("2.0"));
        }
    }

    [Test]
    public async Task Locked_packages_the_repositories_lack_are_all_named(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var first = await bench.LockAsync(cancellationToken);
        await File.WriteAllTextAsync(bench.Directory.File("lock.json"), first.LockText, cancellationToken);
        bench.Repository.Publish([
            TinyRepository.Package("app", "1.1"),
            TinyRepository.Package("lib", "1.3"),
            TinyRepository.Package("base-files"),
        ]);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken, bench.Directory.File("lock.json")));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused), "base-files changed its bytes under the same version");
            Assert.That(e.Diagnostics.Select(d => d.Code), Is.EquivalentTo(["PL1504", "PL1504", "PL1505"]));
            Assert.That(
                e.Message,
                Does.Contain("package 'app' 1.0 (all)").And.Contain("package 'lib' 1.2+b1 (all)").And.Contain("lock.json:")
            );
        }
    }

    [Test]
    public async Task A_lockfile_without_a_requested_package_is_not_enough(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        await File.WriteAllTextAsync(
            bench.Directory.File("lock.json"),
            (await bench.LockAsync(cancellationToken)).LockText,
            cancellationToken
        );
        bench.Manifest("packages: [app, other]\nexclude-packages: [lib]");

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken, bench.Directory.File("lock.json")));

        Assert.That(e.Message, Does.Contain("m.yaml:4:17: error PL1506: package 'other'").And.Contain("PL1507: package 'lib' is excluded"));
    }

    [Test]
    public void Random_bytes_never_crash_the_reader() =>
        Prop.ForAll<byte[]>(bytes =>
            {
                try
                {
                    LockStore.Parse("lock.json", bytes, Arch.X86_64);
                }
                catch (PipelineException)
                {
                    // The only way to fail.
                }
            })
            .QuickCheckThrowOnFailure();

    private static LockedPackage Package(string name, string version, string architecture, bool essential) =>
        new()
        {
            Name = name,
            Version = version,
            PackageArchitecture = architecture,
            Digest = Digest.Of(name),
            Size = 12345,
            Repo = "tiny",
            Location = $"pool/main/{name}.deb",
            Source = "src",
            Essential = essential,
        };
}
