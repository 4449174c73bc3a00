using Pipeline.Host.Files;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MachineWatchTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TaskCompletionSource<string> _end = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Work_that_ends_gives_its_value(CancellationToken cancellationToken)
    {
        await using var console = Console();

        Assert.That(await Watch(console).GuardAsync(_ => Task.FromResult(7), null, cancellationToken), Is.EqualTo(7));
    }

    /// <summary>A machine that powers off breaks the guest's connection first; the reason is the power-off.</summary>
    [Test, CancelAfter(60_000)]
    public async Task The_end_of_the_machine_is_the_reason_when_the_guest_is_lost_just_before(CancellationToken cancellationToken)
    {
        await using var console = Console();
        var guarded = Watch(console)
            .GuardAsync(_ => Task.FromException<bool>(new MachineFailedException("the channel was closed")), null, cancellationToken);
        _end.SetResult("it powered off");

        Assert.That((await Assert.ThrowsAsync<MachineFailedException>(() => guarded))!.Message, Is.EqualTo("it powered off"));
    }

    [TestCase("Kernel panic - not syncing: Fatal exception in interrupt", true, ExpectedResult = true)]
    [TestCase("Kernel panic - not syncing: Fatal exception in interrupt", false, ExpectedResult = false)]
    [TestCase("Kernel panic - not syncing: IO-APIC + timer doesn't work", false, ExpectedResult = true)]
    [TestCase("Kernel panic - not syncing: no init", true, ExpectedResult = false)]
    public async Task<bool> A_fatal_line_ends_the_work_and_says_whether_the_host_is_to_blame(string line, bool emulated)
    {
        await using var console = Console();
        var ended = false;
        var guarded = Watch(console, emulated)
            .GuardAsync(
                async token =>
                {
                    try
                    {
                        await Task.Delay(Timeout.Infinite, token);
                    }
                    finally
                    {
                        ended = true;
                    }

                    return true;
                },
                null,
                CancellationToken.None
            );
        await File.AppendAllTextAsync(_directory.File("console.txt"), line + "\n");

        try
        {
            await guarded;
        }
        catch (MachineFailedException e)
        {
            Assert.That(ended, Is.True);
            Assert.That(e.Message, Does.Contain(line));
            return e.HostIsToBlame;
        }

        throw new AssertionException("the guard let it pass");
    }

    [Test, CancelAfter(60_000)]
    public async Task The_end_of_the_machine_ends_the_work_with_the_reason(CancellationToken cancellationToken)
    {
        await using var console = Console();
        var guarded = Watch(console).GuardAsync(ForeverAsync, null, cancellationToken);
        _end.SetResult("QEMU exited with 1: no space");

        await Assert.ThatAsync(() => guarded, Throws.TypeOf<MachineFailedException>().With.Message.EqualTo("QEMU exited with 1: no space"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Silence_counts_only_where_it_is_limited(CancellationToken cancellationToken)
    {
        await using var console = Console();
        await Assert.ThatAsync(
            () => Watch(console).GuardAsync(ForeverAsync, TimeSpan.FromMilliseconds(300), cancellationToken),
            Throws.TypeOf<MachineFailedException>().With.Message.StartsWith("no console progress for 0 s")
        );
        var quiet = Watch(console)
            .GuardAsync(
                async token =>
                {
                    await Task.Delay(1500, token);
                    return true;
                },
                null,
                cancellationToken
            );

        Assert.That(await quiet, Is.True);
    }

    /// <summary>A delay with a cancelled token completes at once.</summary>
    [Test, CancelAfter(60_000)]
    public async Task A_cancelled_guard_waits_for_its_work_without_spinning(CancellationToken cancellationToken)
    {
        var clock = new CountingClock();
        await using var console = new ConsoleFollower(_directory.File("console.txt"), clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var guarded = new MachineWatch(console, _end.Task, emulated: false, clock).GuardAsync(
            async token =>
            {
                // It ends a while after it was asked to, as a program that is being stopped does.
                await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => { }, TaskScheduler.Default);
                await Task.Delay(500, CancellationToken.None);
                token.ThrowIfCancellationRequested();
                return true;
            },
            TimeSpan.FromHours(1),
            stop.Token
        );

        await stop.CancelAsync();
        await Assert.CatchAsync<OperationCanceledException>(() => guarded);

        Assert.That(clock.Asked, Is.LessThan(100));
    }

    private ConsoleFollower Console() => new(_directory.File("console.txt"), TimeProvider.System);

    private MachineWatch Watch(ConsoleFollower console, bool emulated = false) => new(console, _end.Task, emulated, TimeProvider.System);

    private sealed class CountingClock : TimeProvider
    {
        private int _asked;

        public int Asked => _asked;

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _asked);
            return base.GetTimestamp();
        }
    }

    private static async Task<bool> ForeverAsync(CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return true;
    }
}
