using System.Text;
using NUnit.Framework;
using Pipeline.Kola.Machines;

namespace Pipeline.TestKit.Machines;

/// <summary>What every <see cref="IMachine"/> and <see cref="IGuest"/> promises; each implementation is run through it.</summary>
public static class MachineContract
{
    /// <summary>Runs a fresh machine through its whole life: boot, commands, reboot, power-off, end.</summary>
    public static async Task CheckAsync(IMachine machine, CancellationToken cancellationToken)
    {
        Assert.That(() => machine.Guest, Throws.InvalidOperationException, "no guest before the boot");
        await machine.WaitForGuestAsync(cancellationToken);
        await CheckGuestAsync(machine.Guest, machine.OutputDirectory, cancellationToken);
        Assert.That(machine.Access.Ssh, Does.StartWith("ssh "), "a machine that is up says how a person reaches it");
        Assert.That(machine.Access.Console, Is.EqualTo(Path.Combine(machine.OutputDirectory, "console.txt")));
        Assert.That(await machine.GuardAsync(_ => Task.FromResult(42), null, cancellationToken), Is.EqualTo(42));

        var before = await IdentityAsync(machine, cancellationToken);
        Assert.That(await IdentityAsync(machine, cancellationToken), Is.EqualTo(before), "one boot has one identity");
        await machine.RebootAsync(MachineReboot.Hard, c => machine.Guest.RunAsync("sudo systemctl reboot", default, c), cancellationToken);
        Assert.That(await IdentityAsync(machine, cancellationToken), Is.Not.EqualTo(before), "a reboot is another boot");

        await Assert.ThatAsync(
            async () =>
                await machine.GuardAsync(
                    async c =>
                    {
                        await machine.Guest.RunAsync("sudo systemctl poweroff", default, c);
                        await Task.Delay(Timeout.Infinite, c);
                        return true;
                    },
                    null,
                    cancellationToken
                ),
            Throws.TypeOf<MachineFailedException>().With.Message.Contains("powered off")
        );
        await machine.DisposeAsync();
        await machine.DisposeAsync();
        Assert.That(File.Exists(Path.Combine(machine.OutputDirectory, "console.txt")), Is.True);
    }

    /// <summary>Cancelling a guard is the caller's cancellation, not a loss of the machine, and ends the work.</summary>
    public static async Task CheckCancellationAsync(IMachine machine, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = false;
        var guarded = machine.GuardAsync(
            async c =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, c);
                }
                finally
                {
                    ended = true;
                }

                return true;
            },
            null,
            stop.Token
        );
        await stop.CancelAsync();
        await Assert.ThatAsync(async () => await guarded, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => ended, Is.True.After(5000, 10));
    }

    /// <summary>Commands, exit codes, input, and a followed command.</summary>
    /// <param name="guest">A guest that is up.</param>
    /// <param name="directory">A directory for files on this host.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public static async Task CheckGuestAsync(IGuest guest, string directory, CancellationToken cancellationToken)
    {
        Assert.That(guest.Ended.IsCompleted, Is.False);
        var both = await guest.RunAsync("printf 'it'\\''s out'; echo err >&2; exit 7", default, cancellationToken);
        Assert.That((both.ExitCode, both.Output, both.Error), Is.EqualTo((7, "it's out", "err")));

        var text = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i:x8}\n"));
        var echoed = await guest.RunAsync("cat", Encoding.UTF8.GetBytes(text), cancellationToken);
        Assert.That(echoed.Output == text, Is.True, "input arrives whole and comes back whole");

        var file = Path.Combine(directory, "followed.txt");
        await using var follower = guest.Follow("printf 'line one\\n'; printf 'line two\\n'", file);
        Assert.That(() => ReadShared(file), Is.EqualTo("line one\nline two\n").After(60_000, 50));
    }

    private static string ReadShared(string path)
    {
        if (!File.Exists(path))
        {
            return "";
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static Task<string> IdentityAsync(IMachine machine, CancellationToken cancellationToken) =>
        machine.Guest.MustAsync("reading the boot id", GuestCommands.BootIdentity, default, cancellationToken);
}
