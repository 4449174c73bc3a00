using Pipeline.Compose.Builds;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Pipeline.TestKit.Rpm;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>From RPM indices to packages: versions, files, groups, priorities, rich and weak dependencies, locks.</summary>
[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class RpmResolveTests
{
    private const string Groups = """
        <?xml version="1.0"?>
        <!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
        <comps><group><id>core</id><name>Core</name><packagelist>
        <packagereq type="mandatory">lib</packagereq><packagereq type="default">missing</packagereq>
        <packagereq type="optional">other</packagereq><packagereq type="conditional" requires="lib">extra</packagereq>
        </packagelist></group>
        <environment><id>server</id><grouplist><groupid>core</groupid></grouplist></environment></comps>
        """;

    [Test]
    public async Task The_newest_version_by_rpms_rules_is_locked_with_everything_that_fetching_needs(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());

        var locked = await bench.LockAsync(cancellationToken);

        var lib = RpmBench.Few()[2];
        var row = locked.Lockfile.Packages[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(locked.Lockfile.Packages.Select(p => p.Name), Is.EqualTo(["lib", "app"]));
            Assert.That(
                (row.Version, row.PackageArchitecture, row.Location, row.Size, row.Repo, row.Digest),
                Is.EqualTo(
                    (
                        "1:1.10-1.fc40",
                        "x86_64",
                        lib.Location,
                        (long)lib.Content.Length,
                        "tiny",
                        Pipeline.Model.Values.Digest.Of(lib.Content)
                    )
                )
            );
            Assert.That(locked.Lockfile.Generated, Is.EqualTo(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero)));
            Assert.That(await bench.FetchAsync(cancellationToken), Has.Count.EqualTo(2));
        }
    }

    [TestCase("evra", "1:1.2-3.fc40.x86_64")]
    [TestCase("evr", "1:1.2-3.fc40")]
    public async Task A_lockfile_of_rpm_ostree_is_composed_exactly(string key, string lib)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        var file = bench.Directory.File("lock.json");
        await File.WriteAllTextAsync(
            file,
            $$$"""
            {
              "packages": {
                "lib": { "{{{key}}}": "{{{lib}}}" },
                "app": { "evra": "0:2.0-1.noarch", "metadata": { "sourcerpm": "app.src.rpm" } }
              },
              "metadata": { "generated": "2024-01-01T00:00:00Z", "rpmmd_repos": { "tiny": { "generated": "2024-01-01T00:00:00Z" } } }
            }
            """
        );

        var locked = await bench.LockAsync(CancellationToken.None, file);
        await File.WriteAllTextAsync(file, locked.LockText);
        var again = await bench.LockAsync(CancellationToken.None, file);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(locked.Lockfile.Packages.Single(p => p.Name == "lib").Version, Is.EqualTo("1:1.2-3.fc40"));
            Assert.That(again.Lockfile.Packages, Is.EquivalentTo(locked.Lockfile.Packages));
        }
    }

    [Test]
    public async Task Repositories_for_lockfiles_only_are_asked_only_with_one(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        await using var pool = new RpmRepodata();
        pool.Publish([new("lib", "1.5", "9", "x86_64") { Epoch = 1 }, new("app", "9.0")]);
        bench.Mirrors["pool"] = pool.Url;
        RpmRepodata.WriteRepo(bench.Directory.Path, id: "pool");
        bench.Manifest("packages: [app]\nlockfile-repos: [pool]");
        var free = await bench.LockAsync(cancellationToken);
        var file = bench.Directory.File("lock.json");
        await File.WriteAllTextAsync(
            file,
            """
            {"packages": {"lib": {"evra": "1:1.5-9.x86_64"}, "app": {"evra": "2.0-1.noarch"}},
             "metadata": {"generated": "2024-01-01T00:00:00Z"}}
            """,
            cancellationToken
        );

        var locked = await bench.LockAsync(cancellationToken, file);

        Assert.That(
            (free.Lockfile.Packages.Select(p => p.Repo).Distinct().Single(), locked.Lockfile.Packages.Single(p => p.Name == "lib").Repo),
            Is.EqualTo(("tiny", "pool"))
        );
    }

    [TestCase("/usr/bin/tool", false)]
    [TestCase("/usr/share/tool/data", true)]
    public async Task The_list_of_all_files_is_fetched_when_a_path_needs_it(string path, bool fetched)
    {
        await using var bench = new RpmBench([new("app") { Requires = [path] }, new("tool") { Files = [path, "/usr/share/doc/x"] }]);

        var names = await bench.NamesAsync(CancellationToken.None);
        var offline = (await bench.LockAsync(CancellationToken.None, offline: true)).Lockfile.Packages;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(names, Is.EqualTo(["app", "tool"]));
            Assert.That(bench.Repository.Server.Requests.Any(r => r.Contains("filelists", StringComparison.Ordinal)), Is.EqualTo(fetched));
            Assert.That(offline, Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task A_path_in_the_manifest_finds_its_package(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench([new("zipl") { Files = ["/usr/sbin/zipl"] }, new("data") { Files = ["/usr/share/d"] }]);
        bench.Manifest("packages: [/usr/sbin/zipl, /usr/share/d]");

        Assert.That(await bench.NamesAsync(cancellationToken), Is.EqualTo(["data", "zipl"]));
    }

    [TestCase("'@core'", new[] { "extra", "lib" })]
    [TestCase("'@^server'", new[] { "extra", "lib" })]
    [TestCase("other", new[] { "other" })]
    public async Task Groups_and_environments_are_their_packages(string request, string[] expected)
    {
        await using var bench = new RpmBench([.. RpmBench.Few(), new("extra")], new() { Groups = Groups });
        bench.Manifest($"packages: [{request}]");

        Assert.That(await bench.NamesAsync(CancellationToken.None), Is.EqualTo(expected));
        Assert.That(
            bench.Repository.Server.Requests.Any(r => r.Contains("-group", StringComparison.Ordinal)),
            Is.EqualTo(request.Contains('@', StringComparison.Ordinal))
        );
    }

    [TestCase(true, "'@cor'", "PL1128")]
    [TestCase(false, "'@core'", "PL1129")]
    public async Task An_unknown_group_is_bad_input_with_its_place(bool groups, string request, string code)
    {
        await using var bench = new RpmBench(RpmBench.Few(), new() { Groups = groups ? Groups : null });
        bench.Manifest($"packages: [{request}]");

        var e = ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None));

        Assert.That((e.Exit, e.Diagnostics[0].Code, e.Diagnostics[0].Span!.Line), Is.EqualTo((ExitClass.BadInput, code, 4)), e.Message);
    }

    [TestCase("", new[] { "app", "lang", "langsupport" })]
    [TestCase("recommends: false", new[] { "app" })]
    public async Task Rich_and_weak_dependencies_are_followed(string more, string[] expected)
    {
        await using var bench = new RpmBench([
            new("app") { Requires = ["(lang if langsupport)"], Recommends = ["langsupport"] },
            new("lang"),
            new("langsupport"),
        ]);
        bench.Manifest($"packages: [app]\n{more}");

        Assert.That(await bench.NamesAsync(CancellationToken.None), Is.EqualTo(expected));
    }

    [Test]
    public async Task Obsolete_packages_give_way(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench([
            new("app") { Requires = ["feature"] },
            new("old", "5") { Provides = ["feature"] },
            new("new", "1") { Provides = ["feature"], Obsoletes = ["old < 9"] },
        ]);

        Assert.That(await bench.NamesAsync(cancellationToken), Is.EqualTo(["app", "new"]));
    }

    [TestCase("", "2.0-1")]
    [TestCase("priority=10", "1.0-1")]
    [TestCase("excludepkgs=ap*\npriority=1", "2.0-1")]
    [TestCase("priority=1\nincludepkgs=lib", "2.0-1")]
    [TestCase("priority=1\nincludepkgs=[a-b]pp", "1.0-1")]
    [TestCase("priority=1\nexclude=app-1.0-1.noarch", "2.0-1")]
    [TestCase("priority=1\nexclude=app-1.0-2.*", "1.0-1")]
    public async Task Priorities_and_patterns_choose_among_repositories(string more, string expected)
    {
        await using var bench = new RpmBench([new("app", "2.0")]);
        await using var other = new RpmRepodata();
        other.Publish([new("app", "1.0"), new("lib")]);
        bench.Mirrors["other"] = other.Url;
        RpmRepodata.WriteRepo(bench.Directory.Path, more, "other");
        bench.Manifest("packages: [app]", "tiny, other");
        await bench.LockAsync(CancellationToken.None);

        // The second time both indices come from their cached forms.
        Directory.Delete(Path.Combine(bench.Work.Cache, "locks"), recursive: true);
        var locked = await bench.LockAsync(CancellationToken.None);

        Assert.That(locked.Lockfile.Packages.Single().Version, Is.EqualTo(expected));
    }

    [TestCase("other", "1.0-1", "")]
    [TestCase("tiny", "2.0-1", "")]
    [TestCase("elsewhere", "", "PL1408")]
    public async Task A_package_can_be_asked_of_one_repository(string repo, string expected, string code)
    {
        await using var bench = new RpmBench([new("app", "2.0"), new("base")]);
        await using var other = new RpmRepodata();
        other.Publish([new("app", "1.0")]);
        bench.Mirrors["other"] = other.Url;
        RpmRepodata.WriteRepo(bench.Directory.Path, id: "other");
        bench.Manifest($"packages: [base]\nrepo-packages:\n- repo: {repo}\n  packages: [app]", "tiny, other");
        if (code.Length > 0)
        {
            Assert.That(ResolveBench.Fails(() => bench.LockAsync(CancellationToken.None)).Diagnostics[0].Code, Is.EqualTo(code));
            return;
        }

        var locked = await bench.LockAsync(CancellationToken.None);

        Assert.That(locked.Lockfile.Packages.Single(p => p.Name == "app").Version, Is.EqualTo(expected));
    }

    [Test]
    public async Task The_best_architecture_is_taken_and_another_can_be_asked_for(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench([
            new("glibc", Architecture: "i686"),
            new("glibc", Architecture: "x86_64"),
            new("x", Architecture: "s390x"),
        ]);
        bench.Manifest("packages: [glibc]");
        var plain = await bench.LockAsync(cancellationToken);
        bench.Manifest("packages: [glibc, glibc.i686]");

        var both = await bench.LockAsync(cancellationToken);

        Assert.That(
            (plain.Lockfile.Packages.Single().PackageArchitecture, both.Lockfile.Packages.Select(p => p.PackageArchitecture).Order()),
            Is.EqualTo(("x86_64", new[] { "i686", "x86_64" }))
        );
    }

    [TestCase("glibc-1.0-1.x86_64")]
    [TestCase("'glibc >= 1.0'")]
    [TestCase("libc.so.6(GLIBC_2.4)(64bit)")]
    [TestCase("'pkgconfig(libc) >= 0.9'")]
    public async Task A_request_may_be_a_version_or_a_capability(string request)
    {
        await using var bench = new RpmBench([
            new("glibc", Architecture: "x86_64") { Provides = ["libc.so.6(GLIBC_2.4)(64bit)", "pkgconfig(libc) = 1.0"] },
        ]);
        bench.Manifest($"packages: [\"{request}\"]");

        Assert.That(await bench.NamesAsync(CancellationToken.None), Is.EqualTo(["glibc"]));
    }

    [Test]
    public async Task What_cannot_be_installed_is_explained(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench([new("app") { Requires = ["lib >= 3"] }, new("lib", "2")]);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.BadInput, "PL1404")));
        Assert.That(e.Message, Does.Contain("lib >= 3").And.Contain("app-1.0-1.noarch"));
    }

    [Test]
    public async Task A_check_that_is_off_is_part_of_what_a_build_is_made_of(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few(), new() { Key = null }, "repo_gpgcheck=0");
        var refused = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));
        bench.Insecure = true;

        var locked = await bench.LockAsync(cancellationToken);
        var inputs = ComposeInputs.Of(locked, null, new ToolFingerprint(new RecordingToolRunner(), null), new NativeRunner());

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused.Exit, refused.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL1123")));
            Assert.That(inputs.Compose.Inputs.Select(i => i.Name), Has.Member("insecure tiny repo_gpgcheck=0"));
            Assert.That(bench.Reporter.Lines, Has.Some.Contains("PL1125"));
        }
    }

    [Test]
    public async Task Modules_are_ignored_with_a_note(CancellationToken cancellationToken)
    {
        var more =
            $"<data type=\"modules\"><checksum type=\"sha256\">{new string('0', 64)}</checksum>"
            + "<location href=\"m.yaml\"/><size>1</size></data>"
            + "<data type=\"primary_zck\"><checksum type=\"sha512\">x</checksum><location href=\"p.zck\"/><size>1</size></data>";
        await using var bench = new RpmBench(RpmBench.Few(), new() { More = more });

        await bench.LockAsync(cancellationToken);

        Assert.That(bench.Reporter.Lines, Has.Some.Contains("PL1126"));
    }

    [Test]
    public async Task Unchanged_indices_are_not_fetched_and_not_solved_again(CancellationToken cancellationToken)
    {
        await using var bench = new RpmBench(RpmBench.Few());
        var first = await bench.LockAsync(cancellationToken);
        bench.Repository.Server.ForgetRequests();

        var second = await bench.LockAsync(cancellationToken);

        Assert.That(
            (second.LockText, string.Join(',', bench.Repository.Server.Requests)),
            Is.EqualTo((first.LockText, "GET /repodata/repomd.xml 304"))
        );
    }
}
