using Pipeline.Host.Tools;

namespace Pipeline.Kola.Machines;

/// <summary>How a guest begins anew.</summary>
public enum MachineReboot
{
    /// <summary>Through firmware, boot loader and kernel.</summary>
    Hard,

    /// <summary>User space only (<c>systemctl soft-reboot</c>).</summary>
    Soft,
}

/// <summary>One machine from its start to its end. Disposing ends it in order: journal, connection, machine; nothing of it stays.</summary>
public interface IMachine : IAsyncDisposable
{
    /// <summary>Its shape.</summary>
    MachineShape Shape { get; }

    /// <summary>The folder with <c>console.txt</c>, <c>journal.txt</c> and <c>ignition.json</c>.</summary>
    string OutputDirectory { get; }

    /// <summary>The OS of the current boot, once it is up.</summary>
    /// <exception cref="InvalidOperationException">It is not up.</exception>
    IGuest Guest { get; }

    /// <summary>How long its console may be silent before a boot counts as stuck.</summary>
    TimeSpan Patience { get; }

    /// <summary>How a person reaches it from another terminal while it runs.</summary>
    MachineAccess Access { get; }

    /// <summary>The last line on the console with text on it; untrusted text.</summary>
    string LastLine { get; }

    /// <summary>Broken things seen on the console since the last call, one line each; a shared machine is asked once per test.</summary>
    IReadOnlyList<string> TakeMarks();

    /// <summary>
    /// Waits until the guest answers; ends early with the first fatal console line, the machine's end, or a silent console.
    /// </summary>
    /// <exception cref="MachineFailedException">The machine will not come up.</exception>
    Task WaitForGuestAsync(CancellationToken cancellationToken);

    /// <summary>Runs <paramref name="begin"/>, which makes the guest reboot, and waits for the guest of the next boot.</summary>
    /// <exception cref="MachineFailedException">It did not reboot, or will not come up.</exception>
    Task RebootAsync(MachineReboot kind, Func<CancellationToken, Task> begin, CancellationToken cancellationToken);

    /// <summary>Runs work against the guest; ends it when the machine is lost meanwhile.</summary>
    /// <param name="work">The work; its token is cancelled when the machine is lost.</param>
    /// <param name="silence">How long the console may be silent, or <c>null</c> when silence is fine (a test may work quietly).</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="MachineFailedException">The machine was lost; the message has the reason and the line.</exception>
    Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan? silence, CancellationToken cancellationToken);

    /// <summary>A call of the OpenSSH client that reaches the guest on a connection of its own; waits for the guest's server.</summary>
    /// <param name="options">Further options, for example <c>-t</c>.</param>
    /// <param name="command">A shell command, or <c>null</c> for a login shell.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MachineFailedException">The machine was lost.</exception>
    Task<ToolCommand> SshCommandAsync(IReadOnlyList<string> options, string? command, CancellationToken cancellationToken);

    /// <summary>Stops a machine that is up and saves its memory and disk; the machine is of no further use but to be disposed.</summary>
    /// <exception cref="MachineFailedException">The machine was lost, or could not be saved in a reasonable time.</exception>
    /// <exception cref="NotSupportedException">The provider's <see cref="IMachineProvider.CanSave"/> is false.</exception>
    Task<ISavedMachine> SaveAsync(CancellationToken cancellationToken);
}

/// <summary>Ways into a machine for a person, as they are pasted into a shell.</summary>
/// <param name="Ssh">A call of ssh; <c>null</c> while the address is not known.</param>
/// <param name="Console">File with what the serial console printed.</param>
/// <param name="Serial">Socket of the serial console, both ways; <c>null</c> for none.</param>
/// <param name="Monitor">Socket of QEMU's control protocol for people; <c>null</c> for none.</param>
public sealed record MachineAccess(string? Ssh, string Console, string? Serial, string? Monitor);

/// <summary>A machine that was up, stopped and saved. Any number of machines start from it, each with a disk of its own.</summary>
public interface ISavedMachine : IAsyncDisposable
{
    /// <summary>The shape every machine started from it has.</summary>
    MachineShape Shape { get; }

    /// <summary>Whether an earlier run saved it. One that does not start is to be discarded, and the machine booted.</summary>
    bool IsOld => false;

    /// <summary>No later run gets it.</summary>
    void Discard() { }

    /// <summary>Starts a machine from it; returns when its guest answers and has the right time.</summary>
    /// <param name="output">Folder for its logs; made when missing.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="MachineFailedException">It did not start.</exception>
    Task<IMachine> StartAsync(string output, CancellationToken cancellationToken);
}

/// <summary>The machine cannot go on; becomes a failed test or PL4006, never a stack trace.</summary>
public sealed class MachineFailedException(string reason) : Exception(reason)
{
    /// <summary>Whether the load of the host or its emulation is to blame, so that another start is worth it.</summary>
    public bool HostIsToBlame { get; init; }
}
