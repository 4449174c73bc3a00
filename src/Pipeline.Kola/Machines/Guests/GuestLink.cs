namespace Pipeline.Kola.Machines.Guests;

/// <summary>Connects to the guest of a machine's current boot, as long as it takes.</summary>
internal delegate Task<IGuest> GuestConnector(CancellationToken cancellationToken);

/// <summary>The connection to a machine's guest, boot after boot, and its journal in <c>journal.txt</c>, <c>journal-2.txt</c>, ….</summary>
/// <param name="connect">Makes a connection.</param>
/// <param name="output">Folder of the journals.</param>
/// <param name="notice">
/// How long a guest that may be rebooting is waited for before the connection is made anew: a question that its last boot took is never
/// answered.
/// </param>
internal sealed class GuestLink(GuestConnector connect, string output, TimeSpan notice) : IAsyncDisposable
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

            var answer = await watch.GuardAsync(c => AskAsync(time, c), null, cancellationToken);
            if (answer is null)
            {
                await ConnectAsync(watch, patience, cancellationToken);
            }
            else if (answer.ExitCode == 0 && answer.Output != identity)
            {
                // A channel that outlives the boot has lost the journal all the same.
                await (ReferenceEquals(Guest, old) ? ConnectAsync(watch, patience, cancellationToken) : Task.CompletedTask);
                return;
            }
            else if (answer.ExitCode == 0)
            {
                old = Guest;
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

    /// <summary>The boot's identity, <c>null</c> without an answer. A connection that breaks meanwhile is no failure.</summary>
    private async Task<GuestResult?> AskAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(notice, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await Guest.RunAsync(GuestCommands.BootIdentity, default, either.Token);
        }
        catch (MachineFailedException e)
        {
            return new(255, "", e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
