using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines.Guests;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>One machine of <see cref="QemuInstances"/>.</summary>
public sealed record QemuInstanceStart
{
    /// <summary>Shown by tools that list processes.</summary>
    public required string Name { get; init; }

    /// <summary>Architecture, firmware, memory, processors and the system disk's channel.</summary>
    public required MachineShape Shape { get; init; }

    /// <summary>Its disk, a qcow2 file.</summary>
    public required string Disk { get; init; }

    /// <summary>Its further disks, qcow2 files, in the order of the shape's.</summary>
    public ValueList<string> Disks { get; init; } = [];

    /// <summary>File that the serial console is appended to.</summary>
    public required string Console { get; init; }

    /// <summary>What follows <c>-netdev user,id=net</c>; it has to forward a port of 127.0.0.1 to the guest's port 22.</summary>
    public required string Network { get; init; }

    /// <summary>Hardware address of the interface.</summary>
    public required string Mac { get; init; }

    /// <summary>Turns the call of QEMU into the one that is made, for example inside a network namespace.</summary>
    public required Func<ToolCommand, ToolCommand> Wrap { get; init; }
}

/// <summary>
/// QEMU machines whose disk and network are the caller's: what the emulated clouds make their instances of. Nothing connects to the guest.
/// </summary>
public sealed class QemuInstances : IDisposable
{
    private readonly QemuHost _host;
    private readonly TemporaryDirectory _scratch;

    private QemuInstances(QemuHost host, TemporaryDirectory scratch)
    {
        _host = host;
        _scratch = scratch;
    }

    /// <summary>What runs the machines, for people.</summary>
    public string Description => _host.Accelerator.ToString();

    /// <summary>Finds out what can run guests here; the answer is kept in <paramref name="cache"/>.</summary>
    /// <exception cref="Model.Diagnostics.PipelineException">PL4001 QEMU cannot run any guest (class 3).</exception>
    public static async Task<QemuInstances> CreateAsync(
        IToolRunner tools,
        TimeProvider time,
        string cache,
        CancellationToken cancellationToken
    )
    {
        var accelerator = await QemuMachines.ProbeAsync(tools, time, cache, cancellationToken);
        var scratch = new TemporaryDirectory();
        return new(new(tools, time, accelerator, new SshKey("", ""), scratch.Path, cache), scratch);
    }

    /// <summary>Why no machine of that architecture runs here; empty when one does.</summary>
    public static string Lacks(string architecture) =>
        QemuArchitecture.All.Any(a => a.Architecture.Name == architecture) ? "" : $"there are no QEMU machines for {architecture}";

    /// <summary>Whether there is a UEFI firmware.</summary>
    public static bool HasUefi => FirmwareFiles.IsInstalled(File.Exists);

    /// <summary>Starts a machine; returns when QEMU runs.</summary>
    /// <exception cref="MachineFailedException">It ended at once.</exception>
    public async Task<QemuInstance> StartAsync(QemuInstanceStart start, CancellationToken cancellationToken)
    {
        var scratch = _host.NewDirectory();
        var firmware = start.Shape.Firmware == MachineFirmware.Uefi ? FirmwareFiles.Find(File.Exists) : null;
        var variables = firmware is null ? null : start.Disk + ".vars";
        if (firmware is not null && !File.Exists(variables))
        {
            File.Copy(firmware.Variables, variables!);
        }

        var files = new MachineFiles(start.Disk, start.Console, Path.Combine(scratch, "q"), null, firmware?.Code, variables)
        {
            Network = string.Create(CultureInfo.InvariantCulture, $"user,id=net,{start.Network}"),
            Mac = start.Mac,
            Disks = start.Disks,
        };
        var architecture = QemuArchitecture.Find(start.Shape.Architecture)!;
        var command = new ToolCommand(
            architecture.Program,
            [.. QemuCommandLine.Arguments(start.Name, start.Shape, architecture, _host.Accelerator, files)]
        )
        {
            MissingHint = KolaDiagnostics.QemuHint,
            GracePeriod = TimeSpan.FromSeconds(3),
        };
        return await QemuInstance.StartAsync(_host, start.Wrap(command), files.Qmp, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}

/// <summary>A machine that runs; disposing ends it.</summary>
public sealed class QemuInstance : IAsyncDisposable
{
    private readonly QemuHost _host;
    private readonly ToolCommand _command;
    private readonly string _socket;
    private readonly CancellationTokenSource _stop = new();
    private volatile Emulator _emulator;
    private volatile bool _wanted;

    private QemuInstance(QemuHost host, ToolCommand command, string socket, Emulator emulator)
    {
        _host = host;
        _command = command;
        _socket = socket;
        _emulator = emulator;
        End = EndAsync(_stop.Token);
    }

    /// <summary>Completes with the reason when the guest has powered off, or QEMU failed; never faults.</summary>
    public Task<string> End { get; }

    /// <summary>Resets the machine.</summary>
    /// <exception cref="MachineFailedException">It does not run.</exception>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        _wanted = true;
        await _emulator.Monitor.CallAsync("system_reset", null, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await End;
        await _emulator.QuitAsync(_host.Time);
        await _emulator.DisposeAsync();
        _stop.Dispose();
    }

    internal static async Task<QemuInstance> StartAsync(
        QemuHost host,
        ToolCommand command,
        string socket,
        CancellationToken cancellationToken
    ) => new(host, command, socket, await Emulator.StartAsync(host, command, socket, [], cancellationToken));

    /// <summary>Starts QEMU again whenever the machine resets; see <see cref="QemuMachine"/>.</summary>
    private async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var emulator = _emulator;
                var end = await emulator.EndAsync(cancellationToken);
                if (!emulator.ResetWanted && !_wanted)
                {
                    return end.ExitCode == 0 ? "the guest powered off" : Emulator.Reason(end);
                }

                _wanted = false;
                await emulator.DisposeAsync();
                _emulator = await Emulator.StartAsync(_host, _command, _socket, [], cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            return "it was ended";
        }
        catch (Exception e) when (e is MachineFailedException or Model.Diagnostics.PipelineException)
        {
            return $"the machine did not start again after its reset: {e.Message}";
        }
    }
}
