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

    /// <summary>Smallest size of the system disk, or <c>null</c> for the image's own.</summary>
    public ByteSize? DiskSize { get; init; }

    /// <summary>Further, empty disks by size.</summary>
    public ValueList<ByteSize> Disks { get; init; } = [];

    /// <summary>Network interfaces.</summary>
    public int Nics { get; init; } = 1;

    /// <summary>Kernel arguments of the first boot beyond the image's own.</summary>
    public ValueList<string> KernelArguments { get; init; } = [];
}
