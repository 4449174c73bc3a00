using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Transfers;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Pipeline.Tests.UpdateServer;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary><c>pipeline builds</c> as a release engineer types it, over directories.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BuildsCommandTests : IDisposable
{
    private const string Id = "43.20260901.3.0";
    private static readonly StandingClock Clock = new(new(2026, 9, 2, 12, 0, 0, TimeSpan.Zero));
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task A_build_goes_to_a_store_and_to_another_desk(CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        var here = Work("here");
        await TestBuild.MakeAsync(here, Id, Arch.X86_64);
        await TestBuild.MakeAsync(here, Id, Arch.Aarch64);
        string[] push = ["builds", "push", "--store", "file:store"];
        string[] fetch = ["builds", "fetch", "--store", "file:store"];
        var transcript = new StringWriter { NewLine = "\n" };
        await TranscribeAsync(transcript, "here", [.. push, "--arch", "x86_64", "--artifact", "qemu", "--dry-run"]);
        await TranscribeAsync(transcript, "here", [.. push, "--arch", "x86_64", "--artifact", "qemu"]);
        await TranscribeAsync(transcript, "here", [.. push, "--json"]);
        await TranscribeAsync(transcript, "here", push);
        await TranscribeAsync(transcript, "there", [.. fetch, "--dry-run", "--arch", "aarch64", "--artifact", "all"]);
        await TranscribeAsync(transcript, "there", [.. fetch, "--arch", "x86_64", "--artifact", "metal"]);
        await TranscribeAsync(transcript, "there", [.. fetch, Id, "--json", "--artifact", "qemu"]);
        await TranscribeAsync(transcript, "there", ["builds", "list"]);
        await TranscribeAsync(transcript, "there", ["builds", "list", "--json"]);
        await TranscribeAsync(transcript, "there", ["builds", "show", "--arch", "aarch64"]);

        Golden.Check("Releases/builds.txt", transcript.ToString().Replace(_directory.Path, "DIR", StringComparison.Ordinal));
    }

    [TestCase(2, "PL6012", "fetch", "--store", "file:none")]
    [TestCase(2, "PL6007", "fetch", "--store", "none")]
    [TestCase(2, "PL6025", "fetch", "43.20000101.3.0", "--store", "file:store")]
    [TestCase(2, "PL6026", "fetch", "--store", "file:store", "--arch", "s390x")]
    [TestCase(2, "PL6023", "fetch", "--store", "file:store", "--artifact", "qemo")]
    [TestCase(2, "PL6023", "push", "--store", "file:store", "--artifact", "qemo")]
    [TestCase(2, "PL0362", "push", "--store", "file:store", "--arch", "s390x")]
    [TestCase(2, "PL0361", "push", "43.20260902.3.0", "--store", "file:store")]
    [TestCase(2, "PL6008", "push", "--store", "https://example.com/prod")]
    [TestCase(2, "PL0002", "push")]
    [TestCase(2, "PL6028", "prune")]
    [TestCase(2, "PL0002: --keep: '0' is not a whole number of at least 1", "prune", "--keep", "0")]
    [TestCase(2, "PL0002: --keep: 'x' is not a whole number", "prune", "--keep", "x")]
    [TestCase(2, "PL0002: --older-than: '2000000000' is not a whole number from 1 to 36500", "prune", "--older-than", "2000000000")]
    public async Task Wrong_input_has_a_hint(int exit, string code, params string[] arguments)
    {
        await TestBuild.MakeAsync(Work("here"), Id, Arch.X86_64);
        await RunAsync("here", "builds", "push", "--store", "file:store");
        var run = await RunAsync("here", ["builds", .. arguments]);

        Assert.That(run.Error, Does.Contain(code).And.Contain("hint:"));
        Assert.That(run.ExitCode, Is.EqualTo(exit), run.Error);
    }

    [Test, CancelAfter(60_000)]
    public async Task Progress_goes_to_standard_error(CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        await TestBuild.MakeAsync(Work("here"), Id, Arch.X86_64);
        var push = await RunAsync("here", "builds", "push", "--store", "file:store", "--json");
        var fetch = await RunAsync("there", "builds", "fetch", "--store", "file:store", "--artifact", "all");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                System.Text.Json.JsonDocument.Parse(push.Output).RootElement.GetProperty("id").GetString(),
                Is.EqualTo(Id),
                "and nothing else on standard output"
            );
            Assert.That(push.Error, Does.Contain($"push {Id} x86_64").And.Contain("3 files, 196.3 KiB"));
            Assert.That(fetch.Error, Does.Contain($"fetch {Id} x86_64").And.Contain("2 artifacts, 196.3 KiB"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_work_directory_is_pruned_to_the_newest_the_released_and_the_latest(CancellationToken cancellationToken)
    {
        await FiveBuildsAsync();
        await File.WriteAllTextAsync(
            _directory.File("here/releases.json"),
            """
            {"releases":[{"commits":[],"version":"43.20260601.3.0","metadata":"https://example.com/r"}],
            "metadata":{"last-modified":"2026-01-01T00:00:00Z"},"stream":"stable"}
            """,
            cancellationToken
        );
        Directory.CreateDirectory(_directory.File("here/builds/mine"));
        var transcript = new StringWriter { NewLine = "\n" };
        await TranscribeAsync(transcript, "here", ["builds", "prune", "--older-than", "60", "--dry-run"]);
        await TranscribeAsync(transcript, "here", ["builds", "prune", "--keep", "2", "--dry-run", "--json"]);
        await TranscribeAsync(transcript, "here", ["builds", "prune", "--keep", "2"]);
        await TranscribeAsync(transcript, "here", ["builds", "prune", "--keep", "2"]);
        await TranscribeAsync(transcript, "here", ["builds", "list"]);

        Golden.Check("Releases/builds-prune.txt", transcript.ToString());
        Assert.That(
            Names(),
            Is.EqualTo([".composed", ".lock", "43.20260601.3.0", "43.20260801.3.0", "43.20260901.3.0", "builds.json", "latest", "mine"]),
            "what the index never knew is not ours"
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task A_prune_that_was_interrupted_is_completed_by_the_next(CancellationToken cancellationToken)
    {
        await FiveBuildsAsync();
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var prune = new LocalBuildPrune(Work("here"), Clock, new Interrupter(interrupted));
        var sink = new PlanApplier(new() { Reporter = new Interrupter(interrupted), Builds = Work("here") });
        await Assert.CatchAsync<OperationCanceledException>(() => prune.RunAsync(new(1, null), sink, interrupted.Token));
        var between = (await Work("here").ReadIndexAsync(cancellationToken)).Builds.Select(b => b.Id).ToArray();
        var unlisted = Names().Count(n => n.StartsWith("43.", StringComparison.Ordinal)) - between.Length;
        var rerun = await RunAsync("here", "builds", "prune", "--keep", "1");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(between, Is.EqualTo([Id]), "nobody is led to something half gone");
            Assert.That(unlisted, Is.EqualTo(3));
            Assert.That(
                rerun.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                Has.Length.EqualTo(3).And.All.StartsWith("delete builds/43.")
            );
            Assert.That(Names(), Is.EqualTo([".composed", ".lock", Id, "builds.json", "latest"]));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_build_that_a_step_works_on_stays(CancellationToken cancellationToken)
    {
        await FiveBuildsAsync();
        using var held = await Work("here").LockBuildAsync("43.20260701.3.0", Arch.X86_64, wait: false, _ => { }, cancellationToken);
        var run = await RunAsync("here", "builds", "prune", "--keep", "1");

        Assert.That(run.Error, Does.Contain("43.20260701.3.0 is being worked on"));
        Assert.That(Names(), Is.EqualTo([".composed", ".lock", "43.20260701.3.0", Id, "builds.json", "latest"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_store_is_pruned_and_keeps_the_names(CancellationToken cancellationToken)
    {
        _ = cancellationToken;
        await FiveBuildsAsync();
        foreach (var id in (await Work("here").ReadIndexAsync(CancellationToken.None)).Builds.Select(b => b.Id).Reverse())
        {
            await RunAsync("here", "builds", "push", id, "--store", "file:store");
        }

        var transcript = new StringWriter { NewLine = "\n" };
        await TranscribeAsync(
            transcript,
            "here",
            ["builds", "prune", "--store", "file:store", "--keep", "3", "--older-than", "100", "--dry-run"]
        );
        await TranscribeAsync(transcript, "here", ["builds", "prune", "--store", "file:store", "--keep", "3", "--older-than", "100"]);
        await TranscribeAsync(transcript, "here", ["builds", "prune", "--store", "file:store", "--keep", "3", "--older-than", "100"]);
        await TranscribeAsync(transcript, "here", ["builds", "push", "43.20260501.3.0", "--store", "file:store"]);

        Golden.Check("Releases/builds-prune-store.txt", transcript.ToString().Replace(_directory.Path, "DIR", StringComparison.Ordinal));
    }

    private async Task FiveBuildsAsync()
    {
        foreach (var month in Enumerable.Range(5, 5))
        {
            await TestBuild.MakeAsync(Work("here"), $"43.20260{month}01.3.0", Arch.X86_64, metal: 1000);
        }
    }

    private string[] Names() =>
        [
            .. Directory
                .EnumerateFileSystemEntries(_directory.File("here/builds"))
                .Select(f => Path.GetFileName(f))
                .Order(StringComparer.Ordinal),
        ];

    private BuildStore Work(string name) => new(new WorkDirectory(_directory.File(name)), Clock);

    private Task<CliRun> RunAsync(string work, params string[] arguments) =>
        CliRun.Of(["-C", _directory.File(work), .. arguments], _directory.Path, time: Clock);

    private async Task TranscribeAsync(StringWriter transcript, string work, string[] arguments)
    {
        var run = await RunAsync(work, arguments);
        transcript.WriteLine($"{work}$ pipeline {string.Join(' ', arguments)}");
        transcript.Write(run.Output);
        var problems = run
            .Error.Split('\n')
            .Where(l => l.Contains("error PL", StringComparison.Ordinal) || l.Contains("hint:", StringComparison.Ordinal));
        transcript.WriteLine(run.ExitCode == 0 ? "" : $"exit {run.ExitCode}: {string.Join('\n', problems)}\n");
    }

    /// <summary>Interrupts after the first build.</summary>
    private sealed class Interrupter(CancellationTokenSource source) : IReporter
    {
        public IStep Step(string name, IStep? parent) => new Stop(source);

        public void Note(string text) { }

        public void Note(string text, IStep step) { }

        public void Report(Diagnostic diagnostic) { }

        public void Report(Diagnostic diagnostic, IStep step) { }

        private sealed class Stop(CancellationTokenSource source) : IStep
        {
            public void Progress(long done, long total, string what, string unit) => source.Cancel();

            public void Part(int thread, string name, TimeSpan took) { }

            public void Done(string? summary) { }

            public void Fail(string reason) { }

            public void Dispose() { }
        }
    }
}
