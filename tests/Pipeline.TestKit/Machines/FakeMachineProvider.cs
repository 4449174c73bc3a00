using System.Collections.Concurrent;
using Pipeline.Kola.Machines;

namespace Pipeline.TestKit.Machines;

/// <summary>Makes machines in memory and keeps what happened to them.</summary>
public sealed class FakeMachineProvider : IMachineProvider
{
    private readonly ConcurrentQueue<string> _events = new();
    private readonly Lock _gate = new();
    private int _alive;

    /// <inheritdoc/>
    public string Platform { get; init; } = "fake";

    /// <inheritdoc/>
    public string Description => "fake machines";

    /// <inheritdoc/>
    public double Slowness { get; init; } = 1;

    /// <inheritdoc/>
    public int DefaultCpus => 1;

    /// <inheritdoc/>
    public MachineNetwork Network { get; init; } = new("192.0.2.1");

    /// <inheritdoc/>
    public string PublicKey => "ssh-ed25519 AAAA fake";

    /// <inheritdoc/>
    public bool CanSave { get; init; } = true;

    /// <inheritdoc/>
    public bool KeepsSaved { get; init; }

    /// <summary>Why a shape cannot be had; none by default.</summary>
    public Func<MachineShape, string> Lacking { get; init; } = _ => "";

    /// <summary>Socket of the serial console of its machines; none by default.</summary>
    public string? Serial { get; init; }

    /// <summary>Called for each boot, before the guest is up; may lose the machine by an exception.</summary>
    public Action<FakeMachine> Booting { get; init; } = _ => { };

    /// <summary>
    /// Gives the guest's answers; <c>null</c> for those of every fake: boot id, reset and power-off, healthy units, else this host's shell.
    /// </summary>
    public Func<FakeMachine, string, ReadOnlyMemory<byte>, CancellationToken, Task<GuestResult?>> Answer { get; init; } =
        (_, _, _, _) => Task.FromResult<GuestResult?>(null);

    /// <summary>What happened: <c>boot NAME</c>, <c>fork NAME</c>, <c>end NAME</c>.</summary>
    public IReadOnlyList<string> Events => [.. _events];

    /// <summary>The most machines that lived at once.</summary>
    public int MostAlive { get; private set; }

    /// <summary>Machines that live now.</summary>
    public int Alive => _alive;

    /// <inheritdoc/>
    public string Lacks(MachineShape shape) => Lacking(shape);

    /// <inheritdoc/>
    public Task<IMachine> StartAsync(MachineStart start, CancellationToken cancellationToken) =>
        Lacks(start.Shape) is { Length: > 0 } lack
            ? throw new MachineFailedException(lack)
            : Task.FromResult<IMachine>(Start(start, forked: false));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal void Note(string text) => _events.Enqueue(text);

    internal FakeMachine Start(MachineStart start, bool forked)
    {
        var machine = new FakeMachine(this, start, forked);
        lock (_gate)
        {
            MostAlive = Math.Max(MostAlive, ++_alive);
        }

        Note($"{(forked ? "fork" : "boot")} {machine.Name}");
        return machine;
    }

    internal void Ended(FakeMachine machine)
    {
        lock (_gate)
        {
            _alive--;
        }

        Note($"end {machine.Name}");
    }

    internal async Task<GuestResult> AnswerAsync(
        FakeMachine machine,
        string command,
        ReadOnlyMemory<byte> input,
        CancellationToken cancellationToken
    )
    {
        if (await Answer(machine, command, input, cancellationToken) is { } answer)
        {
            return answer;
        }

        if (command.Contains("systemctl reboot", StringComparison.Ordinal))
        {
            machine.Reset();
            return new(255, "", "");
        }

        if (command.Contains("systemctl poweroff", StringComparison.Ordinal))
        {
            machine.Lose("the guest powered off; last console line: login:");
            return new(255, "", "");
        }

        return command == GuestCommands.BootIdentity ? new(0, machine.BootIdentity, "")
            : command.Contains("is-system-running", StringComparison.Ordinal) ? new(0, $"{machine.BootIdentity}\n", "")
            : command.Contains("journalctl", StringComparison.Ordinal) ? new(0, "", "")
            : await FakeGuest.ShellAsync(command, input, cancellationToken);
    }
}
