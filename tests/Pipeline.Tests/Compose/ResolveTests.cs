using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All), CancelAfter(60_000)]
public sealed class ResolveTests
{
    [Test]
    public async Task Unknown_packages_and_impossible_sets_are_reported_together_with_their_lines(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench([
            .. ResolveBench.Few(),
            TinyRepository.Package("mta-a") with
            {
                Provides = "mta",
                Conflicts = "mta",
            },
            TinyRepository.Package("mta-b") with
            {
                Provides = "mta",
                Conflicts = "mta",
            },
        ]);
        bench.Manifest("packages:\n- mta-a\n- mta-b\n- libb\n- app");

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
            Assert.That(
                e.Message,
                Does.Contain("m.yaml:7:3: error PL1402: no repository has a package 'libb'\n  hint: did you mean 'lib'?")
            );
            Assert.That(
                e.Message,
                Does.Contain("error PL1404")
                    .And.Contain("mta-b-1.0.all conflicts with mta provided by mta-a-1.0.all")
                    .And.Contain("'mta-a' (m.yaml:5:3)")
                    .And.Contain("'mta-b' (m.yaml:6:3)")
            );
        }
    }

    [Test]
    public async Task A_dependency_that_nothing_provides_names_the_line_that_asked(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench([
            TinyRepository.Package("app", depends: "lib (>= 9)"),
            TinyRepository.Package("lib", "1.2"),
        ]);

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(e.Message, Does.Contain("m.yaml:4:12: error PL1404").And.Contain("nothing provides lib >= 9 needed by app-1.0.all"));
    }

    [Test]
    public async Task An_excluded_dependency_explains_itself(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Manifest("packages: [app]\nexclude-packages: [lib]");

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That(e.Message, Does.Contain("'lib' (m.yaml:5:20)").And.Contain("'app' (m.yaml:4:12)"));
    }

    [TestCase("alpha | beta", "", ExpectedResult = "alpha app")]
    [TestCase("beta | alpha", "", ExpectedResult = "app beta")]
    [TestCase("missing | beta | alpha", "", ExpectedResult = "app beta")]
    [TestCase("alpha | beta", "exclude-packages: [alpha]", ExpectedResult = "app beta")]
    [TestCase("zeta (>= 2) | beta", "", ExpectedResult = "app beta")]
    public async Task<string> Of_alternatives_the_first_that_exists_wins(string depends, string more)
    {
        await using var bench = new ResolveBench([
            TinyRepository.Package("app", depends: depends),
            TinyRepository.Package("alpha"),
            TinyRepository.Package("beta", "9.0"),
            TinyRepository.Package("zeta", "1.0"),
        ]);
        bench.Manifest($"packages: [app]\n{more}");

        return Names(await bench.LockAsync(CancellationToken.None));
    }

    [TestCase("", ExpectedResult = "app mawk")]
    [TestCase("exclude-packages: [mawk]", ExpectedResult = "app gawk")]
    public async Task<string> Of_several_providers_the_highest_priority_wins(string line)
    {
        await using var bench = new ResolveBench([
            TinyRepository.Package("app", depends: "awk"),
            TinyRepository.Package("gawk", "9.0") with
            {
                Provides = "awk",
            },
            TinyRepository.Package("mawk") with
            {
                Provides = "awk",
                Priority = "required",
            },
        ]);
        bench.Manifest($"packages: [app]\n{line}");

        return Names(await bench.LockAsync(CancellationToken.None));
    }

    [TestCase("recommends: false", ExpectedResult = "app")]
    [TestCase("recommends: true", ExpectedResult = "app nice")]
    [TestCase("exclude-packages: [nice]", ExpectedResult = "app")]
    public async Task<string> Recommended_packages_come_when_the_manifest_says_so(string line)
    {
        await using var bench = new ResolveBench([
            TinyRepository.Package("app") with
            {
                Recommends = "nice",
            },
            TinyRepository.Package("nice"),
        ]);
        bench.Manifest($"packages: [app]\n{line}");

        return Names(await bench.LockAsync(CancellationToken.None));
    }

    [TestCase("lib", ExpectedResult = "2:0.1")]
    [TestCase("lib=1.0", ExpectedResult = "1.0")]
    [TestCase("'lib (<< 1.0)'", ExpectedResult = "1.0~rc1")]
    [TestCase("'lib <= 1.0'", ExpectedResult = "1.0")]
    [TestCase("lib:amd64", ExpectedResult = "2:0.1")]
    public async Task<string> A_request_may_name_a_version(string request)
    {
        await using var bench = new ResolveBench(
            new[] { "1.0", "1.0~rc1", "2:0.1" }.Select(v => TinyRepository.Package("lib", v) with { Architecture = "amd64" })
        );
        bench.Manifest($"packages: [\"{request}\"]");

        return (await bench.LockAsync(CancellationToken.None)).Lockfile.Packages.Single().Version;
    }

    [Test]
    public async Task Every_architecture_gets_its_own_packages(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench([
            TinyRepository.Package("app") with
            {
                Architecture = "amd64",
            },
            TinyRepository.Package("app", "1.1") with
            {
                Architecture = "s390x",
            },
        ]);
        var first = await bench.LockAsync(cancellationToken);
        bench.Architecture = Arch.S390x;

        var second = await bench.LockAsync(cancellationToken);

        Assert.That((first.Lockfile.Packages.Single().Version, second.Lockfile.Packages.Single().Version), Is.EqualTo(("1.0", "1.1")));
    }

    [Test]
    public async Task The_same_inputs_give_the_same_bytes_in_another_directory(CancellationToken cancellationToken)
    {
        await using var one = new ResolveBench(ResolveBench.Few());
        await using var two = new ResolveBench(ResolveBench.Few());

        Assert.That((await two.LockAsync(cancellationToken)).LockText, Is.EqualTo((await one.LockAsync(cancellationToken)).LockText));
    }

    [Test]
    public async Task Nothing_changed_costs_one_question_and_neither_gpgv_nor_solver(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var first = await bench.LockAsync(cancellationToken);
        var calls = bench.ToolCalls;
        bench.Repository.Server.ForgetRequests();
        Directory.Delete(Path.Combine(bench.Work.Cache, "indices"), true);

        var second = await bench.LockAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.LockText, Is.EqualTo(first.LockText));
            Assert.That(bench.Repository.Server.Requests, Is.EqualTo(["GET /dists/tiny/InRelease 304"]));
            Assert.That(bench.ToolCalls, Is.EqualTo(calls));
            Assert.That(Directory.Exists(Path.Combine(bench.Work.Cache, "indices")), Is.False, "the solver was not asked");
        }
    }

    [Test]
    public async Task Without_validators_the_same_bytes_are_noticed(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Repository.Server.Validators = false;
        await bench.LockAsync(cancellationToken);
        var calls = bench.ToolCalls;

        await bench.LockAsync(cancellationToken);

        Assert.That(bench.ToolCalls, Is.EqualTo(calls));
    }

    [Test]
    public async Task The_cached_solver_index_gives_the_same_result_as_the_text(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var first = await bench.LockAsync(cancellationToken);
        Directory.Delete(Path.Combine(bench.Work.Cache, "locks"), true);

        var second = await bench.LockAsync(cancellationToken);

        Assert.That(second.LockText, Is.EqualTo(first.LockText));
    }

    [Test]
    public async Task A_damaged_solver_index_is_made_again(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var first = await bench.LockAsync(cancellationToken);
        Directory.Delete(Path.Combine(bench.Work.Cache, "locks"), true);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(bench.Work.Cache, "indices")))
        {
            await File.WriteAllTextAsync(file, "garbage", cancellationToken);
        }

        var second = await bench.LockAsync(cancellationToken);

        Assert.That(second.LockText, Is.EqualTo(first.LockText));
    }

    [Test]
    public async Task Offline_needs_no_network_and_says_what_it_lacks(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var missing = ResolveBench.Fails(() => bench.LockAsync(cancellationToken, offline: true));
        var online = await bench.LockAsync(cancellationToken);
        bench.Repository.Server.Clear();

        var offline = await bench.LockAsync(cancellationToken, offline: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((missing.Exit, missing.Diagnostics[0].Code), Is.EqualTo((ExitClass.OutsideWorld, "PL1117")));
            Assert.That(offline.LockText, Is.EqualTo(online.LockText));
        }
    }

    [Test]
    public async Task A_fetch_is_done_once(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        var files = await bench.FetchAsync(cancellationToken);
        bench.Repository.Server.ForgetRequests();

        await bench.FetchAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(files.Select(f => Digest.Of(File.ReadAllBytes(f.Value))), Is.EquivalentTo(files.Keys));
            Assert.That(bench.Repository.Server.Requests, Has.None.Contains(".deb"));
        }
    }

    [Test]
    public async Task A_fetch_that_is_cancelled_leaves_only_whole_files_and_the_next_one_goes_on(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());
        bench.Repository.Server.Break("app_1.0_all.deb", Fault.Stall);
        using var cancel = new CancellationTokenSource();
        var fetch = bench.FetchAsync(cancel.Token);
        while (!bench.Repository.Server.Requests.Any(r => r.Contains("app_1.0_all.deb", StringComparison.Ordinal)))
        {
            await Task.Delay(5, cancellationToken);
        }

        await cancel.CancelAsync();
        Assert.That(async () => await fetch, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(bench.WrongInCache(), Is.Empty);
        bench.Repository.Server.Repair();

        Assert.That(await bench.FetchAsync(cancellationToken), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Two_runs_at_once_share_the_cache(CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few());

        var both = await Task.WhenAll(bench.FetchAsync(cancellationToken), bench.FetchAsync(cancellationToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(both[0], Is.EquivalentTo(both[1]));
            Assert.That(bench.WrongInCache(), Is.Empty);
        }
    }

    [TestCase("../../etc/passwd")]
    [TestCase("/etc/passwd")]
    [TestCase("pool//x.deb")]
    [TestCase("http://other.example/x.deb?a#b")]
    public async Task A_location_that_leads_elsewhere_is_refused(string location, CancellationToken cancellationToken)
    {
        await using var bench = new ResolveBench(ResolveBench.Few(), new() { Location = location });

        var e = ResolveBench.Fails(() => bench.LockAsync(cancellationToken));

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL1405")));
    }

    private static string Names(Pipeline.Compose.Locks.LockedManifest locked) =>
        string.Join(' ', locked.Lockfile.Packages.Select(p => p.Name).Order(StringComparer.Ordinal));
}
