using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;
using static Pipeline.Kola.Machines.Qemu.QemuOption;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>The files and sockets of one machine, all below one short path (socket names hold 107 bytes).</summary>
/// <param name="Disk">The overlay disk.</param>
/// <param name="Console">What the serial console prints.</param>
/// <param name="Qmp">Control socket.</param>
/// <param name="Ignition">Ignition config, or <c>null</c>.</param>
/// <param name="Code">UEFI code, or <c>null</c> on BIOS.</param>
/// <param name="Variables">The machine's own UEFI variables, or <c>null</c>.</param>
internal sealed record MachineFiles(string Disk, string Console, string Qmp, string? Ignition, string? Code, string? Variables)
{
    /// <summary>A saved state to start from, or <c>null</c> for a boot.</summary>
    public string? State { get; init; }

    /// <summary>Socket of the guest agent's port, or <c>null</c> for a machine without one.</summary>
    public string? Agent { get; init; }

    /// <summary>The further disks.</summary>
    public ValueList<string> Disks { get; init; } = [];

    /// <summary>Socket of the serial console for a person; what it prints is in <see cref="Console"/> all the same.</summary>
    public string? Serial { get; init; }

    /// <summary>A second control socket for a person; each takes one client at a time.</summary>
    public string? Monitor { get; init; }

    /// <summary>The user network as its owner wants it, with <c>id=net</c>; <c>null</c> for the machines' own networks.</summary>
    public string? Network { get; init; }

    /// <summary>Hardware address of the interface on <see cref="Network"/>.</summary>
    public string? Mac { get; init; }

    /// <summary>Whether serial console and monitor are the terminal that QEMU is started on, and nothing else controls it.</summary>
    public bool OnTerminal { get; init; }
}

/// <summary>Writes QEMU's command line; pure, so that it can be compared as text.</summary>
internal static class QemuCommandLine
{
    /// <summary>
    /// The arguments. The host port for ssh is chosen by the kernel (port 0) when QEMU binds it, so it can never be taken by someone
    /// else in between; QMP reports which it is.
    /// </summary>
    /// <param name="name">Shown by tools that list processes.</param>
    /// <param name="shape">The machine's shape.</param>
    /// <param name="architecture">The row of its architecture.</param>
    /// <param name="accelerator">What runs the guest.</param>
    /// <param name="files">Its files and sockets.</param>
    public static IReadOnlyList<string> Arguments(
        string name,
        MachineShape shape,
        QemuArchitecture architecture,
        Accelerator accelerator,
        MachineFiles files
    )
    {
        List<string> line =
        [
            "-name",
            name,
            "-machine",
            architecture.Machine(shape.Firmware),
            .. accelerator.Arguments(architecture),
            "-smp",
            shape.Numa ? $"{Text(NumaCpus(shape, accelerator))},sockets=2" : Text(shape.Cpus ?? accelerator.DefaultCpus),
            "-m",
            Text(shape.MemoryMiB),
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-no-reboot",
            .. shape.Numa ? Nodes(shape, NumaCpus(shape, accelerator)) : [],
        ];
        if (files is { Code: { } code, Variables: { } variables })
        {
            line.AddRange(["-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={Escape(code)}"]);
            line.AddRange(["-drive", $"if=pflash,unit=1,format=raw,file={Escape(variables)}"]);
        }

        line.AddRange(Devices(shape, files));
        line.AddRange(
            files.Network is { } network ? ["-netdev", network, "-device", $"virtio-net-pci,netdev=net,mac={files.Mac}"] : Interfaces(shape)
        );
        if (files.Ignition is { } ignition)
        {
            line.AddRange(["-fw_cfg", $"name=opt/com.coreos/config,file={Escape(ignition)}"]);
        }

        if (files.State is { } state)
        {
            line.AddRange(["-incoming", $"exec:exec cat {ShellWord.Quote(state)}", "-S"]);
        }

        return line;
    }

    private static List<string> Devices(MachineShape shape, MachineFiles files)
    {
        List<string> line =
        [
            .. Controls(files),
            "-object",
            "rng-random,id=entropy,filename=/dev/urandom",
            "-device",
            "virtio-rng-pci,rng=entropy",
            "-device",
            "vmgenid,guid=auto",
            "-device",
            "virtio-serial-pci,id=serial",
        ];
        if (files.Agent is { } agent)
        {
            line.AddRange(["-chardev", $"socket,id=agent,path={Escape(agent)},server=on,wait=off"]);
            line.AddRange(["-device", "virtserialport,bus=serial.0,chardev=agent,name=org.qemu.guest_agent.0"]);
        }

        line.AddRange(QemuDisks.Arguments(shape, files));
        return line;
    }

    /// <summary>An even number of at least two: half of them are on each node.</summary>
    private static int NumaCpus(MachineShape shape, Accelerator accelerator) =>
        Math.Max(2, (shape.Cpus ?? accelerator.DefaultCpus) / 2 * 2);

    private static IEnumerable<string> Nodes(MachineShape shape, int cpus)
    {
        var half = shape.MemoryMiB / 2;
        foreach (var (node, memory) in ((int, int)[])[(0, half), (1, shape.MemoryMiB - half)])
        {
            yield return "-object";
            yield return $"memory-backend-ram,id=mem{Text(node)},size={Text(memory)}M";
            yield return "-numa";
            yield return $"node,memdev=mem{Text(node)},cpus={Text(node * cpus / 2)}-{Text(((node + 1) * cpus / 2) - 1)}";
        }
    }

    /// <summary>The serial console and the control sockets.</summary>
    private static IEnumerable<string> Controls(MachineFiles files)
    {
        if (files.OnTerminal)
        {
            return ["-serial", "mon:stdio"];
        }

        var console = files.Serial is { } serial
            ? $"socket,id=console,path={Escape(serial)},server=on,wait=off,logfile={Escape(files.Console)},logappend=on"
            : $"file,id=console,path={Escape(files.Console)},append=on";
        return
        [
            "-chardev",
            console,
            "-serial",
            "chardev:console",
            "-qmp",
            $"unix:{Escape(files.Qmp)},server=on,wait=off",
            .. files.Monitor is { } monitor ? ["-qmp", $"unix:{Escape(monitor)},server=on,wait=off"] : Array.Empty<string>(),
        ];
    }

    /// <summary>The first interface leads to the guest's ssh; each further one is a network of its own.</summary>
    private static IEnumerable<string> Interfaces(MachineShape shape)
    {
        var ports = string.Concat(shape.Ports.Select(p => $",hostfwd=tcp:127.0.0.1:{Text(p.Host)}-:{Text(p.Guest)}"));
        for (var i = 0; i < shape.Nics; i++)
        {
            var id = i == 0 ? "net" : $"net{Text(i)}";
            yield return "-netdev";
            yield return i == 0 ? $"user,id={id},hostfwd=tcp:127.0.0.1:0-:22{ports}" : $"user,id={id}";
            yield return "-device";
            yield return string.Create(CultureInfo.InvariantCulture, $"virtio-net-pci,netdev={id},mac=52:54:00:12:34:{0x56 + i:x2}");
        }
    }
}
