using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;
using Pipeline.Tests.Cli;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Kola;

/// <summary>A build stays where it is while machines run from its image.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BuildUnderTestTests : IDisposable
{
    private const string Old = "13.20260801.0.0";
    private const string New = "13.20260901.0.0";
    private readonly TemporaryDirectory _directory = new();
    private readonly ScriptedGuests _guests = new();

    public void Dispose()
    {
        _guests.Dispose();
        _directory.Dispose();
    }

    [TestCase(false), TestCase(true), CancelAfter(60_000)]
    public async Task A_prune_leaves_the_build_that_a_machine_runs(bool shell, CancellationToken cancellationToken)
    {
        await QemuBuild.MakeAsync(_directory.Path, Old);
        await QemuBuild.MakeAsync(_directory.Path, New);
        CliRun? during = null;
        _guests.Booting = _ => during = PruneAsync().GetAwaiter().GetResult();

        await RunAsync(shell, cancellationToken);
        var there = Directory.Exists(_directory.File($"builds/{Old}"));
        var after = await PruneAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(there, Is.True);
            Assert.That((during!.ExitCode, during.Output), Is.EqualTo((0, "")));
            Assert.That(during.Error, Does.Contain($"{Old} is being worked on or tested; it stays"));
            Assert.That(after.Output, Does.Contain($"delete builds/{Old}"), after.Error);
            Assert.That(Directory.Exists(_directory.File($"builds/{Old}")), Is.False);
        }
    }

    private async Task RunAsync(bool shell, CancellationToken cancellationToken)
    {
        var machines = _guests.Context(canSave: false).Machines;
        var runner = new KolaRunner(new ToolRunner(), _guests.Reporter, TimeProvider.System)
        {
            Machines = (_, _) => Task.FromResult(machines),
        };
        var boot = new BootRequest
        {
            WorkDirectory = new(_directory.Path),
            Build = Old,
            Architecture = Arch.X86_64,
        };
        if (shell)
        {
            await runner.ShellAsync(boot, ["true"], cancellationToken);
            return;
        }

        Directory.CreateDirectory(_directory.File("kola-tests"));
        await File.WriteAllTextAsync(_directory.File("kola-tests/one"), "#!/bin/sh\n", cancellationToken);
        File.SetUnixFileMode(_directory.File("kola-tests/one"), (UnixFileMode)FileModes.Executable);
        var report = await runner.RunAsync(new() { Boot = boot }, cancellationToken);
        Assert.That(report.Outcome, Is.EqualTo(TestOutcome.Pass));
    }

    private Task<CliRun> PruneAsync() => CliRun.Of(["-C", _directory.Path, "builds", "prune", "--keep", "1"], _directory.Path);
}
