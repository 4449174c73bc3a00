using System.Text;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>
/// Saved machines that later runs start from too, each in a folder of <c>cache/machines</c> that is named by everything that makes the
/// machine. Whoever starts machines from one holds a share of its folder's lock; whoever removes one needs the lock alone.
/// </summary>
/// <param name="host">What machines share.</param>
/// <param name="image">What their disks lie over; its content must not change while its name, size and times stay.</param>
/// <param name="cache">The work directory's cache.</param>
/// <param name="reporter">Receives whom it waits for.</param>
internal sealed class QemuSavedStore(QemuHost host, QemuImage image, string cache, IReporter reporter)
{
    /// <summary>How many stay: each takes as much as the guest's memory in use.</summary>
    public const int MostKept = 4;

    private const int Layout = 1; // raised when what is in a folder changes
    private readonly string _folder = FolderOf(cache);

    /// <summary>The kind of cache that they are, for the verbs that show and prune caches.</summary>
    /// <param name="cache">The work directory's cache.</param>
    public static CacheKind Kind(string cache) =>
        new()
        {
            Name = "machines",
            Holds = "booted machines that tests and 'run' start from",
            Directory = FolderOf(cache),
            Entries = CacheFiles.EachDirectory,
            RemoveAsync = (entries, _) =>
            {
                Remove(entries.Select(e => Path.Combine(FolderOf(cache), e.Name)));
                return Task.CompletedTask;
            },
        };

    /// <summary>The saved machine of an earlier run, or else that which <paramref name="boot"/> boots: kept for later runs.</summary>
    /// <param name="start">The machine.</param>
    /// <param name="point">One word: how far it has come when <paramref name="boot"/> returns.</param>
    /// <param name="boot">Boots it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="MachineFailedException">It did not come up, or could not be saved.</exception>
    public async Task<ISavedMachine> GetAsync(
        MachineStart start,
        string point,
        Func<CancellationToken, Task<IMachine>> boot,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(_folder);
        var path = Path.Combine(_folder, Key(start, point));
        if (await FindAsync(start, path, cancellationToken) is { } kept)
        {
            return kept;
        }

        // Two runs of one image boot it once.
        using var making = await FileLock.AcquireAsync(
            path + ".lock",
            wait: true,
            holder => reporter.Note($"waiting for {holder}"),
            host.Time,
            cancellationToken
        );
        if (await FindAsync(start, path, cancellationToken) is { } made)
        {
            return made;
        }

        await using var machine = await boot(cancellationToken);
        var saved = (QemuSavedMachine)await machine.SaveAsync(cancellationToken);
        try
        {
            Remove(Directory.EnumerateDirectories(_folder).OrderByDescending(Directory.GetLastWriteTimeUtc).Skip(MostKept - 1).ToArray());
            return await saved.KeepAsync(path, cancellationToken);
        }
        catch (IOException)
        {
            // Another file system, or somebody else's cache: it serves this run alone.
            return saved;
        }
    }

    /// <summary>Removes those that no run starts machines from.</summary>
    public static void Remove(IEnumerable<string> folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
        {
            using var alone = DirectoryLock.TryAcquire(folder);
            if (alone is not null)
            {
                UnixFile.DeleteTree(folder);
            }
        }
    }

    private static string FolderOf(string cache) => Path.Combine(cache, "machines");

    private async Task<ISavedMachine?> FindAsync(MachineStart start, string path, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(path))
        {
            return null;
        }

        try
        {
            var found = await QemuSavedMachine.FindAsync(host, start, path, cancellationToken);
            CacheFiles.Touch(path, host.Time);
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed in this moment, or somebody else's.
            return null;
        }
    }

    /// <summary>A digest of what the guest can see of its machine, and of the programs and files that made it.</summary>
    private string Key(MachineStart start, string point)
    {
        // Ports are QEMU's alone.
        var shape = start.Shape with
        {
            Ports = [],
        };
        var architecture = QemuArchitecture.Find(shape.Architecture)!;
        var files = new MachineFiles("disk", "console", "monitor", start.Ignition is null ? null : "config", null, null)
        {
            Agent = "agent",
        };
        var firmware = shape.Firmware == MachineFirmware.Uefi ? FirmwareFiles.Find(File.Exists) : null;
        string?[] parts =
        [
            $"{Layout} {point}",
            .. QemuCommandLine.Arguments("machine", shape, architecture, host.Accelerator, files),
            shape.ToString(),
            start.Ignition,
            .. new[] { image.Path, host.Tools.Find(architecture.Program), firmware?.Code, firmware?.Variables }.SelectMany(Stamp),
            host.Accelerator.Kvm ? Processor() : null,
        ];
        return Digest.Of(Encoding.UTF8.GetBytes(string.Join('\0', parts))).Hex[..32];
    }

    private static string?[] Stamp(string? path) => [path, path is null ? null : UnixFile.StampOfTarget(path)];

    /// <summary>A guest of KVM saw the features of the host's own processor, and a cache may travel.</summary>
    private static string Processor() =>
        string.Join(
            '\n',
            File.ReadLines("/proc/cpuinfo")
                .TakeWhile(l => l.Length > 0)
                .Where(l => l.StartsWith("model name", StringComparison.Ordinal) || l.StartsWith("flags", StringComparison.Ordinal))
        );
}
