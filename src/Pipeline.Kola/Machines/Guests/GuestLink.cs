namespace Pipeline.Kola.Machines.Guests;

/// <summary>Connects to the guest of a machine's current boot, as long as it takes.</summary>
internal delegate Task<IGuest> GuestConnector(CancellationToken cancellationToken);

/// <summary>The connection to a machine's guest, boot after boot, and its journal in <c>journal.txt</c>, <c>journal-2.txt</c>, ….</summary>
/// <param name="connect">Makes a connection.</param>
/// <param name="output">Folder of the journals.</param>
internal sealed class GuestLink(GuestConnector connect, string output) : IAsyncDisposable
{
    private const string Journal = "exec sudo journalctl --boot --no-pager --follow --lines=all --output=short-monotonic";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private IGuest? _guest;
#pragma warning disable CA2213 // disposed in DropAsync
    private IAsyncDisposable? _journal;
#pragma warning restore CA2213
    private int _journals;

    /// <summary>The guest of the current boot.</summary>
    public IGuest Guest => _guest ?? throw new InvalidOperationException("the machine is not up yet");

    /// <summary>Drops the old connection and makes a new one.</summary>
    public async Task ConnectAsync(MachineWatch watch, TimeSpan patience, CancellationToken cancellationToken)
    {
        await DropAsync();
        // Kept from inside the work, so that a connection made in the moment the machine is lost is dropped too.
        var guest = await watch.GuardAsync(async c => _guest = await connect(c), patience, cancellationToken);
        _journal = guest.Follow(Journal, Path.Combine(output, _journals++ == 0 ? "journal.txt" : $"journal-{_journals}.txt"));
    }

    /// <summary>
    /// Waits until the guest answers from another boot than <paramref name="identity"/> (see <see cref="GuestCommands.BootIdentity"/>).
    /// </summary>
    public async Task WaitForAnotherBootAsync(
        MachineWatch watch,
        string identity,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var start = time.GetTimestamp();
        var old = Guest;
        while (true)
        {
            await Task.WhenAny(Guest.Ended, Task.Delay(Look, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (Guest.Ended.IsCompleted)
            {
                await ConnectAsync(watch, patience, cancellationToken);
            }

            var answer = await watch.GuardAsync(AskAsync, null, cancellationToken);
            if (answer.ExitCode == 0 && answer.Output != identity)
            {
                // A channel that outlives the boot has lost the journal all the same.
                await (ReferenceEquals(Guest, old) ? ConnectAsync(watch, patience, cancellationToken) : Task.CompletedTask);
                return;
            }

            if (time.GetElapsedTime(start) > patience)
            {
                throw new MachineFailedException("the machine did not reboot");
            }
        }
    }

    /// <summary>Ends the connection but not the machine.</summary>
    public async Task DropAsync()
    {
        if (_journal is { } journal)
        {
            _journal = null;
            await journal.DisposeAsync();
        }

        if (_guest is { } guest)
        {
            _guest = null;
            await guest.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await DropAsync();

    /// <summary>The boot's identity; a connection may break while it is asked, which is what is waited for.</summary>
    private async Task<GuestResult> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Guest.RunAsync(GuestCommands.BootIdentity, default, cancellationToken);
        }
        catch (MachineFailedException e)
        {
            return new(255, "", e.Message);
        }
    }
}
