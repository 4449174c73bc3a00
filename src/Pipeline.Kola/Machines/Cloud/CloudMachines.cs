using Pipeline.Clouds.Instances;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines.Guests;

namespace Pipeline.Kola.Machines.Cloud;

/// <summary>What the machines of one run on a cloud share.</summary>
/// <param name="Cloud">The provider's instances.</param>
/// <param name="Image">The provider's id of the image under test.</param>
/// <param name="Run">Name of the run; begins the names of its instances and is their tag.</param>
/// <param name="Tools">Starts ssh.</param>
/// <param name="Time">Clock.</param>
/// <param name="Key">Key for ssh.</param>
/// <param name="Scratch">A directory with a short path, for sockets.</param>
internal sealed record CloudHost(
    ICloudInstances Cloud,
    string Image,
    string Run,
    IToolRunner Tools,
    TimeProvider Time,
    SshKey Key,
    string Scratch
)
{
    /// <summary>The tag that every instance of ours carries, with the run's name as value.</summary>
    public const string RunTag = "pipeline-run";

    /// <summary>The tag that says what an instance is for.</summary>
    public const string KindTag = "pipeline-kind";

    /// <summary>The value of <see cref="KindTag"/> of the machines of tests.</summary>
    public const string Kind = "kola";

    /// <summary>How often state and console are looked at; providers limit how often they are asked.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Consoles of clouds come late and in pieces, and some only after minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Connects to the guest of an instance. A test replaces it.</summary>
    public Func<Func<SshTarget>, string, CancellationToken, Task<IGuest>> Connect { get; init; } =
        (target, socket, cancellationToken) =>
            SshGuest.ConnectAsync(Tools, target, Key, socket, TimeSpan.FromSeconds(20), Time, cancellationToken);
}

/// <summary>
/// Machines on a cloud, by <see cref="ICloudInstances"/>. Disposing terminates every instance of the run, also those whose start was cut
/// short.
/// </summary>
internal sealed class CloudMachines : IMachineProvider
{
    /// <summary>Machines at once: two virtual CPUs each, of the 32 that a new account may have.</summary>
    private const int UsualQuota = 16;

    private readonly CloudHost _host;
    private readonly TemporaryDirectory? _scratch;

    /// <summary>Machines with the given host.</summary>
    internal CloudMachines(CloudHost host, TemporaryDirectory? scratch = null)
    {
        _host = host;
        _scratch = scratch;
    }

    /// <inheritdoc/>
    public string Platform => _host.Cloud.Platform;

    /// <inheritdoc/>
    public string Description => $"instances on {Platform}";

    /// <inheritdoc/>
    public double Slowness => 1;

    /// <inheritdoc/>
    public int DefaultCpus => 2;

    /// <inheritdoc/>
    public MachineNetwork Network { get; } = new(Host: null);

    /// <inheritdoc/>
    public string PublicKey => _host.Key.Public;

    /// <inheritdoc/>
    public bool CanSave => false;

    /// <inheritdoc/>
    public int? AtOnce => UsualQuota;

    /// <summary>Makes the key of the machines.</summary>
    /// <param name="cloud">The provider's instances.</param>
    /// <param name="image">The provider's id of the image under test.</param>
    /// <param name="run">Name of the run.</param>
    /// <param name="tools">Starts ssh.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<CloudMachines> CreateAsync(
        ICloudInstances cloud,
        string image,
        string run,
        IToolRunner tools,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var scratch = new TemporaryDirectory();
        try
        {
            var key = await SshKey.CreateAsync(tools, scratch.Path, cancellationToken);
            return new(new(cloud, image, run, tools, time, key, scratch.Path), scratch);
        }
        catch
        {
            scratch.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Lacks(MachineShape shape) =>
        shape.KernelArguments.Count > 0 || shape.FirstBootArguments.Count > 0
            ? $"machines on {Platform} boot the image's own kernel arguments"
        : shape.Disks.Prepend(shape.SystemDisk).Any(d => d.IsSpecial) ? $"machines on {Platform} have plain disks"
        : shape.Numa ? $"machines on {Platform} have the NUMA nodes of their type"
        : shape.Ports.Count > 0 ? $"machines on {Platform} are reached at their own address, not by ports of this host"
        : _host.Cloud.Lacks(CloudMachine.Shaped(shape, DefaultCpus));

    /// <inheritdoc/>
    public async Task<IMachine> StartAsync(MachineStart start, CancellationToken cancellationToken) =>
        Lacks(start.Shape) is { Length: > 0 } lack
            ? throw new MachineFailedException(lack)
            : await CloudMachine.StartAsync(_host, start, DefaultCpus, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var tags = new Dictionary<string, string> { [CloudHost.RunTag] = _host.Run };
        foreach (var instance in await _host.Cloud.ListAsync(tags, CancellationToken.None))
        {
            await _host.Cloud.TerminateAsync(instance.Id, CancellationToken.None);
        }

        _scratch?.Dispose();
        (_host.Cloud as IDisposable)?.Dispose();
    }
}
