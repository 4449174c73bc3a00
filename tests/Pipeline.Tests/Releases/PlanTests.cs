using System.Text;
using System.Text.Json.Serialization;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Transfers;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Stores;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Releases;

/// <summary>Plans survive interruptions at every step, and refuse a world that changed under them.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PlanTests : IDisposable
{
    private const string Id = "43.20260901.3.0";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Every_kind_of_step_can_be_written_to_a_journal()
    {
        var listed = typeof(PlanStep)
            .GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false)
            .Cast<JsonDerivedTypeAttribute>()
            .Select(a => a.DerivedType);
        var all = typeof(PlanStep).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(PlanStep)));

        Assert.That(listed, Is.EquivalentTo(all));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_plan_is_read_as_it_was_written(CancellationToken cancellationToken)
    {
        var here = await TestBuild.MakeAsync(Builds("here"), Id, Arch.X86_64);
        using var store = new LocalObjectStore(_directory.File("store"));
        var plan = await new BuildPush(here, store, TimeProvider.System).PlanAsync(new(Id, [Arch.X86_64], []), cancellationToken);
        var json = plan.ToJson();
        var read = Plan.Parse(json);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.ToJson(), Is.EqualTo(json));
            Assert.That(read.Lines, Is.EqualTo(plan.Lines));
            Assert.That(json, Does.Not.Contain('\n').And.Contain("\"step\":\"upload-object\"").And.Contain("\"merge\":\"meta-merge\""));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task An_interrupted_push_is_completed_from_its_journal(CancellationToken cancellationToken)
    {
        for (var n = 1; ; n++)
        {
            using var store = new LocalObjectStore(_directory.File($"store-{n}"));
            var here = await TestBuild.MakeAsync(Builds($"here-{n}"), Id, Arch.X86_64);
            var journals = _directory.File($"journals-{n}");
            var plan = await new BuildPush(here, store, TimeProvider.System).PlanAsync(new(Id, [Arch.X86_64], []), cancellationToken);
            var died = false;
            try
            {
                var dying = new FaultyObjectStore(store, n, StoreFault.LosesAnswer, forEver: true);
                await new PlanApplier(TransferRuns.Tools(here, dying, journals)).RunAsync(plan, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                died = true;
            }

            if (!died)
            {
                Assert.That(n, Is.GreaterThan(8), "every request of every step was tried");
                Assert.That(Directory.GetFiles(journals), Is.Empty);
                return;
            }

            var journal = Directory.GetFiles(journals).Single();
            var outcome = await new PlanApplier(TransferRuns.Tools(here, store, journals)).ResumeAsync(journal, cancellationToken);
            var there = Builds($"there-{n}");
            await TransferRuns.FetchAsync(there, store, new(Id, [], [], true), cancellationToken);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(outcome.Lines.Select(l => l.Key), Is.SubsetOf(plan.Lines.Select(l => l.Key)));
                Assert.That(Directory.GetFiles(there.Directory(Id, Arch.X86_64)), Has.Length.EqualTo(4));
                Assert.That(Directory.GetFiles(journals), Is.Empty, "the journal goes with the end");
            }
        }
    }

    [TestCase(0), TestCase(1), TestCase(2), TestCase(3)]
    public async Task Files_are_written_from_the_step_on_where_the_journal_stops(int done)
    {
        var plan = FilesPlan();
        WriteJournal(plan, done);
        for (var i = 0; i < done; i++)
        {
            await File.WriteAllTextAsync(_directory.File($"{i}"), $"new {i}");
        }

        if (done < 3)
        {
            // The step under way had its effect; only its line is missing.
            await File.WriteAllTextAsync(_directory.File($"{done}"), $"new {done}");
        }

        await Applier().ResumeAsync(Directory.GetFiles(Journals).Single(), CancellationToken.None);

        Assert.That(Enumerable.Range(0, 3).Select(i => File.ReadAllText(_directory.File($"{i}"))), Is.EqualTo(["new 0", "new 1", "new 2"]));
    }

    [TestCase(0, "0", "theirs", "PL6110"), TestCase(1, "2", "theirs", "PL6110"), TestCase(2, "0", "old 0", "PL6111")]
    public async Task A_plan_is_refused_when_the_world_changed(int done, string file, string text, string code)
    {
        var plan = FilesPlan();
        WriteJournal(plan, done);
        for (var i = 0; i < done; i++)
        {
            await File.WriteAllTextAsync(_directory.File($"{i}"), $"new {i}");
        }

        await File.WriteAllTextAsync(_directory.File(file), text);
        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                Applier().ResumeAsync(Directory.GetFiles(Journals).Single(), CancellationToken.None)
            )
        )!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.OutsideWorld, code)));
            Assert.That(await File.ReadAllTextAsync(_directory.File(file)), Is.EqualTo(text), "what others wrote stays");
        }
    }

    [Test]
    public async Task A_document_that_others_wrote_is_not_overwritten()
    {
        using var store = new LocalObjectStore(_directory.File("store"));
        var tag = await store.WriteAsync("a.json", "1"u8.ToArray(), ObjectHeaders.Private, WriteCondition.IfAbsent, CancellationToken.None);
        var plan = Plan.Of("edit", new WriteObject("a.json", tag, "2"u8.ToArray(), ObjectHeaders.Private, null));
        await store.WriteAsync("a.json", "3"u8.ToArray(), ObjectHeaders.Private, WriteCondition.Always, CancellationToken.None);
        var applier = new PlanApplier(TransferRuns.Tools(null, store));
        var e = (await Assert.ThrowsAsync<PipelineException>(() => applier.RunAsync(plan, CancellationToken.None)))!;

        Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL6110"));
        Assert.That((await store.ReadAsync("a.json", 10, CancellationToken.None))!.Bytes.ToArray(), Is.EqualTo("3"u8.ToArray()));
    }

    [Test]
    public async Task A_release_published_after_the_plan_stops_a_prune()
    {
        using var store = new LocalObjectStore(_directory.File("store"));
        await store.WriteAsync(
            "builds/builds.json",
            """{"builds":[{"id":"43.20260901.3.0","arches":[]},{"id":"43.20260801.3.0","arches":[]}]}"""u8.ToArray(),
            ObjectHeaders.BuildDocument,
            WriteCondition.IfAbsent,
            CancellationToken.None
        );
        var plan = await new BuildPrune(store, TimeProvider.System).PlanAsync(new(1, null), CancellationToken.None);
        await store.WriteAsync("releases.json", "{}"u8.ToArray(), ObjectHeaders.Private, WriteCondition.IfAbsent, CancellationToken.None);
        var applier = new PlanApplier(TransferRuns.Tools(null, store));
        var e = (await Assert.ThrowsAsync<PipelineException>(() => applier.RunAsync(plan, CancellationToken.None)))!;
        var index = (await store.ReadAsync("builds/builds.json", 1000, CancellationToken.None))!;

        Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL6110"));
        Assert.That(BuildIndex.Parse("builds.json", index.Bytes).Builds, Has.Count.EqualTo(2));
    }

    [Test]
    public void What_is_no_journal_is_refused()
    {
        var file = _directory.File("a.journal");
        File.WriteAllText(file, "something\n");

        var e = Assert.ThrowsAsync<PipelineException>(() => Applier().ResumeAsync(file, CancellationToken.None));
        Assert.That(e.Result!.Diagnostics[0].Code, Is.EqualTo("PL6112"));
    }

    [Test]
    public async Task A_damaged_journal_is_refused_or_read_but_never_an_internal_error()
    {
        var file = _directory.File("a.journal");
        var wrong = new List<string>();
        foreach (var (name, bytes) in Garbage.Of(Encoding.UTF8.GetBytes(FilesPlan().ToJson() + "\ndone 0\n")))
        {
            await File.WriteAllBytesAsync(file, bytes);
            try
            {
                await Applier().ResumeAsync(file, CancellationToken.None);
            }
            catch (PipelineException)
            {
                // Refused.
            }
#pragma warning disable CA1031 // whatever else comes is what this is about
            catch (Exception e)
#pragma warning restore CA1031
            {
                wrong.Add($"{name}: {e.GetType().Name} {e.Message}");
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    private string Journals => _directory.File("journals");

    private Plan FilesPlan()
    {
        for (var i = 0; i < 3; i++)
        {
            File.WriteAllText(_directory.File($"{i}"), $"old {i}");
        }

        return Plan.Of(
            "files",
            [
                .. Enumerable
                    .Range(0, 3)
                    .Select(i => new WriteFile(_directory.File($"{i}"), Digest.Of($"old {i}").Hex, Encoding.UTF8.GetBytes($"new {i}"))),
            ]
        );
    }

    private void WriteJournal(Plan plan, int done)
    {
        using var journal = PlanJournal.Start(Journals, plan);
        for (var i = 0; i < done; i++)
        {
            journal.StepDone(i);
        }
    }

    private PlanApplier Applier() => new(new() { Reporter = new TestReporter(), Journals = Journals });

    private BuildStore Builds(string name) => new(new WorkDirectory(_directory.File(name)), TimeProvider.System);
}
