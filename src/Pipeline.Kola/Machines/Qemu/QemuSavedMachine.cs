using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>
/// A booted machine, stopped and saved. Every machine started from it begins with the saved memory and a disk overlay of its own, in about
/// a second instead of a boot. Disk and state stay read-only until disposed.
/// </summary>
internal sealed class QemuSavedMachine : ISavedMachine
{
    private readonly QemuHost _host;
    private readonly MachineStart _start;
    private readonly string _directory;

    private QemuSavedMachine(QemuHost host, MachineStart start)
    {
        _host = host;
        _start = start;
        _directory = host.NewDiskDirectory();
    }

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
        var saved = new QemuSavedMachine(host, start);
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
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
