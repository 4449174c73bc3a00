using Pipeline.Cli.Bisection;
using Pipeline.Compose;
using Pipeline.Host.Tools;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Compose;

namespace Pipeline.Tests.Bisection;

/// <summary>Whole searches: builds are composed by the program, and a look into their commits stands for the machine.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed class BisectDeskTests
{
    private const int Patience = 600_000;
    private const string Culprit = "p13";

    [Test, CancelAfter(Patience)]
    public async Task A_planted_package_is_found_and_an_interrupted_search_goes_on(CancellationToken cancellationToken)
    {
        await using var bench = await BenchAsync(cancellationToken);
        var trials = 0;
        var stopped = await Assert.ThrowsAsync<OperationCanceledException>(() =>
            Desk(
                    bench,
                    async (compose, number, token) =>
                        ++trials > 3 ? throw new OperationCanceledException() : await LookAsync(bench, compose, token)
                )
                .RunAsync(Request(bench), cancellationToken)
        );
        Assert.That(stopped, Is.Not.Null);

        var again = 0;
        var result = await Desk(
                bench,
                (compose, _, token) =>
                {
                    again++;
                    return LookAsync(bench, compose, token);
                }
            )
            .RunAsync(Request(bench), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Suspects, Is.EqualTo([$"{Culprit} 1.0 → 2.0"]));
            Assert.That((result.Alone, result.Differences, result.Kind), Is.EqualTo((true, 24, "packages")));
            Assert.That(result.Reason, Is.EqualTo("it is broken"));
            Assert.That(result.Trials, Is.LessThanOrEqualTo(2 + 5 + 1));
            Assert.That(again, Is.EqualTo(result.Trials - 3), "what the first run had tried is not tried again");
            Assert.That(bench.Work().Builds, Does.Exist);
            Assert.That(Directory.GetDirectories(bench.Work().Builds, "13.*"), Has.Length.EqualTo(2), "trials are no builds of the user's");
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_commit_of_the_configuration_is_found(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("app"));
        var tools = new ToolRunner();
        Task GitAsync(params string[] arguments) =>
            tools.RunAsync(
                new("git", ["-C", bench.Directory.Path, "-c", "user.name=n", "-c", "user.email=e@example.com", .. arguments]),
                cancellationToken
            );
        await GitAsync("init", "-q");
        await File.WriteAllTextAsync(bench.Directory.File(".gitignore"), "work/\n", cancellationToken);
        for (var i = 0; i < 9; i++)
        {
            bench.Manifest(["app"], $"add-commit-metadata: {{step: '{i}'}}\n");
            await GitAsync("add", "-A");
            await GitAsync("commit", "-q", "-m", $"step {i}");
            if (i is 1 or 8)
            {
                await bench.ComposeAsync("work", cancellationToken);
            }
        }

        var result = await new BisectDesk(
            SilentServices.In(bench.Directory.Path) with
            {
                Tools = tools,
            },
            async (compose, _, token) =>
            {
                Assert.That(compose.Lock.LockFile, Is.Null);
                var text = await File.ReadAllTextAsync(compose.Lock.ManifestPath, token);
                return text[text.IndexOf("step: '", StringComparison.Ordinal) + 7] >= '6'
                    ? new(Verdict.Bad, "six", null)
                    : new(Verdict.Good, "", null);
            }
        ).RunAsync(Request(bench) with { Revisions = true }, cancellationToken);

        Assert.That(result.Suspects.Single(), Does.EndWith(" step 6"));
        Assert.That((result.Kind, result.Differences, result.Alone), Is.EqualTo(("revisions", 7, (bool?)null)));
    }

    [Test, CancelAfter(Patience)]
    public async Task Ends_that_do_not_differ_end_the_search(CancellationToken cancellationToken)
    {
        await using var bench = await BenchAsync(cancellationToken);

        var good = await ProblemAsync(bench, Verdict.Good, cancellationToken);
        var bad = await ProblemAsync(bench, Verdict.Bad, cancellationToken);
        var unknown = await ProblemAsync(bench, Verdict.Unknown, cancellationToken);

        Assert.That((good, bad, unknown), Is.EqualTo(("PL0404", "PL0403", "PL0406")));
    }

    [TestCase("Pass", "Pass", ExpectedResult = "Good")]
    [TestCase("Fail", "Fail", ExpectedResult = "Bad")]
    [TestCase("Pass", "Fail", ExpectedResult = "PL0405")]
    public string A_test_counts_when_it_says_the_same_every_time(string first, string second)
    {
        var report = new TestReport
        {
            Version = "1",
            Platform = "qemu",
            Tests =
            [
                .. new[] { first, second }.Select(
                    (o, i) =>
                        new TestResult
                        {
                            Name = $"ext.a.b%{i}",
                            Outcome = Enum.Parse<TestOutcome>(o),
                            Duration = TimeSpan.Zero,
                        }
                ),
            ],
        };
        try
        {
            return BuildTrial.Judge(report, "/logs").Verdict.ToString();
        }
        catch (PipelineException e)
        {
            return e.Diagnostics[0].Code;
        }
    }

    private static async Task<string> ProblemAsync(ComposeBench bench, Verdict verdict, CancellationToken cancellationToken)
    {
        var desk = Desk(bench, (_, _, _) => Task.FromResult(new Trial(verdict, "so", null)));
        return (await Assert.ThrowsAsync<PipelineException>(() => desk.RunAsync(Request(bench) with { Again = true }, cancellationToken)))!
            .Diagnostics[0]
            .Code;
    }

    /// <summary>A good build of 24 packages, and a bad one with a new version of each.</summary>
    private static async Task<ComposeBench> BenchAsync(CancellationToken cancellationToken)
    {
        var old = Enumerable.Range(0, 24).Select(i => TinyRepository.Package($"p{i:00}")).ToArray();
        var bench = await ComposeBench.WithAsync(old);
        await bench.ComposeAsync("work", cancellationToken);
        TinyPackage[] all = [await ComposeBench.HostPackageAsync(), .. old, .. old.Select(p => TinyRepository.Package(p.Name, "2.0"))];
        bench.Repository.Publish(all, new() { Date = new(2024, 1, 3, 3, 4, 5, TimeSpan.Zero) });
        await bench.ComposeAsync("work", cancellationToken);
        return bench;
    }

    /// <summary>Composes in a process of its own; the build is bad when it has the new version of one package.</summary>
    private static async Task<Trial> LookAsync(ComposeBench bench, ComposeRequest compose, CancellationToken cancellationToken)
    {
        var work = Path.GetRelativePath(bench.Directory.Path, compose.WorkDirectory.Root);
        var build = await bench.ComposeAsync(work, cancellationToken, "", "--lock", compose.Lock.LockFile!);
        var text = await bench.CatAsync(build, $"/usr/share/{Culprit}/readme", cancellationToken);
        return text.Contains("2.0", StringComparison.Ordinal) ? new(Verdict.Bad, "it is broken", null) : new(Verdict.Good, "", null);
    }

    private static BisectDesk Desk(ComposeBench bench, Func<ComposeRequest, int, CancellationToken, Task<Trial>> tryAsync) =>
        new(SilentServices.In(bench.Directory.Path), tryAsync);

    private static BisectRequest Request(ComposeBench bench)
    {
        string[] builds =
        [
            .. Directory.GetDirectories(bench.Work().Builds, "13.*").Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal),
        ];
        return new(
            builds[0],
            builds[^1],
            new()
            {
                Lock = new()
                {
                    ManifestPath = bench.Directory.File("m.yaml"),
                    ManifestDisplay = "m.yaml",
                    Architecture = Pipeline.Model.Values.Architecture.X86_64,
                    WorkDirectory = bench.Work(),
                },
            },
            new KolaRequest { Boot = new BootRequest { WorkDirectory = bench.Work() } },
            Revisions: false,
            Again: false
        );
    }
}
