using System.Globalization;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>What executes guest code, as found by running a guest.</summary>
/// <param name="Kvm">Hardware virtualisation; otherwise QEMU translates.</param>
/// <param name="Slowness">Time the probe's fixed work took, relative to a KVM guest on current hardware; at least 1. Waits are scaled by
/// it.</param>
/// <param name="Why">Why it is not KVM; empty when it is.</param>
internal sealed record Accelerator(bool Kvm, double Slowness, string Why)
{
    /// <summary>QEMU's arguments for it.</summary>
    public string[] Arguments(QemuArchitecture architecture) => Arguments(Kvm, architecture);

    /// <summary>QEMU's arguments for KVM or translation.</summary>
    public static string[] Arguments(bool kvm, QemuArchitecture architecture) =>
        kvm ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", architecture.EmulatedCpu];

    /// <summary>
    /// Virtual CPUs of a machine that does not ask for a number. One under translation: the kernel patches itself while another virtual CPU
    /// runs, and multi-threaded translation loses that race now and then.
    /// </summary>
    public int DefaultCpus => Kvm ? 2 : 1;

    /// <summary>Scales a wait that is right for KVM.</summary>
    public TimeSpan Scale(TimeSpan wait) => wait * Slowness;

    /// <inheritdoc/>
    public override string ToString() =>
        Kvm ? "KVM" : string.Create(CultureInfo.InvariantCulture, $"emulation (TCG): {Why}; waits are {Slowness:0.#} times as long");
}
