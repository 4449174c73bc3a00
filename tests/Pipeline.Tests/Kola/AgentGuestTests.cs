using System.Text;
using Pipeline.Host.Files;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Guests;
using Pipeline.TestKit.Machines;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AgentGuestTests : IDisposable
{
    private static readonly AgentPatience Patience = new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20));
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeGuestAgent _agent = new();

    public void Dispose()
    {
        _agent.Dispose();
        _directory.Dispose();
    }

    [Test, CancelAfter(120_000)]
    public async Task It_keeps_the_contract_of_guests_whatever_stood_in_the_channel(CancellationToken cancellationToken)
    {
        await using var guest = await AgentGuest.ConnectAsync(_agent.Path, Patience, TimeProvider.System, cancellationToken);

        await MachineContract.CheckGuestAsync(guest, _directory.Path, cancellationToken);
        Assert.That(guest.Channel, Is.EqualTo("guest agent"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_command_that_is_given_up_does_not_answer_the_next_one(CancellationToken cancellationToken)
    {
        await using var guest = await AgentGuest.ConnectAsync(_agent.Path, Patience, TimeProvider.System, cancellationToken);
        for (var i = 0; i < 5; i++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stop.CancelAfter(TimeSpan.FromMilliseconds(5 * i));
            try
            {
                await guest.RunAsync("sleep 0.1; echo first", default, stop.Token);
            }
            catch (OperationCanceledException)
            {
                // What this is about.
            }

            Assert.That((await guest.RunAsync($"echo {i}", default, cancellationToken)).Output, Is.EqualTo($"{i}\n"));
        }
    }

    [TestCase("{\"return\": {\"pid\": \"x\"}}\n", "cannot be used")]
    [TestCase("{\"return\": {\"pid\": 99999999999}}\n", "cannot be used")]
    [TestCase("[1]\n", "not a JSON object")]
    [TestCase("\0\u0001\n", "not a JSON object")]
    [TestCase("{\"error\": {\"desc\": \"disabled\"}}\n", "refused 'guest-exec': disabled")]
    [TestCase("", "did not answer 'guest-exec' in time")]
    public async Task A_hostile_answer_is_a_lost_machine(string answer, string expected)
    {
        _agent.Hostile = command => command == "guest-exec" ? Encoding.Latin1.GetBytes(answer) : null;
        await using var guest = await AgentGuest.ConnectAsync(
            _agent.Path,
            Patience with
            {
                Answer = TimeSpan.FromSeconds(answer.Length == 0 ? 3 : 60),
            },
            TimeProvider.System,
            CancellationToken.None
        );

        await Assert.ThatAsync(
            async () => await guest.RunAsync("true", default, CancellationToken.None),
            Throws.TypeOf<MachineFailedException>().With.Message.Contains(expected)
        );
    }

    [Test, CancelAfter(120_000)]
    public async Task An_answer_may_take_longer_than_the_handshake(CancellationToken cancellationToken)
    {
        _agent.Delay = command => command == "guest-exec-status" ? TimeSpan.FromSeconds(7) : TimeSpan.Zero;
        var patience = Patience with { Handshake = TimeSpan.FromSeconds(5) };
        await using var guest = await AgentGuest.ConnectAsync(_agent.Path, patience, TimeProvider.System, cancellationToken);

        Assert.That((await guest.RunAsync("echo late", default, cancellationToken)).Output, Is.EqualTo("late\n"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_line_without_end_is_cut_off_and_ends_the_connection(CancellationToken cancellationToken)
    {
        _agent.Hostile = command => command == "guest-exec" ? Encoding.ASCII.GetBytes(new string('x', 40 * 1024 * 1024)) : null;
        await using var guest = await AgentGuest.ConnectAsync(_agent.Path, Patience, TimeProvider.System, cancellationToken);

        await Assert.ThatAsync(
            async () => await guest.RunAsync("true", default, cancellationToken),
            Throws.TypeOf<MachineFailedException>().With.Message.Contains("more than 33554432 bytes")
        );
        Assert.That(guest.Ended.IsCompleted, Is.True);
    }

    [Test, CancelAfter(60_000)]
    public async Task An_OS_without_an_agent_is_reached_by_the_other_way(CancellationToken cancellationToken)
    {
        var other = new FakeGuest((_, _, _) => Task.FromResult(new GuestResult(0, "", "")));

        var guest = await FirstGuest.ConnectAsync(
            [
                c => AgentGuest.ConnectAsync(_directory.File("nobody"), Patience, TimeProvider.System, c),
                async c =>
                {
                    await Task.Delay(200, c);
                    return other;
                },
            ],
            cancellationToken
        );

        Assert.That(guest, Is.SameAs(other));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_slower_way_is_dropped(CancellationToken cancellationToken)
    {
        var slow = new FakeGuest((_, _, _) => Task.FromResult(new GuestResult(0, "", "")));

        await using var guest = await FirstGuest.ConnectAsync(
            [
                c => AgentGuest.ConnectAsync(_agent.Path, Patience, TimeProvider.System, c),
                async c =>
                {
                    await Task.Delay(Timeout.Infinite, c).ContinueWith(_ => { }, TaskScheduler.Default);
                    return slow;
                },
            ],
            cancellationToken
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(guest.Channel, Is.EqualTo("guest agent"));
            Assert.That(slow.Ended.IsCompleted, Is.True);
        }
    }
}
