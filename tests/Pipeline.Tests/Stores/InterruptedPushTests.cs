using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary>The program is killed between two steps of a plan; the same command completes it.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InterruptedPushTests : IDisposable
{
    private const string Id = "43.20260901.3.0";
    private const int Terminate = 15;
    private const int Kill = 9;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string Journals => _directory.File("tmp/plans");

    [TestCase(Kill), TestCase(Terminate), CancelAfter(120_000)]
    public async Task The_same_command_completes_a_push_that_was_ended(int signal, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);

        // Whoever holds the store keeps the documents from being written, after the three files are there.
        using (await DirectoryLock.AcquireAsync(_directory.File("store/.store"), cancellationToken))
        {
            await using var push = RealProgram.Start(Push, _directory.Path);
            while (!Directory.Exists(Journals) || !Directory.GetFiles(Journals).Any(HasThreeSteps))
            {
                await Task.Delay(20, cancellationToken);
            }

            push.Signal(signal);
            await push.EndAsync(cancellationToken);
        }

        var (journals, listed) = (Directory.GetFiles(Journals), await ListedAsync(cancellationToken));
        var again = await RealProgram.RunAsync(Push, _directory.Path, null, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(journals, Has.Length.EqualTo(1));
            Assert.That(listed, Does.Not.Contain(Id), "nobody finds a build that is not whole");
            Assert.That(again.ExitCode, Is.Zero, again.ErrorTail);
            Assert.That(again.ErrorTail, Does.Contain($"an earlier push-{Id} was interrupted; this run completes it"));
            Assert.That(again.Text, Does.Contain($"keep builds/{Id}/x86_64/commitmeta.json").And.Contain("write builds/builds.json"));
            Assert.That(await ListedAsync(cancellationToken), Does.Contain(Id));
            Assert.That(Directory.GetFiles(Journals), Is.Empty);
        }
    }

    private string[] Push => ["builds", "push", Id, "--store", $"file:{_directory.File("store")}", "--progress=plain"];

    private static bool HasThreeSteps(string journal)
    {
        using var file = RegularFile.OpenStream(journal, 0);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Contains("\ndone 2\n", StringComparison.Ordinal);
    }

    private async Task<string> ListedAsync(CancellationToken cancellationToken) =>
        await File.ReadAllTextAsync(_directory.File("store/builds/builds.json"), cancellationToken);

    /// <summary>A build whose files are in the store already, but not its documents.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(_directory.File(WorkDirectory.Marker), "", cancellationToken);
        var builds = await TestBuild.MakeAsync(new BuildStore(new(_directory.Path), TimeProvider.System), Id, Arch.X86_64);
        using var store = new LocalObjectStore(_directory.File("store"));
        await TransferRuns.PushAsync(builds, store, new(Id, [Arch.X86_64], []), cancellationToken);
        await store.DeleteAsync($"builds/{Id}/x86_64/meta.json", null, cancellationToken);
        var index = BuildIndex.Parse("builds.json", (await store.ReadAsync("builds/builds.json", 10_000, cancellationToken))!.Bytes);
        await File.WriteAllTextAsync(
            _directory.File("store/builds/builds.json"),
            index.Without([Id], tombstones: false, DateTimeOffset.UnixEpoch).Write(),
            cancellationToken
        );
    }
}
