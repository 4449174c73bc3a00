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
