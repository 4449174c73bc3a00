using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>
/// A booted machine, stopped and saved. Every machine started from it begins with the saved memory and a disk overlay of its own, in about
/// a second instead of a boot. Disk and state stay read-only; they are deleted when it is disposed, unless they are kept for later runs.
/// </summary>
internal sealed class QemuSavedMachine : ISavedMachine
{
    private readonly QemuHost _host;
    private readonly MachineStart _start;
    private string _directory;
    private DirectoryLock? _kept;
    private bool _discarded;

    private QemuSavedMachine(QemuHost host, MachineStart start, string directory, DirectoryLock? kept)
    {
        _host = host;
        _start = start;
        _directory = directory;
        _kept = kept;
    }

    /// <inheritdoc/>
    public bool IsOld { get; private init; }

    /// <inheritdoc/>
    public MachineShape Shape => _start.Shape;

    private QemuImage Image => new(Path.Combine(_directory, "disk.qcow2"), "qcow2");

    private string State => Path.Combine(_directory, "state");

    /// <summary>Stops the machine behind <paramref name="monitor"/> and saves its memory; takes its disk away.</summary>
    public static async Task<QemuSavedMachine> SaveAsync(
        QemuHost host,
        MachineStart start,
        Qmp monitor,
        string disk,
        CancellationToken cancellationToken
    )
    {
        var saved = new QemuSavedMachine(host, start, host.NewDiskDirectory(), null);
        try
        {
            await monitor.CallAsync("stop", null, cancellationToken);
            var target = new JsonTextString($"exec:exec cat >{ShellWord.Quote(saved.State)}");
            await monitor.CallAsync("migrate", new([new("uri", target)]), cancellationToken);
            var wait = MigrationWait.Of(host, start.Shape, "saving the machine's state");
            while (await StatusAsync(monitor, cancellationToken) is var status && status != "completed")
            {
                if (status is "failed" or "cancelled")
                {
                    throw new MachineFailedException($"saving the machine's state {status}");
                }

                await wait.PauseAsync(cancellationToken);
            }

            File.Move(disk, saved.Image.Path);
            return saved;
        }
        catch
        {
            await saved.DisposeAsync();
            throw;
        }
    }

    /// <summary>One that an earlier run kept.</summary>
    /// <param name="host">What machines share.</param>
    /// <param name="start">How it was started.</param>
    /// <param name="path">Its folder.</param>
    /// <param name="cancellationToken">Ends the wait for its lock.</param>
    /// <exception cref="IOException">It is not there.</exception>
    public static async Task<QemuSavedMachine> FindAsync(
        QemuHost host,
        MachineStart start,
        string path,
        CancellationToken cancellationToken
    ) => new(host, start, path, await DirectoryLock.UseAsync(path, cancellationToken)) { IsOld = true };

    /// <summary>Keeps it for later runs.</summary>
    /// <param name="path">Its folder from now on; must not exist, and be on the same file system.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="IOException">It cannot be moved there.</exception>
    public async Task<QemuSavedMachine> KeepAsync(string path, CancellationToken cancellationToken)
    {
        // On the disk before it has the name: a host that stops in between must not leave a damaged machine for the next run.
        foreach (var file in new[] { Image.Path, State })
        {
            using var handle = RegularFile.OpenForChange(file);
            RandomAccess.FlushToDisk(handle);
        }

        var held = await DirectoryLock.UseAsync(_directory, cancellationToken);
        try
        {
            Directory.Move(_directory, path);
        }
        catch
        {
            held.Dispose();
            throw;
        }

        (_directory, _kept) = (path, held);
        return this;
    }

    /// <inheritdoc/>
    public void Discard() => _discarded = true;

    /// <inheritdoc/>
    public async Task<IMachine> StartAsync(string output, CancellationToken cancellationToken)
    {
        var machine = await QemuMachine.StartAsync(_host, _start with { OutputDirectory = output }, Image, State, cancellationToken);
        try
        {
            await machine.ContinueAsync(cancellationToken);
            await machine.WaitForGuestAsync(cancellationToken);
            var now = _host.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
            var command = string.Create(CultureInfo.InvariantCulture, $"sudo date -s @{now:0.000}");
            await machine.Guest.MustAsync("setting the clock", command, default, cancellationToken);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> StatusAsync(Qmp monitor, CancellationToken cancellationToken) =>
        (await monitor.CallAsync("query-migrate", null, cancellationToken) as JsonTextObject)?.Find("status") is JsonTextString text
            ? text.Value
            : "";

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_kept is null)
        {
            Directory.Delete(_directory, recursive: true);
            return ValueTask.CompletedTask;
        }

        _kept.Dispose();
        if (_discarded)
        {
            QemuSavedStore.Remove([_directory]);
        }

        return ValueTask.CompletedTask;
    }
}
