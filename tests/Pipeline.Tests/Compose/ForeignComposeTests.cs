using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>Trees of architectures that this machine is not.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ForeignComposeTests
{
    private static readonly Arch Foreign = Arch.Host == Arch.S390x ? Arch.Aarch64 : Arch.S390x;

    [Test]
    public async Task Without_an_emulator_nothing_is_read_or_fetched()
    {
        using var directory = new TemporaryDirectory();
        var tools = new RecordingToolRunner { End = _ => new(ExitCode: 1) };
        tools.Missing.UnionWith([$"qemu-{Foreign.Name}-static", $"qemu-{Foreign.Name}"]);

        var run = await CliRun.Of(["compose", "nowhere.yaml", "--arch", Foreign.Name, "-C", directory.Path], directory.Path, tools: tools);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo((int)ExitClass.MissingTool));
            Assert.That(run.Error, Does.Contain("PL0461").And.Contain("apt-get install -y --no-install-recommends qemu-user-static"));
            Assert.That(run.Error, Does.Not.Contain("resolve packages").And.Not.Contain("nowhere.yaml"));
            Assert.That(Directory.Exists(directory.File("cache")), Is.False);
        }
    }

    [TestCase("compose", "amd64", "say x86_64")]
    [TestCase("compose", "arm64", "say aarch64")]
    [TestCase("compose", "ppc64el", "say ppc64le")]
    [TestCase("compose", "s390", "s390x")]
    [TestCase("images", "amd64", "say x86_64")]
    public async Task Another_spelling_of_an_architecture_is_answered_with_ours(string verb, string name, string hint)
    {
        using var directory = new TemporaryDirectory();

        var run = await CliRun.Of([verb, "--arch", name, "-C", directory.Path]);

        Assert.That(run.ExitCode, Is.EqualTo((int)ExitClass.BadInput));
        Assert.That(run.Error, Does.Contain($"--arch: unknown architecture '{name}'").And.Contain(hint));
    }

    /// <summary>
    /// The tree's programs are this machine's, whatever it calls itself: what is shared and what is said about each is looked at here.
    /// </summary>
    [Test, Category(Tiers.System), CancelAfter(300_000)]
    public async Task Two_architectures_are_one_build_and_a_run_that_changes_nothing_says_so(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("app"));

        var first = await RunAsync(bench, cancellationToken);
        var again = await RunAsync(bench, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Builds.Select(b => b.Exit), Is.All.Zero, first.Progress);
            Assert.That(first.Builds.Select(b => b.Arch), Is.EqualTo(["x86_64", "s390x"]));
            Assert.That(first.Builds.Select(b => b.Id).Distinct().Count(), Is.EqualTo(1));
            Assert.That(first.Builds.Select(b => b.Unchanged), Is.All.False);
            Assert.That(again.Builds, Is.EqualTo(first.Builds.Select(b => b with { Unchanged = true })));
            Assert.That(first.Progress, Does.Not.Contain("PL151"), "the sets are equal");
            Assert.That(
                await File.ReadAllTextAsync(Path.Combine(bench.Work().Builds, "builds.json"), cancellationToken),
                Does.Match(@"""arches"": \[\s*""x86_64"",\s*""s390x""\s*\]")
            );
            Assert.That(bench.Repository.Server.Requests.Count(r => r.Contains("/app_", StringComparison.Ordinal)), Is.EqualTo(1));
        }
    }

    [Test, Category(Tiers.System), CancelAfter(300_000)]
    public async Task An_architecture_that_fails_does_not_keep_the_other_from_its_build_and_is_added_later(
        CancellationToken cancellationToken
    )
    {
        var missing = TinyRepository.Package("app") with { Architecture = "amd64" };
        var there = TinyRepository.Package("app") with { Architecture = "s390x" };
        await using var bench = await ComposeBench.WithAsync(missing, there);
        var path = TinyRepository.PathOf(missing);
        bench.Repository.Server.Break(path, Fault.NotFound);

        var first = await RunAsync(bench, cancellationToken);
        bench.Repository.Server.Repair();
        var second = await RunAsync(bench, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.ExitCode, Is.EqualTo((int)ExitClass.OutsideWorld), first.Progress);
            Assert.That(first.Builds.Select(b => b.Exit), Is.EqualTo([(int)ExitClass.OutsideWorld, 0]));
            Assert.That(first.Progress, Does.Contain("PL1301").And.Contain("of x86_64 in suite 'tiny'"));
            Assert.That(second.ExitCode, Is.Zero, second.Progress);
            Assert.That(second.Builds.Select(b => b.Id), Is.All.EqualTo(first.Builds[1].Id));
            Assert.That(second.Builds.Select(b => b.Unchanged), Is.EqualTo([false, true]));
        }
    }

    [Test, Category(Tiers.System), CancelAfter(300_000)]
    public async Task When_every_architecture_fails_each_is_a_row_of_the_answer(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync();
        bench.Manifest(["nowhere"]);

        var run = await RunAsync(bench, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo((int)ExitClass.BadInput), run.Progress);
            Assert.That(run.Builds.Select(b => (b.Arch, b.Exit, b.Id)), Is.EqualTo([("x86_64", 2, (string?)null), ("s390x", 2, null)]));
            Assert.That(run.Progress, Does.Contain("PL1402").And.Not.Contain("PL0000"));
        }
    }

    private static async Task<(int ExitCode, IReadOnlyList<Row> Builds, string Progress)> RunAsync(
        ComposeBench bench,
        CancellationToken cancellationToken
    )
    {
        var result = await bench.RunAsync("work", cancellationToken, "", "--arch", "x86_64,s390x");
        using var json = JsonDocument.Parse(result.Output);
        return (
            result.ExitCode,
            [
                .. json
                    .RootElement.GetProperty("builds")
                    .EnumerateArray()
                    .Select(b => new Row(
                        b.GetProperty("arch").GetString()!,
                        b.GetProperty("exit").GetInt32(),
                        b.TryGetProperty("id", out var id) ? id.GetString() : null,
                        b.TryGetProperty("commit", out var commit) ? commit.GetString() : null,
                        b.TryGetProperty("unchanged", out var unchanged) && unchanged.GetBoolean()
                    )),
            ],
            result.ErrorTail
        );
    }

    private sealed record Row(string Arch, int Exit, string? Id, string? Commit, bool Unchanged);
}
