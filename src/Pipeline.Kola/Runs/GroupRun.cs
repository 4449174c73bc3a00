using System.Globalization;
using Pipeline.Host.Output;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>What all groups of a run share.</summary>
/// <param name="Machines">What machines share.</param>
/// <param name="Build">The build.</param>
/// <param name="Boot">The request.</param>
/// <param name="Output">Folder for all logs.</param>
/// <param name="Variables">Environment of every test.</param>
/// <param name="Update">The update served, or <c>null</c>.</param>
/// <param name="Reporter">Tells the story.</param>
internal sealed record RunContext(
    MachineHost Machines,
    BuildUnderTest Build,
    BootRequest Boot,
    string Output,
    IReadOnlyDictionary<string, string> Variables,
    UpdateRepository? Update,
    IReporter Reporter
)
{
    /// <summary>Ignition configs that are merged last and so win over those of tests.</summary>
    public ValueList<string> LastConfigs { get; init; } = [];

    /// <summary>Whether units, console and journal of a machine may be in any state: only the test judges.</summary>
    public bool SkipBaseChecks { get; init; }

    /// <summary>A machine's shape for a group.</summary>
    public MachineOptions Options(TestGroup group) =>
        new()
        {
            Image = Build.Image,
            ImageFormat = Build.Format,
            Firmware = Boot.Firmware,
            MemoryMiB = group.MemoryMiB(Boot.MemoryMiB),
            DiskSize = group.DiskSize,
            Ignition = Ignition([
                .. group
                    .Tests.Select(t => t.Test)
                    .Where(t => t.ConfigKind != TestConfigKind.None)
                    .DistinctBy(t => t.Config)
                    .Select(TestConfigs.Ignition),
            ]),
        };

    /// <summary>The Ignition config with our key, what the user appends, and <paramref name="configs"/>.</summary>
    public string Ignition(IReadOnlyList<string> configs)
    {
        string[] appended = Boot.Ignition is { } path ? [TestConfigs.Ignition(path)] : [];
        return IgnitionConfigs.Merge(Machines.Key.Public, [.. appended, .. configs, .. LastConfigs]);
    }
}

/// <summary>
/// Runs the tests of one group on one machine; a machine that is lost fails the test it ran, the rest gets another. When the host is to blame the
/// test is run again, and its result says so.
/// </summary>
internal sealed class GroupRun(RunContext context, TestGroup group, MachineFork? fork)
{
    private const int MostStarts = 3;
    private static readonly TimeSpan OwnLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SharedLimit = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = context.Machines.Time;
    private readonly Dictionary<int, List<string>> _losses = [];

    /// <summary>Runs all tests.</summary>
    /// <param name="onResult">Told each result as it comes; returns whether to go on.</param>
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
        QemuMachine? machine = null;
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
            for (; at < group.Tests.Count && goOn; at++)
            {
                goOn = onResult(Result(group.Tests[at], Failed(group.Tests[at]), start, e.Message, "", output));
            }

            return (at, goOn);
        }
        finally
        {
            await (machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private async Task<QemuMachine> StartAsync(string output, IStep step, CancellationToken cancellationToken)
    {
        if (fork is not null)
        {
            var forked = await QemuMachine.StartAsync(context.Machines, fork, output, cancellationToken);
            step.Done();
            return forked;
        }

        return await BootAsync(context, context.Options(group), output, step, group.Tests.All(t => SkipsChecks(t.Test)), cancellationToken);
    }

    /// <summary>Starts a machine and waits for it to be up and well; a start that only the host's load broke is repeated.</summary>
    /// <exception cref="MachineFailedException">It will not come up, or its units are not well.</exception>
    public static async Task<QemuMachine> BootAsync(
        RunContext context,
        MachineOptions options,
        string output,
        IStep step,
        bool skipChecks,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var machine = await QemuMachine.StartAsync(context.Machines, options, output, cancellationToken);
            try
            {
                await WaitAsync(machine, step, skipChecks, cancellationToken);
                step.Done();
                return machine;
            }
            catch (MachineFailedException e) when (e.HostIsToBlame && attempt < MostStarts)
            {
                await machine.DisposeAsync();
                context.Reporter.Note($"{e.Message}; starting the machine again");
                File.Move(
                    Path.Combine(output, "console.txt"),
                    Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"console-start-{attempt}.txt"))
                );
            }
            catch (Exception e)
            {
                await machine.DisposeAsync();
                if (e is MachineFailedException)
                {
                    step.Fail(e.Message);
                }

                throw;
            }
        }
    }

    private static async Task WaitAsync(QemuMachine machine, IStep step, bool skipChecks, CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = TellAsync(machine, step, done.Token);
        try
        {
            await machine.WaitForSshAsync(cancellationToken);
            var problems = skipChecks
                ? []
                : await machine.GuardAsync(c => BaseChecks.RunAsync(machine, c), machine.Patience * 2, cancellationToken);
            problems = skipChecks ? [] : [.. problems, .. machine.Console.TakeMarks().Select(m => m.ToString())];
            if (problems.Count > 0)
            {
                throw new MachineFailedException(string.Join("; ", problems));
            }
        }
        finally
        {
            await done.CancelAsync();
            await telling;
        }
    }

    private static async Task TellAsync(QemuMachine machine, IStep step, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            step.Progress(0, 0, machine.Console.LastLine);
            await Task.Delay(TimeSpan.FromMilliseconds(250), CancellationToken.None);
        }
    }

    /// <summary>Runs a test; no result when it shall have another machine.</summary>
    private async Task<(TestResult? Result, bool Lost)> OneAsync(
        QemuMachine machine,
        JournalScanner journal,
        int index,
        long start,
        CancellationToken cancellationToken
    )
    {
        var selected = group.Tests[index];
        var test = selected.Test;
        var limit = context.Machines.Accelerator.Scale(
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
            var marks = SkipsChecks(test) ? [] : machine.Console.TakeMarks().Concat(journal.Take()).ToArray();
            var passed = outcome.Passed && marks.Length == 0;
            var reason = outcome.Passed ? marks.FirstOrDefault()?.ToString() ?? "" : outcome.Reason;
            End(step, passed, reason);
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
            return (Result(selected, Failed(selected), start, reason, run.Output, machine.OutputDirectory), true);
        }
    }

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
        using var moment = new CancellationTokenSource(context.Machines.Accelerator.Scale(TimeSpan.FromSeconds(3)), _time);
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
            Machine =
                group.Shared ? "shared"
                : fork is null ? "boot"
                : "fork",
        };
}
