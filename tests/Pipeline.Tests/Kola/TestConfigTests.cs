using System.Text;
using Pipeline.Host.Files;
using Pipeline.Kola;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Provisioning;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Kola;

/// <summary>Configs are translated, and compared with what the OS reads, before a machine starts.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TestConfigTests : IDisposable
{
    private const string Id = "13.20260901.0.0";
    private const string TooNew = "variant: fcos\nversion: 1.5.0\n";
    private readonly TemporaryDirectory _directory = new();
    private readonly ScriptedGuests _guests = new();
    private readonly TestReporter _reporter = new();

    public void Dispose()
    {
        _guests.Dispose();
        _directory.Dispose();
    }

    [TestCase("""{"ignition.spec-version":"3.3.0"}""", ExpectedResult = "3.3.0")]
    [TestCase(
        """{"ignition.spec-version":"4.0.0","rpmostree.rpmdb.pkglist":[["ignition","0","2.14.0","1","x86_64"]]}""",
        ExpectedResult = null
    )]
    [TestCase(
        """{"rpmostree.rpmdb.pkglist":[["bash","0","5","1","x86_64"],["ignition","0","2.20.0","1","x86_64"]]}""",
        ExpectedResult = "3.5.0"
    )]
    [TestCase("""{"rpmostree.rpmdb.pkglist":[["bash","0","5","1","x86_64"],[],"x",["ignition"]]}""", ExpectedResult = null)]
    [TestCase("[]", ExpectedResult = null)]
    [TestCase("{", ExpectedResult = null)]
    [TestCase(null, ExpectedResult = null)]
    public async Task<string?> What_an_OS_reads_is_found_in_its_commit(string? commit)
    {
        await BuildAsync(commit);
        var build = await BuildUnderTest.FindAsync(Boot, TimeProvider.System, CancellationToken.None);
        return build.Ignition?.ToString();
    }

    [TestCase("config.bu"), TestCase("config.ign")]
    public async Task A_test_whose_config_the_OS_does_not_read_boots_nothing(string name)
    {
        await BuildAsync("""{"ignition.spec-version":"3.3.0"}""");
        Test("a/first", name, TooNew);
        Test("b/second", "config.ign", """{"ignition":{"version":"3.5.0"}}""");
        Test("c/fine", "config.bu", "variant: fcos\nversion: 1.4.0\n");
        var machines = 0;

        var failure = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                Runner(() => machines++).RunAsync(new() { Boot = Boot }, CancellationToken.None)
            )
        )!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(machines, Is.Zero);
            Assert.That(failure.Exit, Is.EqualTo(ExitClass.BadInput));
            Assert.That(
                failure.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => (d.Code, Path.GetFileName(d.Span!.File), d.Hint)),
                Is.EqualTo(
                    new[]
                    {
                        ("PL7026", name, "use 'variant: fcos, version: 1.4.0'"),
                        ("PL7026", "config.ign", "write it for version 3.3.0, or in Butane: use 'variant: fcos, version: 1.4.0'"),
                    }
                )
            );
        }
    }

    [TestCase("x.ign"), TestCase("x.bu")]
    public async Task A_shell_whose_config_the_OS_does_not_read_boots_nothing(string name)
    {
        await BuildAsync("""{"ignition.spec-version":"3.3.0"}""");
        await File.WriteAllTextAsync(_directory.File(name), TooNew);
        var machines = 0;
        var boot = name == "x.ign" ? Boot with { Ignition = _directory.File(name) } : Boot with { Butane = _directory.File(name) };

        var failure = await Assert.ThrowsAsync<PipelineException>(() =>
            Runner(() => machines++).ShellAsync(boot, ["true"], CancellationToken.None)
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.Message, Does.Contain("this OS reads Ignition configs ≤ 3.3.0, this is 3.4.0"));
            Assert.That(machines, Is.Zero);
        }
    }

    [Test]
    public void Both_configs_of_a_user_are_merged_and_Butane_is_translated_whatever_its_name()
    {
        File.WriteAllText(_directory.File("one"), "variant: fcos\nversion: 1.0.0\nsystemd: {units: [{name: a.service, mask: true}]}\n");
        File.WriteAllText(_directory.File("two"), "variant: fcos\nversion: 1.1.0\n");
        var configs = new TestConfigs(IgnitionVersion.Of(3));

        var texts = configs.OfUser(_directory.File("one"), _directory.File("two"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(texts[0], Does.Contain("a.service").And.Contain("\"version\":\"3.0.0\""));
            Assert.That(texts[1], Is.EqualTo("""{"ignition":{"version":"3.1.0"}}"""));
            Assert.That(configs.Remarks.Select(r => r.Code), Is.EqualTo(["PL4023"]));
        }
    }

    [Test]
    public void A_config_with_warnings_says_them_when_they_are_allowed_and_is_refused_otherwise()
    {
        const string warned = """{"ignition":{"version":"3.3.0"},"extra":1}""";
        Test("a/first", "config.ign", warned);
        var test = TestDiscovery.Find(_directory.File("kola-tests"), new()).Single();
        var allowing = test with { Header = test.Header with { AllowConfigWarnings = true } };
        var configs = new TestConfigs(null);

        configs.Prepare([new(allowing, Denial.None, "")]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(configs.Remarks.Select(r => r.Code), Is.EqualTo(["PL7002"]));
            Assert.That(
                () => new TestConfigs(null).Prepare([new(allowing, Denial.None, ""), new(test, Denial.None, "")]),
                Throws.TypeOf<PipelineException>().With.Message.Contains("allowConfigWarnings: true")
            );
        }
    }

    private BootRequest Boot =>
        new()
        {
            WorkDirectory = new(_directory.Path),
            Build = Id,
            Architecture = Arch.X86_64,
        };

    private KolaRunner Runner(Action asked) =>
        new(new Pipeline.Host.Tools.ToolRunner(), _reporter, TimeProvider.System)
        {
            Machines = (_, _) =>
            {
                asked();
                return Task.FromResult(_guests.Context(canSave: false).Machines);
            },
        };

    private async Task BuildAsync(string? commit)
    {
        await QemuBuild.MakeAsync(_directory.Path, Id);
        if (commit is not null)
        {
            await File.WriteAllTextAsync(_directory.File($"builds/{Id}/x86_64/commitmeta.json"), commit);
        }
    }

    private void Test(string path, string config, string text)
    {
        var executable = _directory.File($"kola-tests/{path}");
        Directory.CreateDirectory(Path.GetDirectoryName(executable)!);
        File.WriteAllText(executable, "#!/bin/sh\n");
        File.SetUnixFileMode(executable, (UnixFileMode)FileModes.Executable);
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(executable)!, config), Encoding.UTF8.GetBytes(text));
    }
}
