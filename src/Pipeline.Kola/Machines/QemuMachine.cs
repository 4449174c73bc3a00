using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Kola.Checks;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines;

/// <summary>What machines share in one run.</summary>
/// <param name="Tools">Starts QEMU and ssh.</param>
/// <param name="Time">Clock.</param>
/// <param name="Accelerator">What runs the guests.</param>
/// <param name="Key">Key for ssh.</param>
/// <param name="Scratch">A directory with a short path, for sockets.</param>
/// <param name="Disks">A directory with space, for disks and saved memory; emptied by the next run when this one is killed.</param>
internal sealed record MachineHost(IToolRunner Tools, TimeProvider Time, Accelerator Accelerator, SshKey Key, string Scratch, string Disks)
{
    private int _count;

    /// <summary>A fresh directory for sockets.</summary>
    public string NewDirectory() => New(Scratch);

    /// <summary>A fresh directory for disks.</summary>
    public string NewDiskDirectory() => New(Disks);

    private string New(string parent)
    {
        var path = Path.Combine(parent, Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>How long a console may be silent before a boot counts as stuck.</summary>
    public TimeSpan Patience => Accelerator.Scale(TimeSpan.FromSeconds(30));
}

/// <summary>One virtual machine from its start to its end. Disposing stops it in order: journal, ssh, QEMU.</summary>
internal sealed class QemuMachine : IAsyncDisposable
{
    private readonly MachineHost _host;
    private readonly string _scratch;
    private readonly string _disk;
    private readonly string _output;
    private readonly ToolCommand _restart;
    private readonly ConsoleFollower _console;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<ToolResult> _end;
    private volatile Emulator _emulator;
    private int _resets;
    private SshSession? _ssh;
#pragma warning disable CA2213 // disposed in DropSshAsync
    private IRunningTool? _journal;
#pragma warning restore CA2213
    private int _journals;

    private QemuMachine(
        MachineHost host,
        string scratch,
        string disk,
        string output,
        Emulator emulator,
        ToolCommand restart,
        ConsoleFollower console
    )
    {
        _host = host;
        _scratch = scratch;
        _disk = disk;
        _output = output;
        _emulator = emulator;
        _restart = restart;
        _console = console;
        _end = KeepAsync(_stop.Token);
    }

    /// <summary>The folder with console.txt, journal.txt, ignition.json and qemu.txt.</summary>
    public string OutputDirectory => _output;

    /// <summary>The control socket.</summary>
    public Qmp Monitor => _emulator.Monitor;

    /// <summary>The console.</summary>
    public ConsoleFollower Console => _console;

    /// <summary>Port on this host that leads to the guest's ssh; another one after each reset.</summary>
    public int Port => _emulator.Port;

    /// <summary>How often the guest was reset since its start.</summary>
    public int Resets => Volatile.Read(ref _resets);

    /// <summary>The connection of the current boot.</summary>
    public SshSession Ssh => _ssh ?? throw new InvalidOperationException("the machine is not up yet");

    /// <summary>The socket ssh's connection master listens on.</summary>
    private string SshSocket => Path.Combine(_scratch, "s");

    /// <summary>How long its console may be silent before a boot counts as stuck.</summary>
    public TimeSpan Patience => _host.Patience;

    /// <summary>The overlay disk of this machine.</summary>
    public string Disk => _disk;

    /// <summary>Starts a machine; returns when QEMU runs, long before the guest is up.</summary>
    /// <param name="host">What machines share.</param>
    /// <param name="options">Its shape.</param>
    /// <param name="output">Folder for its logs; made when missing.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="MachineFailedException">QEMU did not start.</exception>
    public static Task<QemuMachine> StartAsync(
        MachineHost host,
        MachineOptions options,
        string output,
        CancellationToken cancellationToken
    ) => StartAsync(host, options, null, output, cancellationToken);

    /// <summary>Starts a machine from a saved one; the guest goes on where that was stopped, with the clock set and a disk of its own.</summary>
    public static async Task<QemuMachine> StartAsync(MachineHost host, MachineFork fork, string output, CancellationToken cancellationToken)
    {
        var machine = await StartAsync(host, fork.Options, fork.State, output, cancellationToken);
        try
        {
            await machine.GuardAsync(c => machine.ContinueAsync(c), null, cancellationToken);
            await machine.WaitForSshAsync(cancellationToken);
            var now = host.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
            await machine.Ssh.MustAsync(
                "setting the clock",
                string.Create(CultureInfo.InvariantCulture, $"sudo date -s @{now:0.000}"),
                cancellationToken
            );
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    private static async Task<QemuMachine> StartAsync(
        MachineHost host,
        MachineOptions options,
        string? state,
        string output,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(output);
        var scratch = host.NewDirectory();
        var files = await PrepareAsync(host, options, scratch, output, cancellationToken);
        var restart = Command(host, options, files, output);
        var command = state is null ? restart : Command(host, options, files with { State = state }, output);
        await File.WriteAllTextAsync(Path.Combine(output, "qemu.txt"), command + "\n", cancellationToken);
        var console = new ConsoleFollower(files.Console, host.Time);
        try
        {
            var emulator = await Emulator.StartAsync(host, command, files.Qmp, cancellationToken);
            return new(host, scratch, files.Disk, output, emulator, restart, console);
        }
        catch
        {
            await console.DisposeAsync();
            throw;
        }
    }

    private static ToolCommand Command(MachineHost host, MachineOptions options, MachineFiles files, string output) =>
        new(QemuCommandLine.Program, [.. QemuCommandLine.Arguments(Path.GetFileName(output), options, host.Accelerator, files)])
        {
            MissingHint = KolaDiagnostics.QemuHint,
            GracePeriod = TimeSpan.FromSeconds(3),
        };

    /// <summary>Waits until ssh answers; ends early with the first fatal console line, QEMU's end, or a silent console.</summary>
    /// <exception cref="MachineFailedException">The machine will not come up.</exception>
    public async Task WaitForSshAsync(CancellationToken cancellationToken)
    {
        var patience = _host.Accelerator.Scale(TimeSpan.FromSeconds(5));
        await DropSshAsync();
        _ssh = await GuardAsync(
            c => SshSession.ConnectAsync(_host.Tools, () => Port, _host.Key, SshSocket, patience, _host.Time, c),
            _host.Patience,
            cancellationToken
        );
        var journal = Path.Combine(_output, _journals++ == 0 ? "journal.txt" : $"journal-{_journals}.txt");
        _journal = _ssh.Stream("exec sudo journalctl --boot --no-pager --follow --lines=all --output=short-monotonic", journal);
    }

    /// <summary>Waits for the guest's next reset (the count must exceed <paramref name="before"/>) and for ssh of the new boot.</summary>
    /// <exception cref="MachineFailedException">It did not reboot, or will not come up.</exception>
    public async Task WaitForRebootAsync(int before, CancellationToken cancellationToken)
    {
        await GuardAsync(
            async c =>
            {
                while (Resets <= before)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), _host.Time, c);
                }

                return true;
            },
            _host.Patience * 2,
            cancellationToken
        );
        await WaitForSshAsync(cancellationToken);
    }

    /// <summary>
    /// Runs work against the guest; ends it when the machine is lost meanwhile.
    /// </summary>
    /// <param name="work">The work; its token is cancelled when the machine is lost.</param>
    /// <param name="silence">How long the console may be silent, or <c>null</c> when silence is fine (a test may work quietly).</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="MachineFailedException">The machine was lost; the message has the reason and the line.</exception>
    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan? silence, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var start = _host.Time.GetTimestamp();
        var running = work(stop.Token);
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, _console.Fatal, _end, Task.Delay(TimeSpan.FromSeconds(1), _host.Time, cancellationToken));
            var lost = running.IsCompleted ? null : await LossAsync(silence, start);
            if (lost is not null)
            {
                await stop.CancelAsync();
                await running.ContinueWith(
                    _ => { },
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default
                );
                cancellationToken.ThrowIfCancellationRequested();
                throw new MachineFailedException(lost) { HostIsToBlame = await HostIsToBlameAsync() };
            }
        }

        return await running;
    }

    /// <summary>Ends the connections but not the machine.</summary>
    public Task DisconnectAsync() => DropSshAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DropSshAsync();
        await _stop.CancelAsync();
        await _end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await _emulator.QuitAsync(_host.Time);
        await _emulator.DisposeAsync();
        _stop.Dispose();
        await _console.DisposeAsync();
        Directory.Delete(_scratch, recursive: true);
        Directory.Delete(Path.GetDirectoryName(_disk)!, recursive: true);
    }

    /// <summary>
    /// Starts QEMU again whenever the guest resets, until it powers off, fails or is no longer wanted. A reset inside one QEMU process keeps
    /// translated code and memory: emulated guests then hung or panicked in about one reboot of five, which a fresh process does in one of fifty.
    /// </summary>
    private async Task<ToolResult> KeepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var emulator = _emulator;
            var end = await emulator.EndAsync(cancellationToken);
            if (!emulator.ResetWanted)
            {
                return end;
            }

            await emulator.DisposeAsync();
            _emulator = await Emulator.StartAsync(_host, _restart, Path.Combine(_scratch, "q"), cancellationToken);
            Interlocked.Increment(ref _resets);
        }
    }

    private static async Task<MachineFiles> PrepareAsync(
        MachineHost host,
        MachineOptions options,
        string scratch,
        string output,
        CancellationToken cancellationToken
    )
    {
        string? ignition = null;
        string? code = null;
        string? variables = null;
        var disk = Path.Combine(host.NewDiskDirectory(), "disk.qcow2");
        var console = Path.Combine(output, "console.txt");
        File.Delete(console);
        string[] size = options.DiskSize is { } s ? [s.Bytes.ToString(CultureInfo.InvariantCulture)] : [];
        await host.Tools.RunAsync(
            new("qemu-img", ["create", "-q", "-f", "qcow2", "-b", options.Image, "-F", options.ImageFormat, disk, .. size])
            {
                MissingHint = KolaDiagnostics.QemuHint,
            },
            cancellationToken
        );
        if (options.Ignition is { } config)
        {
            ignition = Path.Combine(output, "ignition.json");
            await File.WriteAllTextAsync(ignition, config, cancellationToken);
        }

        if (options.Firmware == MachineFirmware.Uefi)
        {
            var firmware = FirmwareFiles.Find(File.Exists);
            code = firmware.Code;
            variables = Path.Combine(scratch, "vars.fd");
            File.Copy(firmware.Variables, variables);
        }

        return new(disk, console, Path.Combine(scratch, "q"), ignition, code, variables);
    }

    /// <summary>Waits until the saved state is loaded and lets the guest run.</summary>
    private async Task<bool> ContinueAsync(CancellationToken cancellationToken)
    {
        while (
            (await Monitor.CallAsync("query-status", null, cancellationToken) as JsonTextObject)?.Find("status")
                is JsonTextString { Value: "inmigrate" }
        )
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), _host.Time, cancellationToken);
        }

        await Monitor.CallAsync("cont", null, cancellationToken);
        return true;
    }

    private async Task<bool> HostIsToBlameAsync() =>
        _console.Fatal.IsCompletedSuccessfully
        && (await _console.Fatal).Pattern.Kind switch
        {
            FatalKind.HostTiming => true,
            FatalKind.Emulation => !_host.Accelerator.Kvm,
            _ => false,
        };

    private async Task<string?> LossAsync(TimeSpan? silence, long start)
    {
        if (_console.Fatal.IsCompleted)
        {
            return (await _console.Fatal).ToString();
        }

        if (_end.IsCompleted)
        {
            var end = await _end;
            return end.ExitCode == 0
                ? $"the guest powered off; last console line: {_console.LastLine}"
                : $"QEMU exited with {end.ExitCode}: {end.ErrorTail.Trim()}";
        }

        if (silence is { } limit && _console.Silence > limit && _host.Time.GetElapsedTime(start) > limit)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"no console progress for {limit.TotalSeconds:0} s; last line: {_console.LastLine}"
            );
        }

        return null;
    }

    private async Task DropSshAsync()
    {
        if (_journal is { } journal)
        {
            _journal = null;
            await journal.DisposeAsync();
        }

        if (_ssh is { } ssh)
        {
            _ssh = null;
            await ssh.DisposeAsync();
        }
    }
}
