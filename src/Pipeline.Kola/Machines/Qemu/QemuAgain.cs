using Pipeline.Host.Tools;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>
/// Lines that start a machine like one that is gone, on the terminal that they are pasted into: a fresh disk over the same image, the same
/// Ignition config, firmware and devices. A machine that started from a saved one boots.
/// </summary>
internal static class QemuAgain
{
    /// <summary>Shell lines: what they are, and one command to paste.</summary>
    /// <param name="start">The machine.</param>
    /// <param name="image">What its disk lies over.</param>
    /// <param name="files">The files of the machine; only what outlives it is used.</param>
    /// <param name="accelerator">What runs guests.</param>
    public static string Text(MachineStart start, QemuImage image, MachineFiles files, Accelerator accelerator)
    {
        var architecture = QemuArchitecture.Find(start.Shape.Architecture)!;
        var folder = Path.Combine(start.OutputDirectory, "again");
        var disk = Path.Combine(folder, "disk.qcow2");
        List<ToolCommand> commands = [new("mkdir", ["-p", folder]), QemuOption.CreateOverlay(image, disk, start.Shape)];
        var disks = start
            .Shape.Disks.Select((d, i) => (Path: Path.Combine(folder, $"disk-{QemuOption.Text(i + 1)}.qcow2"), d.Size))
            .ToArray();
        commands.AddRange(disks.Select(d => QemuOption.CreateDisk([d.Path, QemuOption.Text(d.Size!.Value.Bytes)])));
        var variables = files.Code is null ? null : Path.Combine(folder, "vars.fd");
        if (variables is not null)
        {
            commands.Add(new("cp", [FirmwareFiles.Find(File.Exists).Variables, variables]));
        }

        var again = new MachineFiles(disk, "", "", files.Ignition, files.Code, variables)
        {
            Disks = [.. disks.Select(d => d.Path)],
            OnTerminal = true,
        };
        var name = Path.GetFileName(start.OutputDirectory);
        commands.Add(new(architecture.Program, [.. QemuCommandLine.Arguments(name, start.Shape, architecture, accelerator, again)]));
        string[] arguments = [.. start.Shape.KernelArguments, .. start.Shape.FirstBootArguments];
        var without = arguments.Length == 0 ? "" : $", without its kernel arguments {string.Join(' ', arguments)}";
        return $"# again, on this terminal (Ctrl-A X ends it){without}:\n{string.Join(" && ", commands)}\n";
    }
}
