using Pipeline.Releases.Desks;

namespace Pipeline.Releases;

/// <summary>
/// The way into this project: one façade per area, made from the same services. Each method reads what its request names, does one
/// thing and answers with a record; paths are as the user typed them, failures are <see cref="Model.Diagnostics.PipelineException"/>.
/// </summary>
/// <param name="services">What the façades use of the outside.</param>
public sealed class ReleaseDesk(ReleaseServices services)
{
    /// <summary>Builds in stores.</summary>
    public BuildDesk Builds { get; } = new(services);

    /// <summary>What two builds differ in.</summary>
    public DifferenceDesk Differences { get; } = new(services, new(services));

    /// <summary>Images in clouds.</summary>
    public CloudImageDesk CloudImages { get; } = new(services);

    /// <summary>Documents that other programs read.</summary>
    public ContractDesk Contracts { get; } = new(services);

    /// <summary>Published images.</summary>
    public DownloadDesk Downloads { get; } = new(services);

    /// <summary>Proofs about builds, for gates.</summary>
    public EvidenceDesk Evidence { get; } = new(services);

    /// <summary>Update graphs.</summary>
    public GraphDesk Graphs { get; } = new(services);

    /// <summary>Content that moves to the next stream.</summary>
    public PromotionDesk Promotions { get; } = new(services);

    /// <summary>Documents of a release.</summary>
    public PublishingDesk Publishing { get; } = new(services);

    /// <summary>Which releases machines may update to.</summary>
    public RolloutDesk Rollouts { get; } = new(services);

    /// <summary>Stream metadata.</summary>
    public StreamDesk Streams { get; } = new(services);

    /// <summary>Numbers of releases.</summary>
    public VersionDesk Versions { get; } = new(services);
}
