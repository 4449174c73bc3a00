using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>What QEMU needs to know about an architecture; one row each.</summary>
/// <param name="Architecture">The architecture of guests.</param>
/// <param name="Program">QEMU's program for it.</param>
/// <param name="BiosMachine">Machine type that starts from a BIOS.</param>
/// <param name="UefiMachine">Machine type that starts from UEFI.</param>
/// <param name="EmulatedCpu">CPU model under translation; richer models enable features that translate badly.</param>
internal sealed record QemuArchitecture(
    Architecture Architecture,
    string Program,
    string BiosMachine,
    string UefiMachine,
    string EmulatedCpu
)
{
    /// <summary>The architectures that machines are made of.</summary>
    public static ValueList<QemuArchitecture> All { get; } = [new(Architecture.X86_64, "qemu-system-x86_64", "pc", "q35", "Nehalem")];

    /// <summary>The row of an architecture, or <c>null</c>.</summary>
    public static QemuArchitecture? Find(Architecture architecture) => All.FirstOrDefault(a => a.Architecture == architecture);

    /// <summary>The machine type for a firmware.</summary>
    public string Machine(MachineFirmware firmware) => firmware == MachineFirmware.Uefi ? UefiMachine : BiosMachine;
}
