using Pipeline.Host.Net;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host.Net;

/// <summary>Servers that never fall silent and never come to an end either, on a clock of the test.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StallClockTests
{
    private readonly ManualClock _clock = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Test]
    public async Task A_byte_every_ten_seconds_is_too_slow()
    {
        using var clock = New();
        await using var drip = new Drip(_clock, TimeSpan.FromSeconds(10), 1);

        var slow = await Assert.ThrowsAsync<TimeoutException>(() => ReadAsync(clock, drip, 1000));

        Assert.That(slow.Message, Does.Contain("3 bytes in 30 s"));
    }

    [Test]
    public async Task A_burst_at_the_beginning_does_not_pay_for_the_rest()
    {
        using var clock = New();
        await using var fast = new Drip(_clock, TimeSpan.FromSeconds(1), 1 << 20);
        await ReadAsync(clock, fast, 31);
        await using var drip = new Drip(_clock, TimeSpan.FromSeconds(10), 1);

        await Assert.ThatAsync(() => ReadAsync(clock, drip, 8), Throws.InstanceOf<TimeoutException>());
    }

    [Test]
    public async Task A_slow_line_and_pauses_are_forgiven()
    {
        using var clock = New();
        await using var modem = new Drip(_clock, TimeSpan.FromSeconds(20), 64 * 1024);

        await Assert.ThatAsync(() => ReadAsync(clock, modem, 300), Throws.Nothing);
    }

    [Test]
    public async Task What_is_fast_enough_may_still_not_go_on_for_ever()
    {
        using var clock = New();
        await using var endless = new Drip(_clock, TimeSpan.FromSeconds(20), 64 * 1024);

        var late = await Assert.ThrowsAsync<TimeoutException>(() => ReadAsync(clock, endless, 1000));

        Assert.That(late.Message, Does.Contain("not complete after 120 minutes"));
    }

    private StallClock New() => new(TimeSpan.FromMinutes(5), _clock, CancellationToken.None) { Pace = Pace.Default };

    private static async Task ReadAsync(StallClock clock, Stream stream, int times)
    {
        var buffer = new byte[2 << 20];
        for (var i = 0; i < times; i++)
        {
            await clock.ReadAsync(stream, buffer);
        }
    }

    /// <summary>Every read takes time and gives a few bytes.</summary>
    private sealed class Drip(ManualClock clock, TimeSpan pause, int bytes) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            clock.Advance(pause);
            return ValueTask.FromResult(bytes);
        }
    }
}
