using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Pipeline.CloudEmulators.Faults;
using Pipeline.CloudEmulators.Machines;
using Pipeline.Host.Output;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>The machines behind instances; what happens to a machine is written into the state.</summary>
internal sealed class Ec2Runner : IAsyncDisposable
{
    /// <summary>The tag with the port of ssh, for hosts where port 22 of a loopback address cannot be had.</summary>
    public const string PortTag = "emulator:ssh-port";

    private readonly AwsStore _store;
    private readonly SnapshotFiles _files;
    private readonly IInstanceMachines _machines;
    private readonly EmulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly IReporter _reporter;
    private readonly ConcurrentDictionary<string, IInstanceMachine> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _watches = new(StringComparer.Ordinal);
    private volatile bool _stopping;

    /// <summary>A runner without machines.</summary>
    public Ec2Runner(
        AwsStore store,
        SnapshotFiles files,
        IInstanceMachines machines,
        EmulatorOptions options,
        TimeProvider time,
        IReporter reporter
    )
    {
        _store = store;
        _files = files;
        _machines = machines;
        _options = options;
        _time = time;
        _reporter = reporter;
    }

    /// <summary>Why no instance of that architecture, in EC2's spelling, runs here.</summary>
    public string Lacks(string architecture) => _machines.Lacks(Spelled(architecture));

    /// <summary>Starts the machine of an instance that is pending; a failure is the instance's end.</summary>
    public async Task StartAsync(string region, Ec2Instance instance)
    {
        try
        {
            var key = await _store.ReadAsync(
                s => s.In(region).Keys.GetValueOrDefault($"{instance.Owner} {instance.KeyName}"),
                CancellationToken.None
            );
            var type = Ec2InstanceTypes.Get(instance.Type);
            var metadata = new InstanceMetadata(instance, region, key, _time);
            var machine = await _machines.StartAsync(
                new()
                {
                    Id = instance.Id,
                    Directory = Folder(instance.Id),
                    Base = _files.Raw(instance.Data),
                    SizeGiB = instance.RootSize,
                    Disks = instance.Disks,
                    Architecture = Spelled(instance.Architecture),
                    Uefi = instance.Uefi,
                    MemoryMiB = Math.Min(type.MemoryMiB, _options.MostMemoryMiB),
                    Mac = instance.Mac,
                    PrivateAddress = IPAddress.Parse(instance.PrivateIp),
                    PublicAddress = IPAddress.Parse(instance.PublicIp),
                    NoBoot = instance.Fault == FaultRule.NoBoot,
                    Metadata = metadata.AnswerAsync,
                },
                CancellationToken.None
            );
            _running[instance.Id] = machine;
            if (!await ChangeAsync(region, instance.Id, i => i with { State = "running", Tags = Tagged(i, machine.SshPort) }))
            {
                // It was terminated while it started.
                await EndAsync(instance, unused: false);
                return;
            }

            _watches[instance.Id] = WatchAsync(region, instance.Id, machine);
        }
        catch (InstanceFailedException e)
        {
            _reporter.Report(EmulatorDiagnostics.MachineFailed(instance.Id, e.Message));
            await ChangeAsync(
                region,
                instance.Id,
                i => i with { State = "terminated", Reason = "Server.InternalError: " + e.Message, Ended = _time.GetUtcNow() }
            );
        }
    }

    /// <summary>
    /// Starts the machines of instances that ran, or were to run, when the emulator ended: as after a failure of their host.
    /// </summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var pending = await _store.WithAsync(
            s =>
                s.Regions.SelectMany(r => r.Value.Instances.Values.Where(i => i.State is "pending" or "running").Select(i => (r.Key, i)))
                    .ToArray(),
            cancellationToken
        );
        await Task.WhenAll(pending.Select(p => StartAsync(p.Key, p.i)));
    }

    /// <summary>Presses the reset button of an instance.</summary>
    public Task ResetAsync(string id) =>
        _running.TryGetValue(id, out var machine) ? machine.ResetAsync(CancellationToken.None) : Task.CompletedTask;

    /// <summary>Ends an instance and deletes its disk; its console stays until it is forgotten.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="unused">Whether nothing else is made of the bytes below its disk.</param>
    public async Task EndAsync(Ec2Instance instance, bool unused)
    {
        var id = instance.Id;
        if (_running.TryRemove(id, out var machine))
        {
            await machine.DisposeAsync();
        }

        if (Directory.Exists(Folder(id)))
        {
            foreach (var file in Directory.EnumerateFiles(Folder(id)).Where(f => Path.GetFileName(f) != "console.txt"))
            {
                File.Delete(file);
            }
        }

        if (unused)
        {
            _files.Delete(instance.Data);
        }
    }

    /// <summary>Deletes what is left of a terminated instance.</summary>
    public void Forget(string id)
    {
        if (Directory.Exists(Folder(id)))
        {
            Directory.Delete(Folder(id), recursive: true);
        }
    }

    /// <summary>The end of what the console printed.</summary>
    public byte[] Console(string id, int most)
    {
        var path = Path.Combine(Folder(id), "console.txt");
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(Math.Max(0, file.Length - most), SeekOrigin.Begin);
        var bytes = new byte[most];
        return bytes[..file.ReadAtLeast(bytes, most, throwOnEndOfStream: false)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        foreach (var machine in _running.Values)
        {
            await machine.DisposeAsync();
        }

        await Task.WhenAll(_watches.Values);
        await _machines.DisposeAsync();
    }

    private static string Spelled(string architecture) => architecture == "arm64" ? "aarch64" : architecture;

    private string Folder(string id) => Path.Combine(_options.StateDirectory, "instances", id);

    private async Task WatchAsync(string region, string id, IInstanceMachine machine)
    {
        var reason = await machine.End;
        if (_stopping || !_running.TryRemove(id, out _))
        {
            return;
        }

        await machine.DisposeAsync();
        await ChangeAsync(
            region,
            id,
            i =>
                i with
                {
                    State = i.EndsOnShutdown ? "terminated" : "stopped",
                    Ended = i.EndsOnShutdown ? _time.GetUtcNow() : null,
                    Reason = "Client.InstanceInitiatedShutdown: " + reason,
                }
        );
    }

    private static SortedDictionary<string, string> Tagged(Ec2Instance instance, int port) =>
        port == 22 ? instance.Tags : new(instance.Tags, StringComparer.Ordinal) { [PortTag] = port.ToString(CultureInfo.InvariantCulture) };

    private Task<bool> ChangeAsync(string region, string id, Func<Ec2Instance, Ec2Instance> change) =>
        _store.WithAsync(
            s =>
            {
                if (s.In(region).Instances.TryGetValue(id, out var now) && now.State != "terminated")
                {
                    s.In(region).Instances[id] = change(now);
                    return true;
                }

                return false;
            },
            CancellationToken.None
        );
}
