using System.Globalization;
using Pipeline.Clouds.Instances;
using Pipeline.Host.Tools;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines.Guests;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Kola.Machines.Cloud;

/// <summary>
/// One instance of a cloud as a machine. Its console is fetched every few seconds into <c>console.txt</c>, where it is checked as QEMU's
/// is.
/// </summary>
internal sealed class CloudMachine : IMachine
{
    /// <summary>How long a guest that may be rebooting may take to say which boot it is.</summary>
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(30);

    private readonly CloudHost _host;
    private readonly MachineStart _start;
    private readonly ConsoleFollower _console;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<string> _end;
    private readonly MachineWatch _watch;
    private readonly GuestLink _link;
    private readonly string _socket;
    private CloudInstance _instance;
    private string _printed = "";
    private bool _disposed;

    private CloudMachine(CloudHost host, MachineStart start, CloudInstance instance)
    {
        _host = host;
        _start = start;
        _instance = instance;
        _socket = Path.Combine(host.Scratch, $"{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()[..4])}");
        _console = new(Path.Combine(start.OutputDirectory, "console.txt"), host.Time);
        _end = WatchAsync(_stop.Token);
        _watch = new(_console, _end, emulated: false, host.Time);
        _link = new(ConnectAsync, start.OutputDirectory, Notice);
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
        new(
            _instance.Address is null ? null : new ToolCommand("ssh", Target.Options(_host.Key, "none")).ToString(),
            Path.Combine(OutputDirectory, "console.txt"),
            Serial: null,
            Monitor: null
        );

    /// <inheritdoc/>
    public string LastLine => _console.LastLine;

    private SshTarget Target => new(_instance.Address!, 22);

    /// <summary>The shape as providers name it.</summary>
    public static CloudInstanceShape Shaped(MachineShape shape, int cpus) =>
        new()
        {
            Architecture = shape.Architecture,
            Uefi = shape.Firmware == MachineFirmware.Uefi,
            Tpm = shape.Tpm,
            MemoryMiB = shape.MemoryMiB,
            Cpus = shape.Cpus ?? cpus,
            Type = shape.InstanceType,
            DiskSize = shape.SystemDisk.Size,
            Disks = [.. shape.Disks.Select(d => d.Size!.Value)],
            Nics = shape.Nics,
        };

    /// <summary>Launches an instance; returns when the provider has accepted it.</summary>
    /// <exception cref="MachineFailedException">The provider refused.</exception>
    public static async Task<CloudMachine> StartAsync(CloudHost host, MachineStart start, int cpus, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(start.OutputDirectory);
        await File.WriteAllTextAsync(Path.Combine(start.OutputDirectory, "console.txt"), "", cancellationToken);
        if (start.Ignition is { } config)
        {
            await File.WriteAllTextAsync(Path.Combine(start.OutputDirectory, "ignition.json"), config, cancellationToken);
        }

        var launch = new CloudLaunch
        {
            Name = $"{host.Run}-{Path.GetFileName(start.OutputDirectory)}",
            Image = host.Image,
            Shape = Shaped(start.Shape, cpus),
            UserData = start.Ignition,
            Tags = new Dictionary<string, string> { [CloudHost.RunTag] = host.Run, [CloudHost.KindTag] = CloudHost.Kind },
        };
        try
        {
            return new(host, start, await host.Cloud.LaunchAsync(launch, cancellationToken));
        }
        catch (PipelineException e)
        {
            throw new MachineFailedException($"the instance was not launched: {Text(e)}");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> TakeMarks() => [.. _console.TakeMarks().Select(m => m.ToString())];

    /// <inheritdoc/>
    public Task WaitForGuestAsync(CancellationToken cancellationToken) => _link.ConnectAsync(_watch, Patience, cancellationToken);

    /// <inheritdoc/>
    public async Task RebootAsync(MachineReboot kind, Func<CancellationToken, Task> begin, CancellationToken cancellationToken)
    {
        // Clouds do not report a guest's own reboot: the boot's identity shows it.
        var identity = await Guest.MustAsync("reading the boot id", GuestCommands.BootIdentity, default, cancellationToken);
        await begin(cancellationToken);
        await _link.WaitForAnotherBootAsync(_watch, identity, Patience, _host.Time, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan? silence, CancellationToken cancellationToken) =>
        _watch.GuardAsync(work, silence, cancellationToken);

    /// <inheritdoc/>
    public Task<ToolCommand> SshCommandAsync(IReadOnlyList<string> options, string? command, CancellationToken cancellationToken) =>
        Target.CommandAsync(_watch, new(options, command, _host.Key, _host.Time), Patience * 4, cancellationToken);

    /// <inheritdoc/>
    public Task<ISavedMachine> SaveAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("a cloud's instance cannot be saved with its memory");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _link.DisposeAsync();
        await _stop.CancelAsync();
        await _end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await FetchConsoleAsync(CancellationToken.None);
            await _host.Cloud.TerminateAsync(_instance.Id, CancellationToken.None);
        }
        catch (PipelineException)
        {
            // The provider terminates what carries the run's tag once more at the end, and says then what it could not.
        }

        await _console.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<IGuest> ConnectAsync(CancellationToken cancellationToken)
    {
        while (_instance.Address is null || _instance.State == CloudInstanceState.Pending)
        {
            await Task.Delay(_host.Beat, _host.Time, cancellationToken);
        }

        return await _host.Connect(() => Target, _socket, cancellationToken);
    }

    /// <summary>Follows state and console until the instance has ended; returns why.</summary>
    private async Task<string> WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var now = await _host.Cloud.FindAsync(_instance.Id, cancellationToken);
                await FetchConsoleAsync(cancellationToken);
                if (now is null or { State: CloudInstanceState.Terminated })
                {
                    return $"the instance {_instance.Id} was terminated";
                }

                if (now.State == CloudInstanceState.Stopped)
                {
                    return $"the guest powered off; last console line: {_console.LastLine}";
                }

                _instance = now;
            }
            catch (PipelineException e) when (e.Exit != ExitClass.OutsideWorld)
            {
                return Text(e);
            }
            catch (PipelineException)
            {
                // The provider did not answer this time; the next look may. A guest that is lost meanwhile is noticed by its silent
                // console.
            }

            await Task.Delay(_host.Beat, _host.Time, cancellationToken);
        }
    }

    /// <summary>
    /// Appends what the console printed since the last look. Providers keep only its end, so what was seen is looked for in the text.
    /// </summary>
    private async Task FetchConsoleAsync(CancellationToken cancellationToken)
    {
        var text = await _host.Cloud.ConsoleAsync(_instance.Id, cancellationToken);
        await File.AppendAllTextAsync(Path.Combine(OutputDirectory, "console.txt"), text[Seen(text, _printed)..], cancellationToken);
        _printed = text;
    }

    /// <summary>Where in <paramref name="text"/> that begins which was not in <paramref name="before"/>.</summary>
    internal static int Seen(string text, string before)
    {
        if (text.StartsWith(before, StringComparison.Ordinal))
        {
            return before.Length;
        }

        var tail = before[^Math.Min(before.Length, 256)..];
        var at = text.LastIndexOf(tail, StringComparison.Ordinal);
        return at < 0 ? 0 : at + tail.Length;
    }

    private static string Text(PipelineException e) =>
        string.Join("; ", e.Diagnostics.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Code}: {d.Message}")));
}
