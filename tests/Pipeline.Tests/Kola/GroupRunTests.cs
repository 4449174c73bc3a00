using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using static Pipeline.Tests.Kola.ScriptedGuests;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GroupRunTests : IDisposable
{
    private static readonly TestHeader Shared = new() { Exclusive = false };
    private readonly ScriptedGuests _guests = new();

    public void Dispose() => _guests.Dispose();

    [Test]
    public async Task Tests_of_a_group_run_in_order_on_one_machine_and_a_failure_has_its_last_line()
    {
        _guests.Unit = s => Task.FromResult(s.Test == "b" ? Failure("starting\nfatal: no luck\n", 3) : Success("fine\n"));

        var results = await RunAsync(new("shared-0", [.. Chosen(("a", Shared), ("b", Shared), ("c", Shared))], true));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                results.Select(r => $"{r.Name} {r.Outcome} {r.Reason}".Trim()),
                Is.EqualTo(["a Pass", "b Fail fatal: no luck (exit-code, status 3)", "c Pass"])
            );
            Assert.That(_guests.Machines.Events, Is.EqualTo(["boot shared-0", "end shared-0"]));
            Assert.That(results.Select(r => r.Machine), Is.All.EqualTo("shared"));
            Assert.That(results[1].Output, Is.EqualTo("starting\nfatal: no luck\n"));
        }
    }

    [Test]
    public async Task A_lost_machine_fails_the_test_it_ran_and_the_rest_gets_another()
    {
        _guests.Unit = s => s.Test == "b" ? LoseAsync(s, "kernel panic: x") : Task.FromResult(Success());

        var results = await RunAsync(new("g", [.. Chosen(("a", Shared), ("b", Shared), ("c", Shared))], true));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                results.Select(r => $"{r.Name} {r.Outcome} {r.Reason}".Trim()),
                Is.EqualTo(["a Pass", "b Fail kernel panic: x", "c Pass"])
            );
            Assert.That(_guests.Machines.Events, Is.EqualTo(["boot g", "end g", "boot g-machine-1", "end g-machine-1"]));
            Assert.That(results[2].Directory, Does.EndWith("g-machine-1"));
        }
    }

    [Test]
    public async Task What_Ignition_said_about_a_machine_that_it_did_not_provision_is_the_output_of_its_tests()
    {
        const string last = "[   54.8] ignition[397]: CRITICAL : Ignition failed: no such user \"x\"";
        string[] console =
        [
            "[    1.0] kernel: hello",
            "         Starting \e[0;1;39mignition-files.service\e[0m - Ignition (files)...",
            "[   53.9] ignition[397]: INFO     : Stage: files\r",
            "[   54.6] ignition[397]: files failed",
            "[   54.7] ignition[397]: Full config:",
            "[   54.7] ignition[397]: {",
            "[   54.8] ignition[397]:   \"version\": \"3.3.0\"",
            last,
        ];
        var reason = $"Ignition failed: {last}";
        _guests.Booting = m =>
        {
            File.WriteAllLines(Path.Combine(m.OutputDirectory, "console.txt"), console);
            m.Lose(reason);
        };

        var results = await RunAsync(new("g", [.. Chosen(("a", Shared), ("b", Shared))], true));
        reason = "no console progress for 30 s";
        var other = await RunAsync(Alone("c"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                results.Select(r => r.Output),
                Is.All.EqualTo($"[   53.9] ignition[397]: INFO     : Stage: files\n[   54.6] ignition[397]: files failed\n{last}\n")
            );
            Assert.That(results, Has.Exactly(2).Items);
            Assert.That((other[0].Reason, other[0].Output), Is.EqualTo(("no console progress for 30 s", "")));
        }
    }

    [Test]
    public async Task A_test_that_the_hosts_load_broke_runs_again_up_to_three_times_and_says_so()
    {
        var tries = 0;
        _guests.Unit = s => ++tries < 3 ? LoseAsync(s, "timer starved", hostIsToBlame: true) : Task.FromResult(Success());
        var passed = await RunAsync(Alone("a"));
        tries = -100;
        var failed = await RunAsync(Alone("b"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{passed[0].Outcome} {passed[0].Reason}", Is.EqualTo("Pass not at once: timer starved; timer starved"));
            Assert.That($"{failed[0].Outcome} {failed[0].Reason}", Is.EqualTo("Fail timer starved"));
            Assert.That(tries, Is.EqualTo(-97));
        }
    }

    [Test]
    public async Task A_machine_that_does_not_come_up_fails_all_its_tests_and_a_start_that_the_load_broke_is_repeated()
    {
        var boots = 0;
        _guests.Booting = m => throw new MachineFailedException($"no console progress {++boots}") { HostIsToBlame = boots < 2 };

        var results = await RunAsync(new("g", [.. Chosen(("a", Shared), ("b", Shared))], true));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                results.Select(r => $"{r.Name} {r.Outcome} {r.Reason}"),
                Is.EqualTo(["a Fail no console progress 2", "b Fail no console progress 2"])
            );
            Assert.That(_guests.Machines.Events, Is.EqualTo(["boot g", "end g", "boot g", "end g"]));
            Assert.That(File.Exists(Path.Combine(_guests.Output, "g", "console-start-1.txt")), Is.True);
        }
    }

    [Test]
    public async Task A_unit_that_has_failed_or_a_mark_on_the_console_fails_the_boot_unless_the_test_skips_the_checks()
    {
        _guests.Other = (m, command) =>
            command.Contains("is-system-running", StringComparison.Ordinal) ? new(0, "failed foo.service\nrestarting bar.service\n", "")
            : command.Contains("_SYSTEMD_UNIT='foo.service'", StringComparison.Ordinal) ? new(0, "one\nfoo: cannot open x\n", "")
            : null;
        _guests.Booting = m => m.Mark("kernel oops: Oops: 1");

        var checkedRun = await RunAsync(Alone("a"));
        var unchecked_ = await RunAsync(Alone("b", new() { Tags = ["skip-base-checks"] }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                checkedRun[0].Reason,
                Is.EqualTo(
                    "unit foo.service has failed: foo: cannot open x; unit bar.service restarts again and again; kernel oops: Oops: 1"
                )
            );
            Assert.That(unchecked_[0].Outcome, Is.EqualTo(TestOutcome.Pass));
        }
    }

    [Test]
    public async Task What_the_console_or_the_journal_shows_fails_only_the_test_that_ran_then()
    {
        _guests.Unit = s =>
        {
            if (s.Test == "b")
            {
                s.Machine.Mark("kernel warning: WARNING");
            }
            else if (s.Test == "c")
            {
                File.AppendAllText(
                    Path.Combine(s.Machine.OutputDirectory, "journal.txt"),
                    "[9] host foo[1]: segfault at 0\n[9] host kola-runext-x[1]: segfault at 0\n"
                );
            }

            return Task.FromResult(Success());
        };

        var results = await RunAsync(new("g", [.. Chosen(("a", Shared), ("b", Shared), ("c", Shared), ("d", Shared))], true));

        Assert.That(
            results.Select(r => $"{r.Outcome} {r.Reason}".Trim()),
            Is.EqualTo(["Pass", "Fail kernel warning: WARNING", "Fail segmentation fault: [9] host foo[1]: segfault at 0", "Pass"])
        );
    }

    [Test]
    public async Task A_test_that_runs_out_of_time_fails_with_what_it_had_printed()
    {
        _guests.Unit = async s =>
        {
            await Task.Delay(Timeout.Infinite, s.Token);
            return "";
        };
        _guests.Other = (_, command) =>
            command.Contains("_SYSTEMD_UNIT=kola-runext.service", StringComparison.Ordinal) ? new(0, "so far\n", "") : null;
        var results = new List<TestResult>();
        var context = _guests.Context(slowness: 0.002);

        await new GroupRun(context, Alone("a"), null).RunAsync(Keep(results), CancellationToken.None);

        Assert.That($"{results[0].Outcome} {results[0].Output}", Is.EqualTo("Fail so far\n"));
        Assert.That(results[0].Reason, Does.StartWith("timed out after"));
    }

    [Test]
    public async Task A_failure_of_a_denied_test_only_warns()
    {
        _guests.Unit = _ => Task.FromResult(Failure("x\n"));
        var test = Chosen(("a", new()))[0] with { Denial = Denial.Warn, Why = "denylist 'a'" };

        var results = await RunAsync(new("a", [test], false));

        Assert.That($"{results[0].Outcome} {results[0].Reason}", Is.EqualTo("Warn x (exit-code, status 1) (denylist 'a')"));
    }

    [Test]
    public async Task Configs_of_a_group_are_merged_once_each_between_the_users_and_those_that_win()
    {
        string? ignition = null;
        _guests.Booting = m => ignition = m.Ignition;
        var config = new TestConfig("/t/config.ign", false, default);
        var tests = Chosen(("a", Shared), ("b", Shared))
            .Select(t => t with { Test = t.Test with { Config = config }, Ignition = "{\"t\":1}" });
        var context = _guests.Context() with { FirstConfigs = ["{\"u\":1}"], LastConfigs = ["{\"l\":1}"] };

        await new GroupRun(context, new("g", [.. tests], true), null).RunAsync(_ => true, CancellationToken.None);

        Assert.That(ignition, Is.EqualTo(IgnitionConfigs.Merge("ssh-ed25519 AAAA fake", ["{\"u\":1}", "{\"t\":1}", "{\"l\":1}"])));
    }

    [Test]
    public void Cancelling_the_run_ends_the_machine()
    {
        using var stop = new CancellationTokenSource();
        _guests.Unit = async s =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, s.Token);
            return "";
        };

        Assert.That(
            async () => await new GroupRun(_guests.Context(), Alone("a"), null).RunAsync(_ => true, stop.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        Assert.That(_guests.Machines.Alive, Is.Zero);
    }

    private async Task<List<TestResult>> RunAsync(TestGroup group)
    {
        var results = new List<TestResult>();
        await new GroupRun(_guests.Context(), group, null).RunAsync(Keep(results), CancellationToken.None);
        Assert.That(_guests.Machines.Alive, Is.Zero);
        return results;
    }

    private static Func<TestResult, bool> Keep(List<TestResult> results) =>
        r =>
        {
            results.Add(r);
            return true;
        };

    private static TestGroup Alone(string name, TestHeader? header = null) => new(name, [.. Chosen((name, header ?? new()))], false);

    private static async Task<string> LoseAsync(UnitStart start, string reason, bool hostIsToBlame = false)
    {
        start.Machine.Lose(reason, hostIsToBlame);
        await Task.Delay(Timeout.Infinite, start.Token);
        return "";
    }
}
