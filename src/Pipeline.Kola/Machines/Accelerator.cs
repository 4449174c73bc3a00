using System.Globalization;

namespace Pipeline.Kola.Machines;

/// <summary>What executes guest code, as found by running a guest.</summary>
/// <param name="Kvm">Hardware virtualisation; otherwise QEMU translates.</param>
/// <param name="Slowness">Time the probe's fixed work took, relative to a KVM guest on current hardware; at least 1. Waits are scaled by it.</param>
/// <param name="Why">Why it is not KVM; empty when it is.</param>
internal sealed record Accelerator(bool Kvm, double Slowness, string Why)
{
    /// <summary>The arguments for QEMU on x86_64. Translated guests get a plain CPU: richer models wake features that translate badly.</summary>
    public string[] Arguments => Kvm ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "Nehalem"];

    /// <summary>Scales a wait that is right for KVM.</summary>
    public TimeSpan Scale(TimeSpan wait) => wait * Slowness;

    /// <inheritdoc/>
    public override string ToString() =>
        Kvm ? "KVM" : string.Create(CultureInfo.InvariantCulture, $"emulation (TCG), about {Slowness:0.#} times slower than KVM: {Why}");
}
