using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using static Pipeline.Tests.Kola.ScriptedGuests;

namespace Pipeline.Tests.Kola;

/// <summary>Whole runs on fake machines: forks, order, parallel machines, the first failure.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TestRunTests : IDisposable
{
    private static readonly MachineBudget Two = new(65536, 2, int.MaxValue);
    private readonly ScriptedGuests _guests = new();

    public void Dispose() => _guests.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Machines_start_from_one_that_was_saved_and_cold_ones_boot_beside_it(CancellationToken cancellationToken)
    {
        var tests = Chosen(("a", new()), ("b", new()), ("cold", new() { Tags = ["cold-boot"] }), ("s", new() { Exclusive = false }));

        var results = await RunAsync(tests, Two, false, false, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                results.Select(r => $"{r.Name} {r.Outcome} {r.Machine}"),
                Is.EqualTo(["s Pass shared", "a Pass fork", "b Pass fork", "cold Pass boot"])
            );
            Assert.That(
                _guests.Machines.Events.Where(e => !e.StartsWith("end", StringComparison.Ordinal)),
                Is.EquivalentTo(["boot base", "boot cold", "fork shared-0", "fork a", "fork b", "saved machine dropped"])
            );
            Assert.That(_guests.Machines.Events[^1], Is.EqualTo("saved machine dropped"));
            Assert.That(_guests.Machines.MostAlive, Is.LessThanOrEqualTo(2));
            Assert.That(_guests.Machines.Alive, Is.Zero);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task One_machine_is_not_saved_for_and_no_fork_boots_all(CancellationToken cancellationToken)
    {
        var one = await RunAsync(Chosen(("a", new())), Two, false, false, cancellationToken);
        var events = _guests.Machines.Events;
        var two = await RunAsync(Chosen(("a", new()), ("b", new())), Two, false, noFork: true, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(one[0].Machine, Is.EqualTo("boot"));
            Assert.That(events, Is.EqualTo(["boot a", "end a"]));
            Assert.That(two.Select(r => r.Machine), Is.All.EqualTo("boot"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task One_machine_is_saved_for_where_later_runs_start_from_it(CancellationToken cancellationToken)
    {
        var context = _guests.Context(keepsSaved: true);
        var results = new List<TestResult>();
        await foreach (var result in new TestRun(context, Two).RunAsync(Chosen(("a", new())), cancellationToken))
        {
            results.Add(result);
        }

        Assert.That(results.Select(r => r.Machine), Is.EqualTo(["fork"]));
    }

    [TestCase(true, "Pass", ""), TestCase(false, "Fail", "bad state"), CancelAfter(60_000)]
    public async Task A_saved_machine_of_an_earlier_run_that_does_not_start_is_discarded(
        bool old,
        string outcome,
        string reason,
        CancellationToken cancellationToken
    )
    {
        var saved = new Damaged { IsOld = old };
        var group = TestGroup.Plan(Chosen(("a", new()))).Single();
        var results = new List<TestResult>();

        await new GroupRun(_guests.Context(), group, saved).RunAsync(
            r =>
            {
                results.Add(r);
                return true;
            },
            cancellationToken
        );

        Assert.That(results.Select(r => ($"{r.Outcome}", r.Reason)), Is.EqualTo([(outcome, reason)]));
        Assert.That(saved.Discarded, Is.EqualTo(old));
    }

    private sealed class Damaged : ISavedMachine
    {
        public bool IsOld { get; init; }

        public bool Discarded { get; private set; }

        public MachineShape Shape => new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 };

        public void Discard() => Discarded = true;

        public Task<IMachine> StartAsync(string output, CancellationToken cancellationToken) =>
            throw new MachineFailedException("bad state");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Test, CancelAfter(60_000)]
    public async Task Where_the_machine_to_save_does_not_come_up_the_tests_boot_themselves(CancellationToken cancellationToken)
    {
        _guests.Booting = m => _ = m.Name == "base" ? throw new MachineFailedException("no luck") : m;

        var results = await RunAsync(Chosen(("a", new()), ("b", new())), Two, false, false, cancellationToken);

        Assert.That(results.Select(r => $"{r.Outcome} {r.Machine}"), Is.All.EqualTo("Pass boot"));
    }

    [TestCase(1), TestCase(2), TestCase(8), CancelAfter(60_000)]
    public async Task The_first_failure_ends_the_run_the_same_way_however_many_machines_run(int cpus, CancellationToken cancellationToken)
    {
        _guests.Unit = async s =>
        {
            // The later test fails sooner; the report must not depend on that.
            await Task.Delay(s.Test == "b" ? 300 : 10, s.Token);
            return s.Test is "b" or "d" ? Failure("x\n") : Success();
        };
        var tests = Chosen(("a", new()), ("b", new()), ("c", new()), ("d", new()), ("e", new()));

        var results = await RunAsync(tests, Two with { Cpus = cpus }, keepGoing: false, noFork: true, cancellationToken);

        Assert.That(results.Select(r => $"{r.Name} {r.Outcome}"), Is.EqualTo(["a Pass", "b Fail"]));
        Assert.That(_guests.Machines.Alive, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Keep_going_runs_all(CancellationToken cancellationToken)
    {
        _guests.Unit = s => Task.FromResult(s.Test == "a" ? Failure("x\n") : Success());

        var results = await RunAsync(Chosen(("a", new()), ("b", new())), Two, keepGoing: true, noFork: true, cancellationToken);

        Assert.That(results.Select(r => $"{r.Name} {r.Outcome}"), Is.EqualTo(["a Fail", "b Pass"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_header_shapes_the_machine(CancellationToken cancellationToken)
    {
        MachineShape? shape = null;
        _guests.Booting = m => shape = m.Shape;

        await RunAsync(Chosen(("a", new() { MinMemory = 3000, MinDisk = 20 })), Two, false, false, cancellationToken);

        Assert.That((shape!.MemoryMiB, shape.SystemDisk.Size!.Value.Bytes), Is.EqualTo((3000, 20L << 30)));
    }

    private async Task<List<TestResult>> RunAsync(
        IReadOnlyList<SelectedTest> tests,
        MachineBudget budget,
        bool keepGoing,
        bool noFork,
        CancellationToken cancellationToken
    )
    {
        var results = new List<TestResult>();
        var run = new TestRun(_guests.Context(), budget) { KeepGoing = keepGoing, NoFork = noFork };
        await foreach (var result in run.RunAsync(tests, cancellationToken))
        {
            results.Add(result);
        }

        return results;
    }
}
