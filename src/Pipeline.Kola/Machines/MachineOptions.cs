using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines;

/// <summary>The shape of one virtual machine.</summary>
internal sealed record MachineOptions
{
    /// <summary>The disk image; never written, each machine gets an overlay.</summary>
    public required string Image { get; init; }

    /// <summary><c>qcow2</c> or <c>raw</c>.</summary>
    public string ImageFormat { get; init; } = "qcow2";

    /// <summary>Firmware to start from.</summary>
    public MachineFirmware Firmware { get; init; } = MachineFirmware.Bios;

    /// <summary>Guest memory in MiB.</summary>
    public int MemoryMiB { get; init; } = 1024;

    /// <summary>Virtual CPUs.</summary>
    public int Cpus { get; init; } = 2;

    /// <summary>Smallest size of the disk, or <c>null</c> for the image's own.</summary>
    public ByteSize? DiskSize { get; init; }

    /// <summary>The Ignition config; <c>null</c> boots without one.</summary>
    public string? Ignition { get; init; }
}
