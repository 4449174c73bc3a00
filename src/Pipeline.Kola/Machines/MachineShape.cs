using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines;

/// <summary>What a machine starts from before the boot loader.</summary>
public enum MachineFirmware
{
    /// <summary>A BIOS.</summary>
    Bios,

    /// <summary>UEFI without secure boot.</summary>
    Uefi,
}

/// <summary>What a test asks of its machine. It says nothing about where or how the machine runs: that is the provider's.</summary>
public sealed record MachineShape
{
    /// <summary>Architecture of the guest.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Firmware to start from.</summary>
    public MachineFirmware Firmware { get; init; } = MachineFirmware.Bios;

    /// <summary>Whether there is a TPM 2.0.</summary>
    public bool Tpm { get; init; }

    /// <summary>Guest memory in MiB.</summary>
    public int MemoryMiB { get; init; } = 1024;

    /// <summary>Virtual CPUs; <c>null</c> for the provider's own number.</summary>
    public int? Cpus { get; init; }

    /// <summary>The disk with the image.</summary>
    public MachineDisk SystemDisk { get; init; } = new();

    /// <summary>Further, empty disks.</summary>
    public ValueList<MachineDisk> Disks { get; init; } = [];

    /// <summary>Network interfaces.</summary>
    public int Nics { get; init; } = 1;

    /// <summary>Whether memory and virtual CPUs are on two NUMA nodes.</summary>
    public bool Numa { get; init; }

    /// <summary>Kernel arguments of every boot beyond the image's own.</summary>
    public ValueList<string> KernelArguments { get; init; } = [];

    /// <summary>Kernel arguments of the first boot alone.</summary>
    public ValueList<string> FirstBootArguments { get; init; } = [];

    /// <summary>A cloud's instance type; <c>null</c> for one that fits. Without meaning elsewhere.</summary>
    public string? InstanceType { get; init; }

    /// <summary>Ports of this host's loopback that lead to ports of the guest.</summary>
    public ValueList<MachinePort> Ports { get; init; } = [];
}

/// <summary>A port of this host that leads to one of the guest.</summary>
/// <param name="Host">On this host's loopback, 1 to 65535.</param>
/// <param name="Guest">TCP port of the guest.</param>
public sealed record MachinePort(int Host, int Guest);
