namespace Pipeline.Kola.Machines;

/// <summary>
/// Makes machines of one image in one place: QEMU on this host, or a cloud. A seam; <c>MachineContract</c> is the contract of every
/// implementation.
/// </summary>
public interface IMachineProvider : IAsyncDisposable
{
    /// <summary>The platform the guest finds itself on, as in <c>ignition.platform.id</c>.</summary>
    string Platform { get; }

    /// <summary>What runs the machines, for people.</summary>
    string Description { get; }

    /// <summary>How much slower than on current hardware guests run; at least 1. Waits are scaled by it.</summary>
    double Slowness { get; }

    /// <summary>Virtual CPUs of a machine that does not ask for a number.</summary>
    int DefaultCpus { get; }

    /// <summary>How guests reach this host.</summary>
    MachineNetwork Network { get; }

    /// <summary>The public ssh key that a machine's Ignition config has to admit.</summary>
    string PublicKey { get; }

    /// <summary>Whether <see cref="IMachine.SaveAsync"/> works, so that machines can start from a saved one.</summary>
    bool CanSave { get; }

    /// <summary>How many machines it runs at once; <c>null</c> when this host runs them, and its cores and memory decide.</summary>
    int? AtOnce => null;

    /// <summary>Whether later runs start from machines that this one saved, so that it pays to save one for a single test.</summary>
    bool KeepsSaved => false;

    /// <summary>
    /// A saved machine: that of an earlier run where the provider keeps them, or else that which <paramref name="boot"/> boots.
    /// </summary>
    /// <param name="start">The machine.</param>
    /// <param name="point">One word: how far the machine has come when <paramref name="boot"/> returns.</param>
    /// <param name="boot">Boots it as <paramref name="start"/> says.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="MachineFailedException">It did not come up, or could not be saved.</exception>
    /// <exception cref="NotSupportedException"><see cref="CanSave"/> is false.</exception>
    async Task<ISavedMachine> SavedAsync(
        MachineStart start,
        string point,
        Func<CancellationToken, Task<IMachine>> boot,
        CancellationToken cancellationToken
    )
    {
        await using var machine = await boot(cancellationToken);
        return await machine.SaveAsync(cancellationToken);
    }

    /// <summary>Why no machine of that shape can be made here; empty when one can.</summary>
    string Lacks(MachineShape shape);

    /// <summary>Starts a machine; returns when it runs, long before the guest is up.</summary>
    /// <exception cref="MachineFailedException">It did not start.</exception>
    Task<IMachine> StartAsync(MachineStart start, CancellationToken cancellationToken);
}

/// <summary>One machine to start.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Ignition">The Ignition config; <c>null</c> boots without one.</param>
/// <param name="OutputDirectory">Folder for its logs; made when missing.</param>
public sealed record MachineStart(MachineShape Shape, string? Ignition, string OutputDirectory)
{
    /// <summary>Whether a person looks after it: it has every way in of <see cref="MachineAccess"/> that the provider knows.</summary>
    public bool Attended { get; init; }
}

/// <summary>Addresses between guests and this host.</summary>
/// <param name="Host">Where a guest reaches services on this host's loopback; <c>null</c> when it cannot.</param>
public sealed record MachineNetwork(string? Host);
