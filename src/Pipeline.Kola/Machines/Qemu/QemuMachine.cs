using Pipeline.Host.Tools;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines.Guests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>One virtual machine from its start to its end.</summary>
internal sealed class QemuMachine : IMachine
{
    private readonly QemuHost _host;
    private readonly string _scratch;
    private readonly MachineStart _start;
    private readonly MachineFiles _files;
    private readonly ToolCommand _restart;
    private readonly ConsoleFollower _console;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<string> _end;
    private readonly MachineWatch _watch;
    private readonly GuestLink _link;
    private volatile Emulator _emulator;
    private int _resets;
    private bool _ended;

    private QemuMachine(
        QemuHost host,
        MachineStart start,
        string scratch,
        MachineFiles files,
        ToolCommand restart,
        ConsoleFollower console,
        Emulator emulator
    )
    {
        _host = host;
        _start = start;
        _scratch = scratch;
        _files = files;
        _restart = restart;
        _console = console;
        _emulator = emulator;
        _end = EndAsync(_stop.Token);
        _watch = new(console, _end, emulated: !host.Accelerator.Kvm, host.Time);
        _link = new(ConnectAsync, start.OutputDirectory, Handshake);
    }

    /// <inheritdoc/>
    public MachineShape Shape => _start.Shape;

    /// <inheritdoc/>
    public string OutputDirectory => _start.OutputDirectory;

    /// <inheritdoc/>
    public IGuest Guest => _link.Guest;

    /// <inheritdoc/>
    public TimeSpan Patience => _host.Patience;

    /// <inheritdoc/>
    public MachineAccess Access =>
        new(new ToolCommand("ssh", Target.Options(_host.Key, "none")).ToString(), _files.Console, _files.Serial, _files.Monitor);

    /// <inheritdoc/>
    public string LastLine => _console.LastLine;

    /// <summary>How long the console has been silent.</summary>
    public TimeSpan Silence => _console.Silence;

    /// <summary>QEMU's control socket.</summary>
    public Qmp Monitor => _emulator.Monitor;

    private SshTarget Target => new("127.0.0.1", _emulator.Port);

    private TimeSpan Handshake => _host.Accelerator.Scale(TimeSpan.FromSeconds(5));

    private TimeSpan Answer => _host.Accelerator.Scale(TimeSpan.FromMinutes(1));

    /// <summary>Starts a machine; returns when QEMU runs, long before the guest is up.</summary>
    /// <param name="host">What machines share.</param>
    /// <param name="start">The machine.</param>
    /// <param name="image">What its disk lies over.</param>
    /// <param name="state">Saved memory to start from, or <c>null</c> for a boot.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="MachineFailedException">QEMU did not start.</exception>
    public static async Task<QemuMachine> StartAsync(
        QemuHost host,
        MachineStart start,
        QemuImage image,
        string? state,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(start.OutputDirectory);
        var (scratch, disks) = (host.NewDirectory(), host.NewDiskDirectory());
        ConsoleFollower? console = null;
        try
        {
            var files = await QemuFiles.PrepareAsync(host, start, image, scratch, disks, cancellationToken);
            var restart = Command(host, start, files);
            var command = state is null ? restart : Command(host, start, files with { State = state });
            var again = QemuAgain.Text(start, image, files, host.Accelerator);
            await File.WriteAllTextAsync(
                Path.Combine(start.OutputDirectory, "qemu.txt"),
                $"# as it ran, with files that are gone now:\n# {command}\n{again}",
                cancellationToken
            );
            console = new ConsoleFollower(files.Console, host.Time);
            var emulator = await Emulator.StartAsync(host, command, files.Qmp, start.Shape.Ports, cancellationToken);
            return new(host, start, scratch, files, restart, console, emulator);
        }
        catch (PipelineException e) when (e.Exit == ExitClass.WorkFailed)
        {
            // A program that failed, for example qemu-img on a full disk, costs this machine and not the run.
            await CleanAsync();
            throw new MachineFailedException(string.Join("; ", e.Diagnostics.Select(d => d.Message)));
        }
        catch
        {
            await CleanAsync();
            throw;
        }

        async Task CleanAsync()
        {
            await (console?.DisposeAsync() ?? ValueTask.CompletedTask);
            Directory.Delete(scratch, recursive: true);
            Directory.Delete(disks, recursive: true);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeMarks() => [.. _console.TakeMarks().Select(m => m.ToString())];

    /// <inheritdoc/>
    public Task WaitForGuestAsync(CancellationToken cancellationToken) => _link.ConnectAsync(_watch, Patience, cancellationToken);

    /// <inheritdoc/>
    public async Task RebootAsync(MachineReboot kind, Func<CancellationToken, Task> begin, CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref _resets);
        var identity = kind == MachineReboot.Soft ? await IdentityAsync(cancellationToken) : "";
        await begin(cancellationToken);
        if (kind == MachineReboot.Soft)
        {
            await _link.WaitForAnotherBootAsync(_watch, identity, Patience * 4, _host.Time, cancellationToken);
            return;
        }

        await GuardAsync(
            async c =>
            {
                while (Volatile.Read(ref _resets) <= before)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), _host.Time, c);
                }

                return true;
            },
            Patience * 2,
            cancellationToken
        );
        await WaitForGuestAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan? silence, CancellationToken cancellationToken) =>
        _watch.GuardAsync(work, silence, cancellationToken);

    /// <inheritdoc/>
    public Task<ToolCommand> SshCommandAsync(IReadOnlyList<string> options, string? command, CancellationToken cancellationToken) =>
        Target.CommandAsync(_watch, new(options, command, _host.Key, _host.Time), Patience * 4, cancellationToken);

    /// <inheritdoc/>
    public async Task<ISavedMachine> SaveAsync(CancellationToken cancellationToken)
    {
        await GuardAsync(c => Guest.RunAsync("sync", default, c), Patience * 2, cancellationToken);
        await _link.DropAsync();
        return await GuardAsync(c => QemuSavedMachine.SaveAsync(_host, _start, Monitor, _files.Disk, c), null, cancellationToken);
    }

    /// <summary>Waits until the saved state is loaded and lets the guest run.</summary>
    public Task ContinueAsync(CancellationToken cancellationToken) =>
        GuardAsync(
            async c =>
            {
                var wait = MigrationWait.Of(_host, Shape, "loading the saved state");
                while (
                    (await Monitor.CallAsync("query-status", null, c) as JsonTextObject)?.Find("status")
                        is JsonTextString { Value: "inmigrate" }
                )
                {
                    await wait.PauseAsync(c);
                }

                return await Monitor.CallAsync("cont", null, c);
            },
            null,
            cancellationToken
        );

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        try
        {
            await _link.DisposeAsync();
        }
        finally
        {
            await _stop.CancelAsync();
            await _end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await _emulator.QuitAsync(_host.Time);
            await _emulator.DisposeAsync();
            _stop.Dispose();
            await _console.DisposeAsync();
            Directory.Delete(_scratch, recursive: true);
            Directory.Delete(Path.GetDirectoryName(_files.Disk)!, recursive: true);
        }
    }

    private static ToolCommand Command(QemuHost host, MachineStart start, MachineFiles files)
    {
        var architecture = QemuArchitecture.Find(start.Shape.Architecture)!;
        var name = Path.GetFileName(start.OutputDirectory);
        return new(architecture.Program, [.. QemuCommandLine.Arguments(name, start.Shape, architecture, host.Accelerator, files)])
        {
            MissingHint = KolaDiagnostics.QemuHint,
            GracePeriod = TimeSpan.FromSeconds(3),
        };
    }

    private Task<string> IdentityAsync(CancellationToken cancellationToken) =>
        Guest.MustAsync("reading the boot id", GuestCommands.BootIdentity, default, cancellationToken);

    private Task<IGuest> ConnectAsync(CancellationToken cancellationToken) =>
        FirstGuest.ConnectAsync(
            [
                c => SshGuest.ConnectAsync(_host.Tools, () => Target, _host.Key, Path.Combine(_scratch, "s"), Handshake, _host.Time, c),
                c => AgentGuest.ConnectAsync(_files.Agent!, new(Handshake, Answer), _host.Time, c),
            ],
            cancellationToken
        );

    /// <summary>
    /// Starts QEMU again whenever the guest resets, until it powers off, fails or is no longer wanted. A reset inside one QEMU process
    /// keeps translated code and memory: emulated guests then hung or panicked in about one reboot of five, which a fresh process does in
    /// one of fifty.
    /// </summary>
    private async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var emulator = _emulator;
            var end = await emulator.EndAsync(cancellationToken);
            if (!emulator.ResetWanted)
            {
                return end.ExitCode == 0 ? $"the guest powered off; last console line: {_console.LastLine}" : Emulator.Reason(end);
            }

            await emulator.DisposeAsync();
            try
            {
                _emulator = await Emulator.StartAsync(_host, _restart, _files.Qmp, Shape.Ports, cancellationToken);
            }
            catch (Exception e) when (e is MachineFailedException or PipelineException)
            {
                return $"the machine did not start again after its reset: {e.Message}";
            }

            Interlocked.Increment(ref _resets);
        }
    }
}
