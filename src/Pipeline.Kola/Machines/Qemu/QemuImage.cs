namespace Pipeline.Kola.Machines.Qemu;

/// <summary>A disk image that machines start from; never written, each machine gets an overlay.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format"><c>qcow2</c> or <c>raw</c>.</param>
public sealed record QemuImage(string Path, string Format);
