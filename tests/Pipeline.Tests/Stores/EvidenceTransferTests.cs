using System.Text.Json;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Releases;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary>What proves that a build is tested travels with it, and builds of stores are named as those here are.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase), CancelAfter(60_000)]
public sealed class EvidenceTransferTests : IDisposable
{
    private const string Old = "43.20260801.3.0";
    private const string New = "43.20260901.3.0";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string Store => $"file:{_directory.File("store")}";

    [Test]
    public async Task A_build_that_passed_is_tested_in_the_store_and_after_a_fetch()
    {
        await RecordAsync(await TwoAsync(), New);
        var dry = await RunAsync("push", New, "--store", Store, "--dry-run");
        var pushed = await RunAsync("push", New, "--store", Store);
        var again = await RunAsync("push", New, "--store", Store);

        var listed = await RunAsync("list", "--store", Store);
        Directory.CreateDirectory(_directory.File("there"));
        await File.WriteAllTextAsync(_directory.File($"there/{WorkDirectory.Marker}"), "");
        var fetched = await CliRun.Of(["builds", "fetch", "--store", Store, "--arch", "x86_64"], _directory.File("there"));
        var there = await CliRun.Of(["builds", "list"], _directory.File("there"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(dry.Output, Does.Contain($"would write builds/{New}/x86_64/steps/kola.json\n"), dry.Error);
            Assert.That(pushed.Output, Does.Contain($"write builds/{New}/x86_64/steps/kola.json\n"), pushed.Error);
            Assert.That(again.Output, Does.Not.Contain("write"), "nothing is new");
            Assert.That(Lines(listed)[1], Does.Match($"^{New} +x86_64 +container +testing +- +[0-9a-f]{{12}} +yes +no +metal qemu$"));
            Assert.That(fetched.ExitCode, Is.Zero, fetched.Error);
            Assert.That(Lines(there)[1], Does.Match($"^{New} +x86_64 +container +testing +- +[0-9a-f]{{12}} +yes +"), there.Error);
            Assert.That(
                File.Exists(_directory.File($"there/builds/{New}/x86_64/steps/compose.json")),
                Is.False,
                "a compose must not find it"
            );
        }
    }

    [Test]
    public async Task Tests_of_another_image_and_edited_records_are_not_pushed()
    {
        var builds = await TwoAsync();
        await RecordAsync(builds, New, image: new string('0', 64));
        await RecordAsync(builds, Old, edit: "\"test basic\"");

        var runs = new[] { await RunAsync("push", New, "--store", Store), await RunAsync("push", Old, "--store", Store) };

        Assert.That(runs.Select(r => r.ExitCode), Is.All.Zero);
        Assert.That(Directory.GetFiles(_directory.File("store"), "kola.json", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task A_later_run_of_the_tests_takes_the_place_of_the_first()
    {
        var builds = await TwoAsync();
        await RecordAsync(builds, New);
        await RunAsync("push", New, "--store", Store);
        await RecordAsync(builds, New, test: "second");

        var run = await RunAsync("push", New, "--store", Store);

        Assert.That(run.Output, Does.Contain("write").And.Contain("steps/kola.json"), run.Error);
        var there = await File.ReadAllTextAsync(_directory.File($"store/builds/{New}/x86_64/steps/kola.json"));
        Assert.That(there, Does.Contain("test second").And.Not.Contain("test basic"));
    }

    [Test]
    public async Task A_store_that_cannot_be_listed_is_asked_for_signatures(CancellationToken cancellationToken)
    {
        var builds = await TwoAsync();
        await RecordAsync(builds, New);
        var signature = Path.Combine(builds.Directory(New, Arch.X86_64), $"os-{New}-qemu.x86_64.qcow2.sig");
        await File.WriteAllTextAsync(signature, "", cancellationToken);
        await RunAsync("push", New, "--store", Store);
        await using var server = new FileServer(_directory.File("store"));

        var run = await RunAsync("list", "--json", "--store", $"http://127.0.0.1:{server.Port}");

        using var document = JsonDocument.Parse(run.Output);
        var build = document.RootElement[0].GetProperty("builds").GetProperty("x86_64");
        Assert.That((build.GetProperty("tested").GetBoolean(), build.GetProperty("signed").GetInt32()), Is.EqualTo((true, 1)), run.Error);
    }

    [TestCase("latest", New)]
    [TestCase("latest:container", New)]
    [TestCase("latest:minimal", Old)]
    [TestCase("latest:testing", New)]
    [TestCase("latest:next", Old)]
    [TestCase("good", Old)]
    [TestCase(Old, Old)]
    public async Task Builds_of_a_store_are_named_as_those_here_are(string word, string expected)
    {
        await PushBothAsync();

        var run = await RunAsync("fetch", word, "--store", Store, "--arch", "x86_64", "--dry-run", "--json");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var document = JsonDocument.Parse(run.Output);
        Assert.That(document.RootElement.GetProperty("id").GetString(), Is.EqualTo(expected));
    }

    [TestCase("latest:contaner", "PL6029", "did you mean 'container'?")]
    [TestCase("latest:", "PL6029", "there are builds of")]
    [TestCase("nothing", "PL6025", "pipeline builds list --store")]
    public async Task What_no_build_of_a_store_is_called_is_bad_input(string word, string code, string hint)
    {
        await PushBothAsync();

        var run = await RunAsync("fetch", word, "--store", Store, "--dry-run");

        Assert.That(run.ExitCode, Is.EqualTo((int)ExitClass.BadInput));
        Assert.That(run.Error, Does.Contain(code).And.Contain(hint));
    }

    private static string[] Lines(CliRun run) => run.Output.Split('\n');

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.Of(["builds", .. arguments], _directory.Path);

    private async Task PushBothAsync()
    {
        await TwoAsync();
        await RunAsync("push", Old, "--store", Store);
        await RunAsync("push", New, "--store", Store);
        var index = _directory.File("store/builds/builds.json");
        var text = BuildIndex
            .Parse(index, await File.ReadAllBytesAsync(index))
            .WithTag("good", Old, null, DateTimeOffset.UnixEpoch)
            .Write();
        await File.WriteAllTextAsync(index, text);
    }

    private async Task<BuildStore> TwoAsync()
    {
        await File.WriteAllTextAsync(_directory.File(WorkDirectory.Marker), "");
        var builds = new BuildStore(new(_directory.Path), TimeProvider.System);
        await TestBuild.MakeAsync(builds, Old, Arch.X86_64, name: "minimal", stream: "next");
        return await TestBuild.MakeAsync(builds, New, Arch.X86_64, name: "container", stream: "testing");
    }

    /// <summary>Gives a build a record of its tests.</summary>
    private static async Task RecordAsync(BuildStore builds, string id, string test = "basic", string? image = null, string? edit = null)
    {
        var directory = builds.Directory(id, Arch.X86_64);
        using var meta = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(directory, "meta.json")));
        var text = KolaRecord.Text(
            id,
            meta.RootElement.GetProperty("ostree-commit").GetString()!,
            image ?? meta.RootElement.GetProperty("images").GetProperty("qemu").GetProperty("sha256").GetString()!,
            [(test, "PASS", "")]
        );
        Directory.CreateDirectory(Path.Combine(directory, "steps"));
        var edited = edit is null ? text : text.Replace(edit, "\"test better\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(BuildStore.StepFile(directory, "kola"), edited);
    }
}
