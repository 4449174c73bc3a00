using Pipeline.Clouds;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Cloud;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Kola.Runs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

/// <summary>What the machines of a run are made from.</summary>
/// <param name="Tools">Starts programs.</param>
/// <param name="Reporter">Receives notes.</param>
/// <param name="Time">Clock.</param>
/// <param name="Boot">The request.</param>
/// <param name="Build">The build under test.</param>
/// <param name="Disks">A directory with space, emptied by the next run.</param>
internal sealed record MachineSource(
    IToolRunner Tools,
    IReporter Reporter,
    TimeProvider Time,
    BootRequest Boot,
    BuildUnderTest Build,
    string Disks
);

/// <summary>One kind of machine.</summary>
/// <param name="Platform">The platform whose images it boots.</param>
/// <param name="CreateAsync">Makes the provider of a run's machines.</param>
internal sealed record MachineKind(string Platform, Func<MachineSource, CancellationToken, Task<IMachineProvider>> CreateAsync)
{
    /// <summary>As <see cref="IMachineProvider.KeepsSaved"/>, known before there is a provider.</summary>
    public bool KeepsSaved { get; init; }

    /// <summary>All kinds; a new one is a row here and a folder below <c>Machines/</c>.</summary>
    public static ValueList<MachineKind> All { get; } =
    [
        new(PlatformTable.Qemu, QemuAsync) { KeepsSaved = true },
        .. CloudProvider.All.Select(p => new MachineKind(p.Platform, (source, token) => CloudAsync(p, source, token))),
    ];

    /// <summary>The kind that boots a platform's images.</summary>
    /// <exception cref="PipelineException">PL4014 there is none.</exception>
    public static MachineKind Of(string platform) =>
        All.FirstOrDefault(k => k.Platform == platform)
        ?? throw new PipelineException(KolaDiagnostics.NoMachines(platform, All.Select(k => k.Platform)));

    private static async Task<IMachineProvider> CloudAsync(
        CloudProvider provider,
        MachineSource source,
        CancellationToken cancellationToken
    )
    {
        var options = source.Boot.Cloud ?? throw new InvalidOperationException("a run in a cloud has options for it");
        var instances = provider.Instances(options, source.Time);
        await CloudReaper.RunAsync(instances, source.Reporter, source.Time, cancellationToken);
        var run = $"kola-{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray())[..12]}";
        return await CloudMachines.CreateAsync(instances, source.Build.Image, run, source.Tools, source.Time, cancellationToken);
    }

    private static async Task<IMachineProvider> QemuAsync(MachineSource source, CancellationToken cancellationToken) =>
        await QemuMachines.CreateAsync(
            source.Tools,
            source.Reporter,
            source.Time,
            source.Boot.Platform,
            new(source.Build.Image, source.Build.Format),
            source.Disks,
            source.Boot.WorkDirectory.Cache,
            cancellationToken
        );
}
