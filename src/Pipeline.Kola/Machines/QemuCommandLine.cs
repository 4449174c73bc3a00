using System.Globalization;

namespace Pipeline.Kola.Machines;

/// <summary>The files and sockets of one machine, all below one short path (socket names hold 107 bytes).</summary>
/// <param name="Disk">The overlay disk.</param>
/// <param name="Console">What the serial console prints.</param>
/// <param name="Qmp">Control socket.</param>
/// <param name="Ignition">Ignition config, or <c>null</c>.</param>
/// <param name="Code">UEFI code, or <c>null</c> on BIOS.</param>
/// <param name="Variables">The machine's own UEFI variables, or <c>null</c>.</param>
/// <param name="State">A saved state to start from, or <c>null</c> for a boot.</param>
internal sealed record MachineFiles(
    string Disk,
    string Console,
    string Qmp,
    string? Ignition,
    string? Code,
    string? Variables,
    string? State = null
);

/// <summary>Writes QEMU's command line; pure, so that it can be compared as text.</summary>
internal static class QemuCommandLine
{
    /// <summary>The program for x86_64 guests.</summary>
    public const string Program = "qemu-system-x86_64";

    /// <summary>
    /// The arguments. The host port for ssh is chosen by the kernel (port 0) when QEMU binds it, so it can never be taken by someone
    /// else in between; QMP tells which it is.
    /// </summary>
    public static IReadOnlyList<string> Arguments(string name, MachineOptions options, Accelerator accelerator, MachineFiles files)
    {
        List<string> line =
        [
            "-name",
            name,
            "-machine",
            options.Firmware == MachineFirmware.Uefi ? "q35" : "pc",
            .. accelerator.Arguments,
            "-smp",
            Text(options.Cpus),
            "-m",
            Text(options.MemoryMiB),
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-no-reboot",
        ];
        if (files is { Code: { } code, Variables: { } variables })
        {
            line.AddRange(["-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={Escape(code)}"]);
            line.AddRange(["-drive", $"if=pflash,unit=1,format=raw,file={Escape(variables)}"]);
        }

        line.AddRange([
            "-chardev",
            $"file,id=console,path={Escape(files.Console)},append=on",
            "-serial",
            "chardev:console",
            "-qmp",
            $"unix:{Escape(files.Qmp)},server=on,wait=off",
            "-object",
            "rng-random,id=entropy,filename=/dev/urandom",
            "-device",
            "virtio-rng-pci,rng=entropy",
            "-device",
            "vmgenid,guid=auto",
            "-device",
            "virtio-serial-pci,id=serial",
            "-drive",
            $"if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file={Escape(files.Disk)}",
            "-device",
            "virtio-blk-pci,drive=disk,serial=primary-disk,bootindex=1",
            "-netdev",
            $"user,id=net,hostfwd=tcp:127.0.0.1:0-:22",
            "-device",
            "virtio-net-pci,netdev=net,mac=52:54:00:12:34:56",
        ]);
        if (files.Ignition is { } ignition)
        {
            line.AddRange(["-fw_cfg", $"name=opt/com.coreos/config,file={Escape(ignition)}"]);
        }

        if (files.State is { } state)
        {
            line.AddRange(["-incoming", $"exec:exec cat {SshSession.Quote(state)}", "-S"]);
        }

        return line;
    }

    /// <summary>A comma ends an option value unless doubled.</summary>
    private static string Escape(string path) => path.Replace(",", ",,", StringComparison.Ordinal);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
