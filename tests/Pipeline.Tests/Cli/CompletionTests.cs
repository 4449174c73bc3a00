using Pipeline.Host.Files;

namespace Pipeline.Tests.Cli;

/// <summary>What a shell offers; the program answers the scripts of <c>pipeline completion</c>.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public CompletionTests()
    {
        var build = _directory.File("builds/13.20260101.0.0/x86_64");
        Directory.CreateDirectory(Path.Combine(build, "steps"));
        File.WriteAllText(Path.Combine(build, "meta.json"), """{"buildid":"13.20260101.0.0","name":"demo"}""");
        File.WriteAllText(
            _directory.File("builds/builds.json"),
            """{"builds":[{"id":"13.20260101.0.0","arches":["x86_64"]}],"tags":[{"name":"good","target":"13.20260101.0.0"}]}"""
        );
        Directory.CreateDirectory(_directory.File("kola-tests/a"));
        var test = _directory.File("kola-tests/a/boots");
        File.WriteAllText(test, "#!/bin/bash\n## kola:\n##   tags: \"quick network\"\ntrue\n");
        File.SetUnixFileMode(test, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        File.WriteAllText(_directory.File("pipeline.project"), "");
    }

    public void Dispose() => _directory.Dispose();

    [TestCase("images ", "13.20260101.0.0|good|latest")]
    [TestCase("images 1", "13.20260101.0.0")]
    [TestCase("run ", "latest")]
    [TestCase("diff la", "latest")]
    [TestCase("kola run --build ", "13.20260101.0.0")]
    [TestCase("builds show ", "13.20260101.0.0")]
    [TestCase("builds tag name ", "13.20260101.0.0")]
    [TestCase("images --platform q", "qemu")]
    [TestCase("kola run ext.", "ext.*.boots")]
    [TestCase("kola list --tag ", "network|quick")]
    [TestCase("compose --arch ", "aarch64|all|ppc64le|s390x|x86_64")]
    [TestCase("images --arch a", "aarch64")]
    [TestCase("contract check ", "builds|meta|releases|stream|updates")]
    [TestCase("contract schema re", "release|releases")]
    [TestCase("completion ", "bash|fish|zsh")]
    [TestCase("--progress ", "json|plain|quiet|terminal")]
    [TestCase("cache ", "prune|show")]
    public async Task Values_are_offered(string typed, string expected)
    {
        var run = await SuggestAsync(typed);
        foreach (var value in expected.Split('|'))
        {
            var pattern = value.Replace(".", "\\.", StringComparison.Ordinal).Replace("*", ".*", StringComparison.Ordinal);
            Assert.That(run.Output.Split('\n'), Has.Some.Matches($"(?i)^{pattern}$"), run.Output);
        }

        Assert.That(run.Error, Is.Empty);
    }

    [Test]
    public async Task A_damaged_list_of_builds_disturbs_nobody()
    {
        await File.WriteAllTextAsync(_directory.File("builds/builds.json"), "{");
        var run = await SuggestAsync("images ");
        Assert.That(run.Error, Is.Empty);
        Assert.That(run.Output, Does.Contain("--platform"));
    }

    private Task<CliRun> SuggestAsync(string typed)
    {
        var line = "pipeline " + typed;
        return CliRun.Of([$"[suggest:{line.Length}]", line], _directory.Path);
    }
}
