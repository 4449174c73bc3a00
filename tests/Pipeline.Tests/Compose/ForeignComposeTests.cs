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
}
