using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using static Pipeline.Tests.Kola.ScriptedGuests;

namespace Pipeline.Tests.Kola;

/// <summary>The façade from files on disk to reports, on fake machines.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KolaRunnerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ScriptedGuests _guests = new();

    public KolaRunnerTests() => File.WriteAllText(_directory.File("disk.raw"), "an image");

    public void Dispose()
    {
        _guests.Dispose();
        _directory.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task Reports_are_written_after_each_result_and_a_run_that_is_cut_short_never_reads_as_a_pass(
        CancellationToken cancellationToken
    )
    {
        var before = new List<string>();
        _guests.Unit = async s =>
        {
            // The next machine may start while the report of the last one is being written.
            while (before.Count > 0 && Report() == before[^1])
            {
                await Task.Delay(10, s.Token);
            }

            before.Add(Report());
            return Success();
        };

        var report = await RunAsync(new(), cancellationToken, "a", "b");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(["a FAIL, b FAIL = FAIL", "a PASS, b FAIL = FAIL"]));
            Assert.That(Report(), Is.EqualTo("a PASS, b PASS = PASS"));
            Assert.That(report.Accelerator, Is.EqualTo("fake machines"));
            Assert.That(report.Platform, Is.EqualTo("fake"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task The_file_that_was_digested_is_the_one_that_runs(CancellationToken cancellationToken)
    {
        var packages = new List<string>();
        _guests.Unit = s =>
        {
            packages.Add(s.Package);
            File.WriteAllText(_directory.File("p/b"), "#!/bin/sh\n# changed meanwhile\n");
            return Task.FromResult(Success());
        };

        await RunAsync(new(), cancellationToken, "a", "b");

        Assert.That(packages[1], Does.Contain("# test b").And.Not.Contain("changed meanwhile"));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_passed_is_not_run_again_until_something_changes(CancellationToken cancellationToken)
    {
        var units = 0;
        _guests.Unit = _ =>
        {
            units++;
            return Task.FromResult(Success());
        };

        await RunAsync(new(), cancellationToken, "a");
        var again = await RunAsync(new(), cancellationToken, "a");
        await File.AppendAllTextAsync(_directory.File("p/a"), "# more\n", cancellationToken);
        await RunAsync(new(), cancellationToken);

        Assert.That((again.Unchanged, units), Is.EqualTo((true, 2)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Without_keep_going_what_was_not_run_is_skipped_with_the_reason(CancellationToken cancellationToken)
    {
        _guests.Unit = _ => Task.FromResult(Failure("x\n"));

        var report = await RunAsync(new() { KeepGoing = false }, cancellationToken, "a", "b");

        Assert.That(report.Outcome, Is.EqualTo(TestOutcome.Fail));
        Assert.That(report.Tests[1].Reason, Does.StartWith("not run: stopped after the first failure"));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_the_machines_cannot_do_skips_the_test_that_asks_for_it(CancellationToken cancellationToken)
    {
        Write("big", "##   minMemory: 4096\n");
        var runner = Runner(new() { Lacking = s => s.MemoryMiB > 2048 ? "too large" : "" });

        var report = await runner.RunAsync(Request(new()), cancellationToken);

        Assert.That($"{report.Tests[0].Outcome} {report.Tests[0].Reason}", Is.EqualTo("Skip too large"));
    }

    [TestCase(true, "Warn flaky: passed when it was run again, after: ", ExpectedResult = TestOutcome.Warn)]
    [TestCase(false, "Fail flaky: passed when it was run again, after: ", ExpectedResult = TestOutcome.Fail)]
    public async Task<TestOutcome> A_test_that_passes_when_it_is_run_again_stays_visible(bool allow, string reason)
    {
        var runs = new List<string>();
        _guests.Unit = s =>
        {
            runs.Add(s.Test);
            return Task.FromResult(runs.Count == 1 ? Failure("x\n") : Success());
        };
        Write("a");
        Write("b");

        var report = await Runner(null)
            .RunAsync(Request(new() { KeepGoing = false }) with { Rerun = true, AllowRerunSuccess = allow }, CancellationToken.None);

        Assert.That(runs, Is.EqualTo(["ext.p.a", "ext.p.b", "ext.p.a"]), "all go on, then the failed one again");
        Assert.That($"{report.Tests[0].Outcome} {report.Tests[0].Reason}", Does.StartWith(reason));
        Assert.That(report.Tests[1].Outcome, Is.EqualTo(TestOutcome.Pass));
        Assert.That(report.Tests[0].Directory, Does.EndWith("/rerun/ext.p.a"));
        return report.Outcome;
    }

    [Test, CancelAfter(60_000)]
    public async Task A_test_that_fails_twice_says_so(CancellationToken cancellationToken)
    {
        _guests.Unit = _ => Task.FromResult(Failure("x\n"));
        Write("a");

        var report = await Runner(null).RunAsync(Request(new()) with { Rerun = true, AllowRerunSuccess = true }, cancellationToken);

        Assert.That(report.Tests[0].Outcome, Is.EqualTo(TestOutcome.Fail));
        Assert.That(report.Tests[0].Reason, Does.Contain("failed before, too"));
    }

    [TestCase("bootFrom: iso", "boots from live media (iso)")]
    [TestCase("bindMountHostRO: ['/a,/b']", "wants directories of this host")]
    [TestCase("injectContainer: true", "wants the container image of the build")]
    public async Task What_cannot_be_had_skips_the_test_and_no_other(string header, string reason)
    {
        _guests.Unit = _ => Task.FromResult(Success());
        Write("a", $"##   {header}\n");
        Write("b");

        var report = await Runner(null).RunAsync(Request(new()), CancellationToken.None);

        Assert.That(report.Tests.Select(t => t.Outcome), Is.EqualTo([TestOutcome.Skip, TestOutcome.Pass]));
        Assert.That(report.Tests[0].Reason, Does.StartWith(reason));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_bad_header_refuses_the_run_that_selects_it_and_no_other(CancellationToken cancellationToken)
    {
        _guests.Unit = _ => Task.FromResult(Success());
        Write("bad", "##   exclusiv: true\n");
        Write("good");

        await Assert.ThatAsync(
            () => Runner(null).RunAsync(Request(new()), cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("unknown header key 'exclusiv'")
        );
        Assert.That(_guests.Machines.Events, Is.Empty);
        var report = await Runner(null).RunAsync(Request(new()) with { Globs = ["*.good"] }, cancellationToken);
        Assert.That(report.Outcome, Is.EqualTo(TestOutcome.Pass));
    }

    [Test, CancelAfter(60_000)]
    public async Task Each_of_several_runs_of_a_test_has_its_result(CancellationToken cancellationToken)
    {
        _guests.Unit = _ => Task.FromResult(Success());
        Write("a");

        var report = await Runner(null).RunAsync(Request(new()) with { Multiply = 3 }, cancellationToken);

        Assert.That(report.Tests.Select(t => $"{t.Name} {t.Outcome}"), Is.EqualTo(["ext.p.a%0 Pass", "ext.p.a%1 Pass", "ext.p.a%2 Pass"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_plan_starts_nothing_and_knows_how_long_tests_took(CancellationToken cancellationToken)
    {
        _guests.Unit = _ => Task.FromResult(Success());
        await RunAsync(new(), cancellationToken, "a");
        Write("b", "##   exclusive: false\n");
        Write("c", "##   minMemory: 3000\n##   bootFrom: iso\n");
        Write("d", "##   minMemory: 3000\n");

        var plan = await Runner(null).PlanAsync(Request(new()) with { DeniedTests = ["*.x"] }, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_guests.Machines.Events, Is.Empty);
            Assert.That(
                plan.Machines.Select(m => $"{m.Start} {m.Name} {m.MemoryMiB} {string.Join(' ', m.Tests)} {m.Expected is not null}"),
                Is.EqualTo(["shared shared-0 1024 ext.p.b False", "fork ext.p.a 1024 ext.p.a True", "boot ext.p.d 3000 ext.p.d False"])
            );
            Assert.That(plan.Skipped, Is.EqualTo([("ext.p.c", "boots from live media (iso), which machines here do not")]));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_list_shows_every_test_before_it_complains(CancellationToken cancellationToken)
    {
        Write("bad", "##   exclusiv: true\n");
        Write("good", "##   description: fine\n");
        cancellationToken.ThrowIfCancellationRequested();

        var run = await Cli.CliRun.Of(["-C", _directory.Path, "kola", "list", "-E", _directory.File("p")], _directory.Path);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Output, Is.EqualTo("ext.p.bad   exclusive  cannot run: its header has errors\next.p.good  exclusive  fine\n"));
        Assert.That(run.Error, Does.Contain("bad:3:6: error PL4020: unknown header key 'exclusiv'"));
    }

    [TestCase(false, 0), TestCase(true, 77)]
    public void Only_warnings_have_an_exit_code_of_their_own_on_request(bool asked, int exit)
    {
        var report = new TestReport
        {
            Platform = "p",
            Version = "v",
            Tests =
            [
                new()
                {
                    Name = "a",
                    Outcome = TestOutcome.Warn,
                    Duration = TimeSpan.Zero,
                },
            ],
        };

        Assert.That((int)Pipeline.Cli.Commands.KolaRunCommand.Exit(report, asked), Is.EqualTo(exit));
    }

    [TestCase("", 1, "PL4017: no test ran: the one selected was skipped")]
    [TestCase("--tag never", 2, "PL4016: no test was selected")]
    public async Task A_run_that_proves_nothing_is_no_success_but_on_request(string options, int exit, string expected)
    {
        Write("a");
        await File.WriteAllTextAsync(_directory.File("p/kola-denylist.yaml"), "- pattern: ext.*\n  tracker: https://example.org/1\n");
        string[] run =
        [
            "-C",
            _directory.Path,
            "kola",
            "run",
            "-E",
            _directory.File("p"),
            "--qemu-image",
            _directory.File("disk.raw"),
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];

        var refused = await Cli.CliRun.Of(run, _directory.Path);
        var allowed = await Cli.CliRun.Of([.. run, "--allow-none"], _directory.Path);

        Assert.That((refused.ExitCode, allowed.ExitCode), Is.EqualTo((exit, 0)), refused.Error);
        Assert.That(refused.Error, Does.Contain(expected).And.Contain("--allow-none"));
        Assert.That(allowed.Output, Is.EqualTo(refused.Output));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_shape_that_the_user_asks_for_and_no_one_has_is_an_error(CancellationToken cancellationToken)
    {
        Write("a");
        var runner = Runner(new() { Lacking = _ => "no UEFI" });

        await Assert.ThatAsync(
            () => runner.RunAsync(Request(new()), cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL4015").And.Message.Contains("no UEFI")
        );
    }

    [Test]
    public void A_platform_without_machines_is_named()
    {
        Write("a");
        var request = Request(new()) with { Boot = Request(new()).Boot with { Platform = "qemo" } };

        Assert.That(
            async () =>
                await new KolaRunner(new ToolRunner(), _guests.Reporter, TimeProvider.System).RunAsync(request, CancellationToken.None),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL4014").And.Message.Contains("did you mean 'qemu'")
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task A_shell_boots_without_tests_and_gives_back_its_exit_code(CancellationToken cancellationToken)
    {
        var runner = Runner(null);

        var code = await runner.ShellAsync(Request(new()).Boot, ["sh", "-c", "exit 7"], cancellationToken);

        Assert.That(code, Is.EqualTo(7));
        Assert.That(_guests.Machines.Events, Is.EqualTo(["boot run", "end run"]));
    }

    private async Task<TestReport> RunAsync(KolaRequestOptions options, CancellationToken cancellationToken, params string[] tests)
    {
        foreach (var test in tests)
        {
            Write(test);
        }

        return await Runner(null).RunAsync(Request(options), cancellationToken);
    }

    private KolaRunner Runner(TestKit.Machines.FakeMachineProvider? machines)
    {
        var context = _guests.Context(canSave: false);
        return new(new ToolRunner(), _guests.Reporter, TimeProvider.System)
        {
            Machines = (_, _) => Task.FromResult<IMachineProvider>(machines ?? (IMachineProvider)context.Machines),
        };
    }

    private KolaRequest Request(KolaRequestOptions options) =>
        new()
        {
            Boot = new() { WorkDirectory = new(_directory.Path), Image = _directory.File("disk.raw") },
            Directories = [_directory.File("p")],
            KeepGoing = options.KeepGoing,
            MostMachines = 1,
        };

    private void Write(string name, string header = "")
    {
        Directory.CreateDirectory(_directory.File("p"));
        File.WriteAllText(_directory.File($"p/{name}"), $"#!/bin/sh\n{(header.Length == 0 ? "" : $"## kola:\n{header}")}# test {name}\n");
        File.SetUnixFileMode(_directory.File($"p/{name}"), (UnixFileMode)0x1ed);
    }

    private string Report()
    {
        var file = _directory.File("tmp/kola/reports/report.json");
        var report = ReportWriter.Parse(file, File.ReadAllBytes(file))!;
        var tests = report.Tests.Select(t => $"{t.Name["ext.p.".Length..]} {t.Outcome.ToString().ToUpperInvariant()}");
        return $"{string.Join(", ", tests)} = {report.Outcome.ToString().ToUpperInvariant()}";
    }

    private sealed record KolaRequestOptions
    {
        public bool KeepGoing { get; init; } = true;
    }
}
