using FsCheck;
using FsCheck.Fluent;
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
    public void The_format_is_pinned() => Golden.Check("Lockfile/example.json", LockfileWriter.Write(Example));

    [Test]
    public void What_was_written_is_read_back_whole_and_in_installation_order()
    {
        var text = LockfileWriter.Write(Example);

        var read = Read(text).Complete(Arch.X86_64);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read, Is.EqualTo(Example));
            Assert.That(LockfileWriter.Write(read!), Is.EqualTo(text));
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

        var read = Read(text);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                read.Entries.Select(e => (e.Name, e.Version, e.PackageArchitecture)),
                Is.EqualTo([("NetworkManager", "1:1.46.2-1.fc40", "x86_64"), ("tzdata", "2024a-5.fc40", null)])
            );
            Assert.That(read.Generated, Is.EqualTo(new DateTimeOffset(2024, 10, 23, 0, 0, 0, TimeSpan.Zero)));
        }
    }

    [TestCase("""{"metadata": {"generated": "2024-10-23T00:00:00Z"}}""", "lock.json:1:1: error PL5003: member 'packages' is missing")]
    [TestCase("""[]""", "lock.json:1:1: error PL5001: expected an object, found a list")]
    [TestCase(
        """{"packages": {"a": {}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""",
        "lock.json:1:20: error PL1502: package 'a' needs either 'evr' or 'evra'"
    )]
    [TestCase(
        """{"packages": {"a": {"evra": "1.aarch64"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""",
        "lock.json:1:20: error PL1503: package 'a' of the lockfile is for 'aarch64', not for 'x86_64'"
    )]
    [TestCase(
        """{"packages": {"a": {"evr": "1", "digest": "md5:1"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""",
        "lock.json:1:43: error PL1502: the digest of package 'a' is not sha256:…"
    )]
    [TestCase("""{"packages": {"a": {"evr": "1", "x": 1}}, "y": 1}""", "lock.json:1:43: error PL1502: unknown member 'y'")]
    [TestCase("""{"packages": {"a": {"evr": "1"}, "a": {"evr": "2"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""", "PL0023")]
    [TestCase("""{"packages": {}, "metadata": {"generated": "today"}}""", "'metadata.generated'")]
    [TestCase(
        """{"packages": {"a:i386": {"evra": "1.amd64"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""",
        "package 'a:i386' is for 'amd64' by its 'evra'"
    )]
    [TestCase(
        """{"packages": {"a": {"evra": "1.amd64"}, "a:amd64": {"evr": "1"}}, "metadata": {"generated": "2024-10-23T00:00:00Z"}}""",
        "package 'a:amd64' is locked twice"
    )]
    public void A_wrong_lockfile_is_bad_input(string text, string expected)
    {
        var e = Assert.Throws<PipelineException>(() => Read(text))!;

        Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
        Assert.That(e.Message, Does.Contain(expected));
    }

    [Test]
    public void All_problems_of_a_lockfile_are_reported_at_once_with_their_places()
    {
        const string text = """
            {
              "packages": {
                "a": { "evr": 1 },
                "b": { "evra": "1.arm64", "surprise": true },
                "c": { "evr": "1", "digest": "nothing", "metadata": { "size": "large" } }
              },
              "metadata": { "generated": "yesterday" },
              "extra": 1
            }
            """;

        var e = Assert.Throws<PipelineException>(() => Read(text))!;

        Golden.Check("Lockfile/problems.txt", e.Message + "\n");
    }

    [Test]
    public void Packages_of_one_name_and_two_architectures_are_both_locked()
    {
        var both = Example with
        {
            Packages =
            [
                Package("app", "1", "all", essential: false),
                Package("lib", "2", "amd64", false),
                Package("lib", "2", "i386", false),
            ],
        };

        var text = LockfileWriter.Write(both);

        Golden.Check("Lockfile/two-architectures.json", text);
        Assert.That(Read(text).Complete(Arch.X86_64), Is.EqualTo(both));
    }

    [Test]
    public void A_lock_that_leaves_something_out_is_not_complete()
    {
        var text = LockfileWriter.Write(Example);
        var members = (string[])["\"repo\": \"tiny\"", "\"size\": 12345", "\"location\": \"pool/main/app.deb\"", "\"order\": 1"];

        foreach (var member in members)
        {
            var less = text.Replace($"{member},", "", StringComparison.Ordinal);
            Assert.That((less.Length < text.Length, Read(less).Complete(Arch.X86_64)), Is.EqualTo((true, (Lockfile?)null)), member);
        }
    }

    [Test]
    public void Every_lock_is_read_back_as_it_was_written() =>
        Prop.ForAll(
                Locks().ToArbitrary(),
                lockfile =>
                {
                    var text = LockfileWriter.Write(lockfile);
                    var read = Read(text).Complete(Arch.X86_64);
                    return lockfile.Equals(read) && LockfileWriter.Write(read) == text;
                }
            )
            .QuickCheckThrowOnFailure();

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
                var problems = new DiagnosticBag();
                return LockfileReader.Read("lock.json", bytes, Arch.X86_64, problems) is not null || problems.HasErrors;
            })
            .QuickCheckThrowOnFailure();

    [Test]
    public void A_mangled_lock_is_read_or_refused_with_a_place()
    {
        var good = System.Text.Encoding.UTF8.GetBytes(LockfileWriter.Write(Example));
        Prop.ForAll(
                Gen.Choose(0, good.Length - 1).SelectMany(at => Gen.Choose(32, 126).Select(b => (At: at, Byte: (byte)b))).ToArbitrary(),
                edit =>
                {
                    byte[] bytes = [.. good];
                    bytes[edit.At] = edit.Byte;
                    var problems = new DiagnosticBag();
                    return LockfileReader.Read("lock.json", bytes, Arch.X86_64, problems) is not null
                        ? !problems.HasErrors
                        : problems.HasErrors && problems.Items.All(p => p.Span is { File: "lock.json", Line: > 0 });
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private static LockEntries Read(string text)
    {
        var problems = new DiagnosticBag();
        return LockfileReader.Read("lock.json", System.Text.Encoding.UTF8.GetBytes(text), Arch.X86_64, problems)
            ?? throw new PipelineException(problems.Items);
    }

    private static Gen<Lockfile> Locks() =>
        Gen.Elements("app", "lib", "libc6", "g++")
            .SelectMany(n => Gen.Elements("amd64", "all", "i386").Select(a => (Name: n, Architecture: a)))
            .SelectMany(k => Gen.Elements("1", "2:1.0~rc1-1", "1.2+b1").Select(v => (k.Name, k.Architecture, Version: v)))
            .ArrayOf()
            .Select(keys =>
                Example with
                {
                    Packages = keys.DistinctBy(k => (k.Name, k.Architecture))
                        .GroupBy(k => k.Name)
                        .SelectMany(g => g.Count() > 1 ? g : g.Where(k => k.Architecture != "i386"))
                        .Select((k, i) => Package(k.Name, k.Version, k.Architecture, i % 2 == 0))
                        .ToValueList(),
                }
            );

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
