using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class SchedulerTests
{
    private static readonly MachineShape Small = new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 };
    private static readonly MachineBudget Two = new(8192, 2, int.MaxValue);

    [Test, CancelAfter(60_000)]
    public async Task Results_come_in_the_order_of_the_jobs_whatever_order_they_end_in(CancellationToken cancellationToken)
    {
        var first = new TaskCompletionSource();
        List<MachineJob<string>> jobs =
        [
            new(
                Small,
                async (give, token) =>
                {
                    give("a1");
                    await first.Task.WaitAsync(token);
                    give("a2");
                }
            ),
            new(
                Small,
                (give, _) =>
                {
                    give("b");
                    first.SetResult();
                    return Task.CompletedTask;
                }
            ),
        ];

        Assert.That(await ReadAsync(new(Two, 1), jobs, cancellationToken), Is.EqualTo(["a1", "a2", "b"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task Jobs_that_want_the_same_port_of_the_host_wait_for_one_another(CancellationToken cancellationToken)
    {
        var seen = new List<string>();
        var third = new TaskCompletionSource();
        List<MachineJob<string>> jobs =
        [
            new(
                Small,
                async (give, token) =>
                {
                    await third.Task.WaitAsync(token); // ends only when a job without the port passed the second
                    lock (seen)
                    {
                        seen.Add("first");
                    }
                }
            )
            {
                Ports = [80, 81],
            },
            new(
                Small,
                (_, _) =>
                {
                    lock (seen)
                    {
                        seen.Add("second");
                    }

                    return Task.CompletedTask;
                }
            )
            {
                Ports = [81],
            },
            new(
                Small,
                (_, _) =>
                {
                    third.SetResult();
                    return Task.CompletedTask;
                }
            )
            {
                Ports = [82],
            },
        ];

        await ReadAsync(new(new(8192, 3, int.MaxValue), 1), jobs, cancellationToken);

        Assert.That(seen, Is.EqualTo(["first", "second"]));
    }

    [TestCase(8192, 2, null, 1, ExpectedResult = 2, TestName = "As many as there are processors")]
    [TestCase(8192, 2, 2, 1, ExpectedResult = 1, TestName = "Two processors each leave room for one")]
    [TestCase(2600, 8, null, 1, ExpectedResult = 2, TestName = "As many as there is memory for, with what QEMU needs")]
    [TestCase(8192, 8, null, 3, ExpectedResult = 2, TestName = "The provider's number of processors counts")]
    [TestCase(100, 1, 4, 1, ExpectedResult = 1, TestName = "A machine larger than the budget runs alone")]
    public async Task<int> The_budget_is_kept(int memory, int budgetCpus, int? cpus, int defaultCpus)
    {
        var gate = new Lock();
        var (now, most) = (0, 0);
        var jobs = Enumerable
            .Range(0, 6)
            .Select(i => new MachineJob<int>(
                Small with
                {
                    Cpus = cpus,
                },
                async (give, token) =>
                {
                    lock (gate)
                    {
                        most = Math.Max(most, ++now);
                    }

                    await Task.Delay(100, token);
                    give(i);
                    lock (gate)
                    {
                        now--;
                    }
                }
            ))
            .ToList();

        var results = await ReadAsync(new(new(memory, budgetCpus, int.MaxValue), defaultCpus), jobs, CancellationToken.None);

        Assert.That(results, Is.EqualTo([0, 1, 2, 3, 4, 5]));
        return most;
    }

    [Test]
    public async Task At_most_as_many_machines_as_asked_for()
    {
        var scheduler = new Scheduler(new(8192, 8, 1), 1);
        var alive = 0;
        var jobs = Enumerable.Range(0, 3).Select(_ => new MachineJob<int>(Small, (give, token) => CountAsync(give, token)));

        Assert.That(await ReadAsync(scheduler, [.. jobs], CancellationToken.None), Is.EqualTo([1, 1, 1]));

        async Task CountAsync(Action<int> give, CancellationToken token)
        {
            give(Interlocked.Increment(ref alive));
            await Task.Delay(20, token);
            Interlocked.Decrement(ref alive);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_job_that_is_not_ready_does_not_hold_up_the_others(CancellationToken cancellationToken)
    {
        var ready = new TaskCompletionSource();
        List<MachineJob<string>> jobs =
        [
            new(
                Small,
                (give, _) =>
                {
                    give("late");
                    return Task.CompletedTask;
                }
            )
            {
                Ready = ready.Task,
            },
            new(
                Small,
                (give, _) =>
                {
                    give("early");
                    ready.SetResult();
                    return Task.CompletedTask;
                }
            ),
        ];

        Assert.That(await ReadAsync(new(new(8192, 1, 1), 1), jobs, cancellationToken), Is.EqualTo(["late", "early"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_reader_that_stops_ends_all_jobs_and_waits_for_them(CancellationToken cancellationToken)
    {
        var ended = false;
        List<MachineJob<int>> jobs =
        [
            new(
                Small,
                (give, _) =>
                {
                    give(1);
                    return Task.CompletedTask;
                }
            ),
            new(
                Small,
                async (_, token) =>
                {
                    try
                    {
                        await Task.Delay(Timeout.Infinite, token);
                    }
                    finally
                    {
                        await Task.Delay(200, CancellationToken.None);
                        ended = true;
                    }
                }
            ),
        ];

        await foreach (var _ in new Scheduler(Two, 1).RunAsync(jobs, cancellationToken))
        {
            await Task.Delay(100, cancellationToken);
            break;
        }

        Assert.That(ended, Is.True);
    }

    [Test, CancelAfter(60_000)]
    public async Task The_failure_of_a_job_is_the_readers(CancellationToken cancellationToken)
    {
        List<MachineJob<int>> jobs = [new(Small, (_, _) => throw new InvalidDataException("x")), new(Small, (_, t) => Task.Delay(-1, t))];

        await Assert.ThatAsync(() => ReadAsync(new(Two, 1), jobs, cancellationToken), Throws.TypeOf<InvalidDataException>());
    }

    [TestCase("MemTotal:  99 kB\nMemAvailable:    3145728 kB\n", ExpectedResult = 3072)]
    [TestCase("MemAvailable: x kB\n", ExpectedResult = 0)]
    [TestCase("MemAvailable: 999999999999999999 kB\n", ExpectedResult = int.MaxValue / 2)]
    [TestCase("", ExpectedResult = 0)]
    public int The_free_memory_is_read(string text) => MachineBudget.AvailableMiB(text.Split('\n'));

    private static async Task<List<T>> ReadAsync<T>(Scheduler scheduler, List<MachineJob<T>> jobs, CancellationToken cancellationToken)
    {
        var results = new List<T>();
        await foreach (var result in scheduler.RunAsync(jobs, cancellationToken))
        {
            results.Add(result);
        }

        return results;
    }
}
