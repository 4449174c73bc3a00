namespace Pipeline.Kola.Machines;

/// <summary>
/// The OS of one boot of a machine: commands by a user who may sudo without a password. A seam; what a guest answers is untrusted, bounded,
/// and never reaches a shell on this host.
/// </summary>
public interface IGuest : IAsyncDisposable
{
    /// <summary>How it is reached: <c>ssh</c> or <c>guest agent</c>.</summary>
    string Channel { get; }

    /// <summary>What stands before a command that root has to run; empty where every command is root's.</summary>
    string AsRoot => "sudo ";

    /// <summary>Completes when the connection has ended, as it does when the guest reboots.</summary>
    Task Ended { get; }

    /// <summary>Runs a shell command; any exit code is an answer.</summary>
    /// <param name="command">For <c>sh -c</c> in the guest.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="cancellationToken">Ends the waiting; the command may go on in the guest.</param>
    /// <exception cref="MachineFailedException">The guest answered with something that cannot be used, or too much.</exception>
    Task<GuestResult> RunAsync(string command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a command whose output is appended to a file on this host as it comes; it runs until disposed, or to its end.
    /// </summary>
    IAsyncDisposable Follow(string command, string outputFile);
}

/// <summary>What a command in the guest gave back.</summary>
/// <param name="ExitCode">Its exit code; 255 also when the connection was lost.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">The end of standard error.</param>
public sealed record GuestResult(int ExitCode, string Output, string Error);

/// <summary>Commands that every kind of guest is sent.</summary>
public static class GuestCommands
{
    /// <summary>Two lines that differ between any two boots, soft ones included.</summary>
    public const string BootIdentity =
        "cat /proc/sys/kernel/random/boot_id; systemctl show --property=SoftRebootsCount --value 2>/dev/null; true";

    /// <summary>Runs a command of our own that must work and returns its output.</summary>
    /// <param name="guest">Where.</param>
    /// <param name="what">Names the step in the error.</param>
    /// <param name="command">Shell command.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MachineFailedException">It failed.</exception>
    public static async Task<string> MustAsync(
        this IGuest guest,
        string what,
        string command,
        ReadOnlyMemory<byte> input,
        CancellationToken cancellationToken
    )
    {
        var result = await guest.RunAsync(command, input, cancellationToken);
        return result.ExitCode == 0
            ? result.Output
            : throw new MachineFailedException(
                $"{what} failed in the machine with exit code {result.ExitCode}: "
                    + LastLine(result.Error.Length > 0 ? result.Error : result.Output)
            );
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last.Trim() : "";
}
