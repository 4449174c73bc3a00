using Pipeline.Host.Files;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Guests;
using Pipeline.TestKit.Machines;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GuestLinkTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task A_question_that_the_last_boot_took_is_asked_again_on_a_new_connection(CancellationToken cancellationToken)
    {
        var guests = new Queue<FakeGuest>([
            new(async (command, _, token) => command == GuestCommands.BootIdentity ? await NeverAsync(token) : Answer("journal 1")),
            new((command, _, _) => Task.FromResult(Answer(command == GuestCommands.BootIdentity ? "second" : "journal 2"))),
        ]);

        await RebootAsync(guests, cancellationToken);

        Assert.That(Journals(), Is.EqualTo(new[] { "journal 1", "journal 2" }));
    }

    /// <summary>A connection by the agent's channel may live on, but what was followed on it has ended with the boot.</summary>
    [Test, CancelAfter(60_000)]
    public async Task The_journal_is_followed_anew_on_a_connection_that_outlives_the_boot(CancellationToken cancellationToken)
    {
        var asked = 0;
        var guests = new Queue<FakeGuest>([
            new(
                (command, _, _) =>
                    Task.FromResult(
                        Answer(
                            command != GuestCommands.BootIdentity ? "journal 1"
                            : asked++ == 0 ? "first"
                            : "second"
                        )
                    )
            ),
            new((command, _, _) => Task.FromResult(Answer(command == GuestCommands.BootIdentity ? "second" : "journal 2"))),
        ]);

        await RebootAsync(guests, cancellationToken);

        Assert.That(Journals(), Is.EqualTo(new[] { "journal 1", "journal 2" }));
    }

    private async Task RebootAsync(Queue<FakeGuest> guests, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(_directory.File("console.txt"), "", cancellationToken);
        await using var console = new ConsoleFollower(_directory.File("console.txt"), TimeProvider.System);
        var watch = new MachineWatch(console, new TaskCompletionSource<string>().Task, emulated: false, TimeProvider.System);
        await using var link = new GuestLink(
            _ => Task.FromResult<IGuest>(guests.Dequeue()),
            _directory.Path,
            TimeSpan.FromMilliseconds(100)
        );
        await link.ConnectAsync(watch, Long, cancellationToken);

        await link.WaitForAnotherBootAsync(watch, "first", Long, TimeProvider.System, cancellationToken);

        Assert.That(guests, Is.Empty);
    }

    private string[] Journals() =>
        [.. Directory.GetFiles(_directory.Path, "journal*.txt").Order(StringComparer.Ordinal).Reverse().Select(File.ReadAllText)];

    private static GuestResult Answer(string text) => new(0, text, "");

    private static async Task<GuestResult> NeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return Answer("");
    }
}
