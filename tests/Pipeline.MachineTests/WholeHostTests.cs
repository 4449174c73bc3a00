namespace Pipeline.MachineTests;

/// <summary>Runs of the minimal OS that fill the host, or look at all machines that run on it. Nothing runs beside them.</summary>
[TestFixture, Category("machine"), NonParallelizable]
public sealed class WholeHostTests
{
    [Test, CancelAfter(3_600_000)]
    public async Task The_tests_of_the_OS_pass_on_BIOS_and_are_not_run_twice(CancellationToken cancellationToken)
    {
        var run = MinimalBuild.Command(
            "kola",
            "run",
            "--keep-going",
            "--json",
            "-E",
            TestKit.SourceTree.Path("kola-tests"),
            "--tag",
            "!container-host",
            "--force"
        );
        var result = await MinimalBuild.Tools.RunAsync(run with { Accepted = [0, 1] }, cancellationToken);
        var others = RunReport.Outcomes(result.Text).Where(o => o.Outcome != "PASS").Select(o => $"{o.Name}: {o.Outcome} {o.Reason}");
        Assert.That(
            others,
            Is.EqualTo(["ext.kola-tests.system.rpm-verify: SKIP not for debian-minimal: its header has distros rpm-minimal"])
        );

        var again = await MinimalBuild.PipelineAsync(
            "kola",
            "run",
            "--keep-going",
            "-E",
            TestKit.SourceTree.Path("kola-tests"),
            "--tag",
            "!container-host"
        );
        Assert.That(again, Does.Contain("unchanged since the last passing run"));
    }

    [TestCase("run"), TestCase("kola"), CancelAfter(600_000)]
    public async Task Nothing_survives_a_killed_run(string verb, CancellationToken cancellationToken)
    {
        string[] arguments =
            verb == "run"
                ? ["run", "latest", "--", "sleep", "100000"]
                : ["kola", "run", "--force", "-E", TestKit.SourceTree.Path("kola-tests"), "--tag", "!container-host"];
        var output = Path.Combine(MinimalBuild.Work.Temporary, verb);
        await using var run = MinimalBuild.Tools.Start(MinimalBuild.Command(arguments));
        while (!Running(output))
        {
            Assert.That(run.Completion.IsCompleted, Is.False, "the run ended before its machine started");
            await Task.Delay(100, cancellationToken);
        }

        await MinimalBuild.Tools.RunAsync(new("kill", ["-KILL", $"{run.Id}"]), cancellationToken);
        await run.Completion.WaitAsync(cancellationToken);
        for (var i = 0; i < 100 && Running(output); i++)
        {
            await Task.Delay(100, cancellationToken);
        }

        Assert.That(Running(output), Is.False);
    }

    /// <summary>Whether a QEMU runs whose command line names the folder.</summary>
    private static bool Running(string folder) =>
        Directory
            .GetDirectories("/proc")
            .Any(p =>
            {
                try
                {
                    return File.ReadAllText(Path.Combine(p, "cmdline")) is var line
                        && line.Contains("qemu-system", StringComparison.Ordinal)
                        && line.Contains(folder, StringComparison.Ordinal);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return false;
                }
            });
}
