using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pipeline.CloudEmulators.Machines;

/// <summary>
/// Runs the instances of an emulated cloud: real machines of what was uploaded, or nothing for work on the API alone.
/// </summary>
internal interface IInstanceMachines : IAsyncDisposable
{
    /// <summary>Why no machine of that architecture (as this program spells it) runs here; empty when one does.</summary>
    string Lacks(string architecture);

    /// <summary>Starts a machine; returns when it runs, long before its guest is up.</summary>
    /// <exception cref="InstanceFailedException">It did not start.</exception>
    Task<IInstanceMachine> StartAsync(InstanceStart start, CancellationToken cancellationToken);
}

/// <summary>A machine that runs. Disposing ends it; its disk stays.</summary>
internal interface IInstanceMachine : IAsyncDisposable
{
    /// <summary>Completes with the reason when the machine has ended by itself: a power-off or a failure.</summary>
    Task<string> End { get; }

    /// <summary>Port of <see cref="InstanceStart.PublicAddress"/> that leads to the guest's ssh: 22 wherever that can be bound.</summary>
    int SshPort { get; }

    /// <summary>Presses the reset button.</summary>
    Task ResetAsync(CancellationToken cancellationToken);
}

/// <summary>A machine that does not run; the message is shown as the instance's state reason.</summary>
internal sealed class InstanceFailedException(string reason) : Exception(reason);

/// <summary>One machine to start.</summary>
internal sealed record InstanceStart
{
    /// <summary>Unique name, also of its directory.</summary>
    public required string Id { get; init; }

    /// <summary>Directory for its disk and console; made when missing. A disk that is there is used again.</summary>
    public required string Directory { get; init; }

    /// <summary>The raw disk that its disk lies over; never written.</summary>
    public required string Base { get; init; }

    /// <summary>Size of its disk in GiB; at least the base's.</summary>
    public required int SizeGiB { get; init; }

    /// <summary>Further, empty disks by size in GiB.</summary>
    public IReadOnlyList<int> Disks { get; init; } = [];

    /// <summary>Architecture as this program spells it.</summary>
    public required string Architecture { get; init; }

    /// <summary>Whether it starts from UEFI.</summary>
    public bool Uefi { get; init; }

    /// <summary>Virtual CPUs; <c>null</c> for what suits the host.</summary>
    public int? Cpus { get; init; }

    /// <summary>Memory in MiB.</summary>
    public required int MemoryMiB { get; init; }

    /// <summary>Hardware address of its interface.</summary>
    public required string Mac { get; init; }

    /// <summary>The address that its guest gets by DHCP.</summary>
    public required IPAddress PrivateAddress { get; init; }

    /// <summary>An address of this host's loopback that leads to its ssh.</summary>
    public required IPAddress PublicAddress { get; init; }

    /// <summary>Whether nothing bootable is in it: a fault.</summary>
    public bool NoBoot { get; init; }

    /// <summary>Answers what the guest asks 169.254.169.254, port 80.</summary>
    public required Func<HttpContext, Task> Metadata { get; init; }

    /// <summary>What the serial console printed.</summary>
    public string Console => Path.Combine(Directory, "console.txt");
}
