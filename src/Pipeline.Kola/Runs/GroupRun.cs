using System.Globalization;
using Pipeline.Host.Output;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;

namespace Pipeline.Kola.Runs;

/// <summary>
/// Runs the tests of one group on one machine; a machine that is lost fails the test it ran, the rest gets another. When the host is to
/// blame the test is run again, and its result says so.
/// </summary>
/// <param name="context">The run.</param>
/// <param name="group">The group.</param>
/// <param name="fork">The saved machine to start from, or <c>null</c> to boot.</param>
internal sealed class GroupRun(RunContext context, TestGroup group, ISavedMachine? fork)
{
    private const int MostStarts = 3;
    private static readonly TimeSpan OwnLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SharedLimit = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = context.Time;
    private readonly Dictionary<int, List<string>> _losses = [];

    /// <summary>Runs all tests.</summary>
    /// <param name="onResult">Receives each result as it comes; returns whether to go on.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public async Task RunAsync(Func<TestResult, bool> onResult, CancellationToken cancellationToken)
    {
        var next = 0;
        for (var machine = 0; next < group.Tests.Count; machine++)
        {
            var output = Path.Combine(
                context.Output,
                machine == 0 ? group.Name : string.Create(CultureInfo.InvariantCulture, $"{group.Name}-machine-{machine}")
            );
            (next, var goOn) = await OnMachineAsync(next, output, onResult, cancellationToken);
            if (!goOn)
            {
                return;
            }
        }
    }

    private async Task<(int Next, bool GoOn)> OnMachineAsync(
        int first,
        string output,
        Func<TestResult, bool> onResult,
        CancellationToken cancellationToken
    )
    {
        var start = _time.GetTimestamp();
        var at = first;
        IMachine? machine = null;
        try
        {
            using (var step = context.Reporter.Step($"{(fork is null ? "boot" : "fork")} {group.Name}"))
            {
                machine = await StartAsync(output, step, cancellationToken);
            }

            var journal = new JournalScanner(output);
            for (; at < group.Tests.Count; at++)
            {
                var (result, lost) = await OneAsync(machine, journal, at, start, cancellationToken);
                if (result is null)
                {
                    return (at, true);
                }

                if (!onResult(result))
                {
                    return (at, false);
                }

                if (lost)
                {
                    return (at + 1, true);
                }

                start = _time.GetTimestamp();
            }

            return (at, true);
        }
        catch (MachineFailedException e)
        {
            // It did not come up: no other test of the group would fare better.
            var goOn = true;
            var log = ProvisioningLog.Of(e.Message, output);
            for (; at < group.Tests.Count && goOn; at++)
            {
                goOn = onResult(Result(group.Tests[at], Failed(group.Tests[at]), start, e.Message, log, output));
            }

            return (at, goOn);
        }
        finally
        {
            await (machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private async Task<IMachine> StartAsync(string output, IStep step, CancellationToken cancellationToken)
    {
        if (fork is not null && await ForkAsync(fork, output, step, cancellationToken) is { } started)
        {
            return started;
        }

        return await new MachineBoot(context).BootAsync(
            group.Shape(context.Shape),
            group.Configs,
            output,
            step,
            group.Tests.All(t => SkipsChecks(t.Test)),
            cancellationToken
        );
    }

    /// <summary>A machine that starts from the saved one; <c>null</c> when that is an earlier run's and of no use any more.</summary>
    private async Task<IMachine?> ForkAsync(ISavedMachine saved, string output, IStep step, CancellationToken cancellationToken)
    {
        try
        {
            var machine = await saved.StartAsync(output, cancellationToken);
            step.Done();
            return machine;
        }
        catch (MachineFailedException e) when (saved.IsOld)
        {
            saved.Discard();
            context.Reporter.Note($"{group.Name} boots, because the saved machine of an earlier run does not start: {e.Message}");
            return null;
        }
    }

    /// <summary>Runs a test; no result when it shall have another machine.</summary>
    private async Task<(TestResult? Result, bool Lost)> OneAsync(
        IMachine machine,
        JournalScanner journal,
        int index,
        long start,
        CancellationToken cancellationToken
    )
    {
        var selected = group.Tests[index];
        var test = selected.Test;
        var limit = context.Scale(
            test.Header.TimeoutMinutes is { } minutes ? TimeSpan.FromMinutes(minutes)
            : group.Shared ? SharedLimit
            : OwnLimit
        );
        using var step = context.Reporter.Step(test.Name);
        var run = new GuestTest(machine, test, index, mayReboot: !group.Shared);
        using var timeout = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var outcome = await machine.GuardAsync(c => run.RunAsync(Variables(test), Data(test), c), null, either.Token);
            var marks = SkipsChecks(test) ? [] : machine.TakeMarks().Concat(journal.Take().Select(l => l.ToString())).ToArray();
            var passed = outcome.Passed && marks.Length == 0;
            var reason = outcome.Passed ? marks.FirstOrDefault() ?? "" : outcome.Reason;
            End(step, passed, reason);
            if (!passed)
            {
                await LookAsync(machine, selected, cancellationToken);
            }

            reason = passed && Losses(index).Count > 0 ? $"not at once: {string.Join("; ", Losses(index))}" : reason;
            return (
                Result(selected, passed ? TestOutcome.Pass : Failed(selected), start, reason, outcome.Output, machine.OutputDirectory),
                false
            );
        }
        catch (MachineFailedException e) when (e.HostIsToBlame && Losses(index).Count < MostStarts - 1)
        {
            Losses(index).Add(e.Message);
            step.Fail($"lost: {e.Message}; running it again");
            return (null, true);
        }
        catch (MachineFailedException e)
        {
            step.Fail(e.Message);
            return (Result(selected, Failed(selected), start, e.Message, run.Output, machine.OutputDirectory), true);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var reason = string.Create(CultureInfo.InvariantCulture, $"timed out after {limit.TotalMinutes:0.#} minutes");
            step.Fail(reason);
            await LastWordsAsync(run, cancellationToken);
            await LookAsync(machine, selected, cancellationToken);
            return (Result(selected, Failed(selected), start, reason, run.Output, machine.OutputDirectory), true);
        }
    }

    /// <summary>Lets a person look at the machine of a failed test, when they asked for it.</summary>
    private Task LookAsync(IMachine machine, SelectedTest test, CancellationToken cancellationToken) =>
        context.OnFailure is { } look && Failed(test) == TestOutcome.Fail
            ? look(machine, test.Test.Name, cancellationToken)
            : Task.CompletedTask;

    private static void End(IStep step, bool passed, string reason)
    {
        if (passed)
        {
            step.Done("passed");
        }
        else
        {
            step.Fail(reason);
        }
    }

    private List<string> Losses(int index) => _losses.TryGetValue(index, out var losses) ? losses : _losses[index] = [];

    /// <summary>Tries for a moment to fetch what a test that ran out of time had printed.</summary>
    private async Task LastWordsAsync(GuestTest run, CancellationToken cancellationToken)
    {
        using var moment = new CancellationTokenSource(context.Scale(TimeSpan.FromSeconds(3)), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(moment.Token, cancellationToken);
        try
        {
            await run.CollectAsync(either.Token);
        }
        catch (Exception e)
            when ((e is OperationCanceledException && !cancellationToken.IsCancellationRequested) || e is InvalidOperationException)
        {
            // The guest is as stuck as the test was; the console has what there is.
        }
    }

    private Dictionary<string, string> Variables(KolaTest test)
    {
        var all = new Dictionary<string, string>(context.Variables);
        foreach (
            var (name, value) in test.NeedsUpdate && context.Update is not null
                ? context.Update.Variables
                : new Dictionary<string, string>()
        )
        {
            all[name] = value;
        }

        return all;
    }

    private TestDataFile[] Data(KolaTest test) => test.NeedsUpdate && context.Update is not null ? [context.Update.Key] : [];

    private bool SkipsChecks(KolaTest test) => context.SkipBaseChecks || test.Header.Tags.Contains("skip-base-checks");

    private static TestOutcome Failed(SelectedTest test) => test.Denial == Denial.Warn ? TestOutcome.Warn : TestOutcome.Fail;

    private TestResult Result(SelectedTest test, TestOutcome outcome, long start, string reason, string output, string directory) =>
        new()
        {
            Name = test.Test.Name,
            Outcome = outcome,
            Duration = _time.GetElapsedTime(start),
            Reason = outcome == TestOutcome.Warn ? $"{reason} ({test.Why})" : reason,
            Output = output,
            Directory = directory,
            Again = outcome is TestOutcome.Fail or TestOutcome.Warn ? context.Again(test.Test.Name) : "",
            Machine =
                group.Shared ? "shared"
                : fork is null ? "boot"
                : "fork",
        };
}
