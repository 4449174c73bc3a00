using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines.Guests;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>Machines by QEMU on this host. Nothing but this type and the seams is needed to run one.</summary>
public sealed class QemuMachines : IMachineProvider
{
    /// <summary>Where QEMU's user network shows the host's loopback.</summary>
    private const string HostAddress = "10.0.2.2";

    private readonly QemuHost _host;
    private readonly QemuImage _image;
    private readonly TemporaryDirectory _scratch;
    private readonly QemuSavedStore _saved;

    private QemuMachines(QemuHost host, string platform, QemuImage image, QemuSavedStore saved, TemporaryDirectory scratch)
    {
        _saved = saved;
        Platform = platform;
        _host = host;
        _image = image;
        _scratch = scratch;
    }

    /// <inheritdoc/>
    public string Platform { get; }

    /// <inheritdoc/>
    public string Description => _host.Accelerator.ToString();

    /// <inheritdoc/>
    public double Slowness => _host.Accelerator.Slowness;

    /// <inheritdoc/>
    public int DefaultCpus => _host.Accelerator.DefaultCpus;

    /// <inheritdoc/>
    public MachineNetwork Network { get; } = new(HostAddress);

    /// <inheritdoc/>
    public string PublicKey => _host.Key.Public;

    /// <inheritdoc/>
    public bool CanSave => true;

    /// <inheritdoc/>
    public bool KeepsSaved => true;

    /// <summary>
    /// Finds out what can run guests here (the answer is kept in <paramref name="cache"/>) and gets the key of the machines.
    /// </summary>
    /// <param name="tools">Starts QEMU and ssh.</param>
    /// <param name="reporter">Receives whom the work waits for.</param>
    /// <param name="time">Clock.</param>
    /// <param name="platform">The platform that the image finds itself on.</param>
    /// <param name="image">What machines start from.</param>
    /// <param name="disks">A directory with space, for disks and saved memory.</param>
    /// <param name="cache">The work directory's cache.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="Model.Diagnostics.PipelineException">PL4001 QEMU cannot run any guest (class 3).</exception>
    public static async Task<QemuMachines> CreateAsync(
        IToolRunner tools,
        IReporter reporter,
        TimeProvider time,
        string platform,
        QemuImage image,
        string disks,
        string cache,
        CancellationToken cancellationToken
    )
    {
        var accelerator = await ProbeAsync(tools, time, cache, cancellationToken);
        var scratch = new TemporaryDirectory();
        try
        {
            var key =
                await SshKey.KeptAsync(tools, time, cache, cancellationToken)
                ?? await SshKey.CreateAsync(tools, scratch.Path, cancellationToken);
            var host = new QemuHost(tools, time, accelerator, key, scratch.Path, disks);
            return new(host, platform, image, new(host, image, cache, reporter), scratch);
        }
        catch
        {
            scratch.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Lacks(MachineShape shape) =>
        QemuArchitecture.Find(shape.Architecture) is null ? $"there are no QEMU machines for {shape.Architecture.Name}"
        : shape.Tpm ? "QEMU machines have no TPM here"
        : shape.Numa && (shape.Cpus ?? 2) < 2 ? "two NUMA nodes need two virtual CPUs"
        : shape.Nics < 1 ? "QEMU machines have at least one network interface"
        : "";

    /// <inheritdoc/>
    public async Task<IMachine> StartAsync(MachineStart start, CancellationToken cancellationToken) =>
        Lacks(start.Shape) is { Length: > 0 } lack
            ? throw new MachineFailedException(lack)
            : await QemuMachine.StartAsync(_host, start, _image, null, cancellationToken);

    /// <inheritdoc/>
    public Task<ISavedMachine> SavedAsync(
        MachineStart start,
        string point,
        Func<CancellationToken, Task<IMachine>> boot,
        CancellationToken cancellationToken
    ) => _saved.GetAsync(start, point, boot, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What runs guests here.</summary>
    internal static Task<Accelerator> ProbeAsync(IToolRunner tools, TimeProvider time, string cache, CancellationToken cancellationToken) =>
        new AcceleratorProbe(tools, time).FindAsync(Path.Combine(cache, "accelerator.json"), cancellationToken);
}
