namespace Pipeline.Kola.Machines.Qemu;

/// <summary>Makes the files that a machine starts with: disks, Ignition config, UEFI variables.</summary>
internal static class QemuFiles
{
    /// <summary>The files of a new machine.</summary>
    /// <param name="host">What machines share.</param>
    /// <param name="start">The machine.</param>
    /// <param name="image">What its disk lies over.</param>
    /// <param name="scratch">A directory with a short path, for sockets.</param>
    /// <param name="disks">A directory with space, for its disks.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<MachineFiles> PrepareAsync(
        QemuHost host,
        MachineStart start,
        QemuImage image,
        string scratch,
        string disks,
        CancellationToken cancellationToken
    )
    {
        var disk = Path.Combine(disks, "disk.qcow2");
        var console = Path.Combine(start.OutputDirectory, "console.txt");
        File.Delete(console);
        await host.Tools.RunAsync(QemuOption.CreateOverlay(image, disk, start.Shape), cancellationToken);
        var further = new List<string>();
        await new QemuBootFiles(host.Tools, Path.Combine(disks, "boot")).EditAsync(disk, start.Shape, cancellationToken);
        foreach (var additional in start.Shape.Disks)
        {
            var path = Path.Combine(disks, $"disk-{QemuOption.Text(further.Count + 1)}.qcow2");
            await host.Tools.RunAsync(QemuOption.CreateDisk([path, QemuOption.Text(additional.Size!.Value.Bytes)]), cancellationToken);
            further.Add(path);
        }

        string? ignition = null;
        if (start.Ignition is { } config)
        {
            ignition = Path.Combine(start.OutputDirectory, "ignition.json");
            await File.WriteAllTextAsync(ignition, config, cancellationToken);
        }

        var firmware = start.Shape.Firmware == MachineFirmware.Uefi ? FirmwareFiles.Find(File.Exists) : null;
        var variables = firmware is null ? null : Path.Combine(scratch, "vars.fd");
        if (firmware is not null)
        {
            File.Copy(firmware.Variables, variables!);
        }

        return new(disk, console, Path.Combine(scratch, "q"), ignition, firmware?.Code, variables)
        {
            Agent = Path.Combine(scratch, "a"),
            Serial = start.Attended ? Path.Combine(scratch, "c") : null,
            Monitor = start.Attended ? Path.Combine(scratch, "m") : null,
            Disks = [.. further],
        };
    }
}
