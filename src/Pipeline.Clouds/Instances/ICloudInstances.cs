using Pipeline.Model.Values;

namespace Pipeline.Clouds.Instances;

/// <summary>
/// Instances of one region of one cloud. A seam: each provider implements it, and <c>Pipeline.Kola</c> makes machines of it. Operations
/// find what they made before by name and tag, so a repeated call never makes a second instance. Failures of the provider are
/// <see cref="Model.Diagnostics.PipelineException"/>s of class 4.
/// </summary>
public interface ICloudInstances
{
    /// <summary>The platform an instance finds itself on, as in <c>ignition.platform.id</c>.</summary>
    string Platform { get; }

    /// <summary>Why the provider has no instance type that fits; empty when it has one.</summary>
    string Lacks(CloudInstanceShape shape);

    /// <summary>Starts an instance, or returns the one of that name that is not terminated. It need not be running yet.</summary>
    Task<CloudInstance> LaunchAsync(CloudLaunch launch, CancellationToken cancellationToken);

    /// <summary>The instance as it is now; <c>null</c> when the provider no longer has it.</summary>
    Task<CloudInstance?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// What the serial console printed so far, as far as the provider keeps it; untrusted text, bounded by the implementation.
    /// </summary>
    Task<string> ConsoleAsync(string id, CancellationToken cancellationToken);

    /// <summary>Resets the instance as its reset button would.</summary>
    Task RebootAsync(string id, CancellationToken cancellationToken);

    /// <summary>Ends the instance and deletes its disks; fine when it is gone already.</summary>
    Task TerminateAsync(string id, CancellationToken cancellationToken);

    /// <summary>All instances that carry every one of the tags and are not terminated; for collecting what a killed run left.</summary>
    Task<ValueList<CloudInstance>> ListAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken);
}

/// <summary>What an instance is asked to be; the provider picks the instance type unless one is named.</summary>
public sealed record CloudInstanceShape
{
    /// <summary>Architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The provider's name of the instance type; <c>null</c> for the smallest that fits.</summary>
    public string? Type { get; init; }

    /// <summary>Whether it starts from UEFI.</summary>
    public bool Uefi { get; init; }

    /// <summary>Whether it has a TPM 2.0.</summary>
    public bool Tpm { get; init; }

    /// <summary>Least memory in MiB.</summary>
    public required int MemoryMiB { get; init; }

    /// <summary>Least number of virtual CPUs.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Least size of the system disk, or <c>null</c> for the image's own.</summary>
    public ByteSize? DiskSize { get; init; }

    /// <summary>Further, empty disks by size.</summary>
    public ValueList<ByteSize> Disks { get; init; } = [];

    /// <summary>Network interfaces.</summary>
    public int Nics { get; init; } = 1;
}

/// <summary>One instance to start.</summary>
public sealed record CloudLaunch
{
    /// <summary>Unique name; the same name is the same instance.</summary>
    public required string Name { get; init; }

    /// <summary>The provider's id of the registered image.</summary>
    public required string Image { get; init; }

    /// <summary>Its shape.</summary>
    public required CloudInstanceShape Shape { get; init; }

    /// <summary>What the metadata service hands to the guest: the Ignition config; <c>null</c> for nothing.</summary>
    public string? UserData { get; init; }

    /// <summary>Tags by which it is found again.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>Where an instance is in its life.</summary>
public enum CloudInstanceState
{
    /// <summary>It is being made.</summary>
    Pending,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It was stopped, for example by its own power-off.</summary>
    Stopped,

    /// <summary>It is gone or going.</summary>
    Terminated,
}

/// <summary>An instance as the provider describes it.</summary>
/// <param name="Id">The provider's id.</param>
/// <param name="Name">The name of <see cref="CloudLaunch"/>.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Address">Address at which its ssh is reached; <c>null</c> until it has one.</param>
public sealed record CloudInstance(string Id, string Name, CloudInstanceState State, string? Address)
{
    /// <summary>When it was launched; <c>null</c> when the provider does not say.</summary>
    public DateTimeOffset? Created { get; init; }
}
