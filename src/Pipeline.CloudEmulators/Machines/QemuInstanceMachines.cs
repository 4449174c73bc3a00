using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.CloudEmulators.Machines;

/// <summary>
/// Instances as QEMU machines of the uploaded disk: an overlay on it, a serial console in a file, a namespace for its network.
/// </summary>
internal sealed class QemuInstanceMachines : IInstanceMachines
{
    private readonly QemuInstances _qemu;
    private readonly IToolRunner _tools;
    private readonly TemporaryDirectory _sockets;

    private QemuInstanceMachines(QemuInstances qemu, IToolRunner tools, TemporaryDirectory sockets)
    {
        _qemu = qemu;
        _tools = tools;
        _sockets = sockets;
    }

    /// <summary>Finds out what runs guests here.</summary>
    /// <exception cref="PipelineException">PL4001 QEMU cannot run any guest; PL7309 a program is missing (class 3).</exception>
    public static async Task<QemuInstanceMachines> CreateAsync(
        IToolRunner tools,
        TimeProvider time,
        string cache,
        CancellationToken cancellationToken
    )
    {
        foreach (var program in (string[])["unshare", "ip", "socat", "qemu-img"])
        {
            if (tools.Find(program) is null)
            {
                throw new PipelineException(EmulatorDiagnostics.MissingProgram(program));
            }
        }

        return new(await QemuInstances.CreateAsync(tools, time, cache, cancellationToken), tools, new());
    }

    /// <inheritdoc/>
    public string Lacks(string architecture) => QemuInstances.Lacks(architecture);

    /// <inheritdoc/>
    public async Task<IInstanceMachine> StartAsync(InstanceStart start, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(start.Directory);
        var sockets = Path.Combine(_sockets.Path, start.Id[^6..]);
        Directory.CreateDirectory(sockets);
        var network = new InstanceNamespace(Path.Combine(sockets, "m"), Path.Combine(sockets, "s"));
        MetadataServer? metadata = null;
        PortRelay? relay = null;
        try
        {
            var disk = await DiskAsync(start, cancellationToken);
            metadata = await MetadataServer.StartAsync(network.Metadata, start.Metadata, cancellationToken);
            relay = PortRelay.Listen(start.PublicAddress, 22, network.Ssh);
            var machine = await _qemu.StartAsync(
                new()
                {
                    Name = start.Id,
                    Shape = Shape(start),
                    Disk = disk,
                    Disks = await FurtherAsync(start, cancellationToken),
                    Console = start.Console,
                    Network = InstanceNamespace.Network(start.PrivateAddress),
                    Mac = start.Mac,
                    Wrap = network.Wrap,
                },
                cancellationToken
            );
            return new Machine(machine, metadata, relay);
        }
        catch (Exception e)
        {
            await (relay?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (metadata?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw e is MachineFailedException or PipelineException or IOException
                ? new InstanceFailedException(e is PipelineException p ? p.Diagnostics[0].Message : e.Message)
                : e;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _qemu.Dispose();
        _sockets.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>NVMe, as the volumes of current instance types; the interface is virtio-net, as QEMU has none of the provider's.</summary>
    private static MachineShape Shape(InstanceStart start) =>
        new()
        {
            Architecture = Architecture.All.First(a => a.Name == start.Architecture),
            Firmware = start.Uefi && QemuInstances.HasUefi ? MachineFirmware.Uefi : MachineFirmware.Bios,
            MemoryMiB = start.MemoryMiB,
            Cpus = start.Cpus,
            SystemDisk = new() { Channel = DiskChannel.Nvme },
            Disks = [.. start.Disks.Select(d => new MachineDisk { Channel = DiskChannel.Nvme, Size = ByteSize.FromGiB(d) })],
        };

    private async Task<string> DiskAsync(InstanceStart start, CancellationToken cancellationToken)
    {
        var disk = Path.Combine(start.Directory, "disk.qcow2");
        if (File.Exists(disk))
        {
            return disk;
        }

        var size = string.Create(CultureInfo.InvariantCulture, $"{start.SizeGiB}G");
        string[] arguments = start.NoBoot
            ? ["create", "-q", "-f", "qcow2", disk, size]
            : ["create", "-q", "-f", "qcow2", "-b", start.Base, "-F", "raw", disk, size];
        await _tools.RunAsync(new("qemu-img", [.. arguments]) { MissingHint = "apt-get install qemu-utils" }, cancellationToken);
        return disk;
    }

    private async Task<ValueList<string>> FurtherAsync(InstanceStart start, CancellationToken cancellationToken)
    {
        var all = new List<string>();
        foreach (var gib in start.Disks)
        {
            var disk = Path.Combine(start.Directory, string.Create(CultureInfo.InvariantCulture, $"disk-{all.Count + 1}.qcow2"));
            all.Add(disk);
            if (!File.Exists(disk))
            {
                string[] arguments = ["create", "-q", "-f", "qcow2", disk, string.Create(CultureInfo.InvariantCulture, $"{gib}G")];
                await _tools.RunAsync(new("qemu-img", [.. arguments]) { MissingHint = "apt-get install qemu-utils" }, cancellationToken);
            }
        }

        return all.ToValueList();
    }

    private sealed class Machine(QemuInstance qemu, MetadataServer metadata, PortRelay relay) : IInstanceMachine
    {
        public Task<string> End => qemu.End;

        public int SshPort => relay.Port;

        public Task ResetAsync(CancellationToken cancellationToken) => qemu.ResetAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await qemu.DisposeAsync();
            await relay.DisposeAsync();
            await metadata.DisposeAsync();
        }
    }
}
