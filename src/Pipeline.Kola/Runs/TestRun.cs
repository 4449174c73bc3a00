using System.Runtime.CompilerServices;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>Runs tests on as many machines at once as the budget allows.</summary>
/// <param name="context">The run.</param>
/// <param name="budget">What machines may use at once.</param>
internal sealed class TestRun(RunContext context, MachineBudget budget)
{
    /// <summary>Earlier runs: what took longest starts first, and what never ran before that.</summary>
    public TestHistory History { get; init; } = new([]);

    /// <summary>Whether groups go on after a failed test.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>Whether every machine boots instead of starting from a saved one.</summary>
    public bool NoFork { get; init; }

    /// <summary>Runs the tests; results come in the order of the groups, whatever ran beside what.</summary>
    /// <param name="tests">The tests that are to run.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public async IAsyncEnumerable<TestResult> RunAsync(
        IReadOnlyList<SelectedTest> tests,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var groups = TestGroup.Plan(tests).OrderByDescending(g => g.Expected(History) ?? TimeSpan.MaxValue).ToArray();
        var forks = !NoFork && context.Machines.CanSave && TestGroup.PaysToFork(groups, context.Shape, context.Machines.KeepsSaved);
        var saved = new TaskCompletionSource<ISavedMachine?>(TaskCreationOptions.RunContinuationsAsynchronously);
        List<MachineJob<TestResult>> jobs = forks ? [new(context.Shape, (_, token) => SaveAsync(saved, token))] : [];
        jobs.AddRange(groups.Select(g => Job(g, forks && g.CanFork(context.Shape) ? saved.Task : null)));
        try
        {
            await foreach (var result in new Scheduler(budget, context.Machines.DefaultCpus).RunAsync(jobs, cancellationToken))
            {
                yield return result;
                if (result.Outcome == TestOutcome.Fail && !KeepGoing)
                {
                    yield break;
                }
            }
        }
        finally
        {
            if (saved.Task.IsCompletedSuccessfully && await saved.Task is { } machine)
            {
                await machine.DisposeAsync();
            }
        }
    }

    private MachineJob<TestResult> Job(TestGroup group, Task<ISavedMachine?>? fork) =>
        new(
            group.Shape(context.Shape),
            async (give, token) =>
                await new GroupRun(context, group, fork is null ? null : await fork).RunAsync(
                    result =>
                    {
                        give(result);
                        return KeepGoing || result.Outcome != TestOutcome.Fail;
                    },
                    token
                )
        )
        {
            Ready = fork ?? Task.CompletedTask,
            Ports = group.Tests.SelectMany(t => t.Test.Header.HostPorts).Distinct().ToValueList(),
        };

    private async Task SaveAsync(TaskCompletionSource<ISavedMachine?> saved, CancellationToken cancellationToken)
    {
        try
        {
            saved.SetResult(await new ForkMaker(context).MakeAsync(cancellationToken));
        }
        finally
        {
            saved.TrySetCanceled(cancellationToken);
        }
    }
}
