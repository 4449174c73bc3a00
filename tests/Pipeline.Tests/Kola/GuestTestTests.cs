using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using static Pipeline.Tests.Kola.ScriptedGuests;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GuestTestTests : IDisposable
{
    private readonly ScriptedGuests _guests = new();

    public void Dispose() => _guests.Dispose();

    [TestCase("reboot")]
    [TestCase("soft-reboot")]
    public async Task A_reboot_comes_back_with_its_mark_and_the_output_of_all_boots(string kind)
    {
        var marks = new List<string>();
        _guests.Unit = s =>
        {
            marks.Add(s.Mark);
            return Task.FromResult(
                marks.Count switch
                {
                    1 => Request($"{kind} one", "first\n"),
                    2 => Request($"{kind} two \"2\"", "second\n"),
                    _ => Success("third\n"),
                }
            );
        };

        var outcome = await RunAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome, Is.EqualTo(new GuestOutcome(true, "", "first\nsecond\nthird\n")));
            Assert.That(marks, Is.EqualTo(["", "one", "two \\\"2\\\""]));
        }
    }

    [TestCase("reboot")]
    [TestCase("reboot ")]
    [TestCase("format-disk x")]
    [TestCase("reboot a\u0007")]
    public async Task A_request_that_is_none_fails_the_test_and_reboots_nothing(string requested)
    {
        _guests.Unit = _ => Task.FromResult(Request(requested));

        var outcome = await RunAsync();

        Assert.That(outcome.Passed, Is.False);
        Assert.That(outcome.Reason, Does.Contain("not a reboot with a mark"));
    }

    [Test]
    public async Task Endless_reboots_end()
    {
        var boots = 0;
        _guests.Unit = _ => Task.FromResult(Request($"reboot {++boots}"));

        var outcome = await RunAsync();

        Assert.That(outcome.Reason, Is.EqualTo("the test rebooted more than 100 times"));
        Assert.That(boots, Is.EqualTo(101));
    }

    [Test]
    public async Task A_reboot_that_does_not_happen_is_a_lost_machine()
    {
        _guests.Unit = _ => Task.FromResult(Request("reboot x"));
        _guests.Other = (_, command) => command.Contains("/run/kola/ack", StringComparison.Ordinal) ? new(0, "", "") : null;

        await Assert.ThatAsync(RunAsync, Throws.TypeOf<MachineFailedException>());
    }

    [Test]
    public async Task Output_is_bounded_and_keeps_its_end()
    {
        _guests.Unit = _ => Task.FromResult(Success(new string('x', 300_000) + "end"));

        var outcome = await RunAsync();

        Assert.That(outcome.Output, Has.Length.EqualTo(256 * 1024).And.EndsWith("xend"));
    }

    [Test]
    public async Task A_runner_that_fails_is_a_lost_machine_with_its_last_line()
    {
        _guests.Other = (_, command) =>
            command.Contains(GuestPackage.Runner, StringComparison.Ordinal) ? new(2, "", "tar: short\ntar: no space left\n") : null;

        await Assert.ThatAsync(
            RunAsync,
            Throws
                .TypeOf<MachineFailedException>()
                .With.Message.EqualTo("running the test's unit failed in the machine with exit code 2: tar: no space left")
        );
    }

    private async Task<GuestOutcome> RunAsync()
    {
        var context = _guests.Context();
        await using var machine = await context.Machines.StartAsync(new(context.Shape, null, _guests.Output), CancellationToken.None);
        await machine.WaitForGuestAsync(CancellationToken.None);
        var test = new GuestTest(machine, SelectionTests.Test("ext.p.a"), 0, mayReboot: true);
        return await test.RunAsync(new Dictionary<string, string>(), Array.Empty<TestDataFile>(), CancellationToken.None);
    }
}
