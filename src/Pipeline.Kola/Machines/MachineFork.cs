using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines;

/// <summary>
/// A booted machine, stopped and saved. Every fork starts from the saved memory with a disk overlay of its own, in about a second
/// instead of a boot. Disk and state stay read-only until disposed.
/// </summary>
internal sealed class MachineFork : IDisposable
{
    private readonly string _directory;

    private MachineFork(string directory, MachineOptions options)
    {
        _directory = directory;
        Options = options;
    }

    /// <summary>The shape that every fork has to have; its image is the frozen disk.</summary>
    public MachineOptions Options { get; }

    /// <summary>The saved memory and devices.</summary>
    public string State => Path.Combine(_directory, "state");

    /// <summary>Stops a machine that is up, saves it and ends it.</summary>
    public static async Task<MachineFork> SaveAsync(
        MachineHost host,
        QemuMachine machine,
        MachineOptions options,
        CancellationToken cancellationToken
    )
    {
        var directory = host.NewDiskDirectory();
        var fork = new MachineFork(directory, options with { Image = Path.Combine(directory, "disk.qcow2"), ImageFormat = "qcow2" });
        await machine.Ssh.RunAsync("sync", cancellationToken);
        await machine.DisconnectAsync();
        await machine.Monitor.CallAsync("stop", null, cancellationToken);
        await machine.Monitor.CallAsync(
            "migrate",
            new([new("uri", new JsonTextString($"exec:exec cat >{SshSession.Quote(fork.State)}"))]),
            cancellationToken
        );
        while (true)
        {
            var status = (await machine.Monitor.CallAsync("query-migrate", null, cancellationToken) as JsonTextObject)?.Find("status")
                is JsonTextString text
                ? text.Value
                : "";
            if (status == "completed")
            {
                break;
            }

            if (status is "failed" or "cancelled")
            {
                throw new MachineFailedException($"saving the machine's state {status}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), host.Time, cancellationToken);
        }

        File.Move(machine.Disk, fork.Options.Image);
        return fork;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
