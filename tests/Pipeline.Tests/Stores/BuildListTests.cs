using System.Text.Json;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Transfers;
using Pipeline.Tests.Cli;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary><c>builds list</c> and <c>builds tag</c>, in a work directory and in a store.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BuildListTests : IDisposable
{
    private const string Old = "43.20260801.3.0";
    private const string New = "43.20260901.3.0";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task A_build_is_listed_with_name_stream_commit_artifacts_and_signatures(CancellationToken cancellationToken)
    {
        var builds = await TwoAsync();
        var directory = builds.Directory(New, Arch.X86_64);
        await File.WriteAllTextAsync(Path.Combine(directory, $"os-{New}-qemu.x86_64.qcow2.sig"), "", cancellationToken);

        var text = await RunAsync("list");
        var json = await RunAsync("list", "--json");

        var lines = text.Output.Split('\n');
        using var document = JsonDocument.Parse(json.Output);
        var first = document.RootElement[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[0], Does.Match("^build +arch +name +stream +date +commit +tested +signed +artifacts$"));
            Assert.That(lines[1], Does.Match($"^{New} +x86_64 +container +testing +- +[0-9a-f]{{12}} +no +1 of 2 +metal qemu$"));
            Assert.That(lines[2], Does.Match($"^{Old} +x86_64 +minimal +- +- +[0-9a-f]{{12}} +no +no +metal qemu$"));
            Assert.That(first.GetProperty("id").GetString(), Is.EqualTo(New));
            Assert.That(first.GetProperty("arches")[0].GetString(), Is.EqualTo("x86_64"));
            Assert.That(first.GetProperty("stream").GetString(), Is.EqualTo("testing"));
            Assert.That(first.GetProperty("builds").GetProperty("x86_64").GetProperty("signed").GetInt32(), Is.EqualTo(1));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_store_is_listed_and_says_what_it_does_not_know(CancellationToken cancellationToken)
    {
        using var store = new LocalObjectStore(_directory.File("store"));
        await TransferRuns.PushAsync(await TwoAsync(), store, new(New, [Arch.X86_64], []), cancellationToken);

        var run = await RunAsync("list", "--store", $"file:{_directory.File("store")}");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output.Split('\n')[1], Does.Match($"^{New} +x86_64 +container +testing +- +[0-9a-f]{{12}} +\\? +no +metal qemu$"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_damaged_build_does_not_hide_the_others(CancellationToken cancellationToken)
    {
        var builds = await TwoAsync();
        await File.WriteAllTextAsync(Path.Combine(builds.Directory(New, Arch.X86_64), "meta.json"), "{", cancellationToken);

        var run = await RunAsync("list");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output.Split('\n')[1], Does.Match($"^{New} +x86_64 +- +- +- +- +no +no +-$"));
        Assert.That(run.Output.Split('\n')[2], Does.StartWith(Old));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_tag_names_a_build_moves_and_keeps_it_from_pruning(CancellationToken cancellationToken)
    {
        var builds = await TwoAsync();
        await RunAsync("tag", "good", New);
        var moved = await RunAsync("tag", "good", Old, "--description", "boots");
        var index = await builds.ReadIndexAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((moved.ExitCode, moved.Output), Is.EqualTo((0, $"good is {Old}\n")));
            Assert.That(index.Tags, Is.EqualTo([("good", Old)]));
            Assert.That(await builds.ResolveAsync("good", Arch.X86_64, cancellationToken), Is.EqualTo(Old));
            Assert.That((await RunAsync("list")).Output, Does.Contain($"{Old} (good)"));
            Assert.That(PruneRules.Old(index, new(1, null), new HashSet<string>(), DateTimeOffset.UnixEpoch), Is.Empty);
        }

        var contract = await CliRun.Of(["contract", "check", "builds", "builds/builds.json"], _directory.Path);
        Assert.That(contract.ExitCode, Is.Zero, contract.Output + contract.Error);
        await RunAsync("tag", "good", "--delete");
        Assert.That((await builds.ReadIndexAsync(cancellationToken)).Tags, Is.Empty);
    }

    [TestCase("tag latest", "PL0367", "neither 'latest' nor the id of a build")]
    [TestCase("tag a/b", "PL0367", "letters, digits")]
    [TestCase($"tag {Old}", "PL0367", "neither 'latest' nor the id of a build")]
    [TestCase("tag good nothing", "PL0361", "see 'pipeline builds list'")]
    [TestCase("tag bettre --delete", "PL0368", "did you mean 'better'?")]
    [TestCase("show bettre", "PL0361", "did you mean 'better'?")]
    public async Task A_wrong_tag_is_bad_input(string line, string code, string hint)
    {
        await TwoAsync();
        await RunAsync("tag", "better", Old);

        var run = await RunAsync(line.Split(' '));

        Assert.That(run.ExitCode, Is.EqualTo((int)ExitClass.BadInput));
        Assert.That(run.Error, Does.Contain($"error {code}").And.Contain(hint));
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.Of(["builds", .. arguments], _directory.Path);

    private async Task<BuildStore> TwoAsync()
    {
        await File.WriteAllTextAsync(_directory.File(WorkDirectory.Marker), "");
        var builds = new BuildStore(new(_directory.Path), TimeProvider.System);
        await TestBuild.MakeAsync(builds, Old, Arch.X86_64, name: "minimal");
        return await TestBuild.MakeAsync(builds, New, Arch.X86_64, name: "container", stream: "testing");
    }
}
