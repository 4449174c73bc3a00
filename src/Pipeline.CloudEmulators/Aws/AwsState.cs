using System.Text.Json.Serialization;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>Everything the emulated AWS knows, by region; the document <c>aws.json</c> of the state directory.</summary>
internal sealed class AwsState
{
    /// <summary>Form of the document; another one is refused.</summary>
    public int Schema { get; set; } = 1;

    /// <summary>What regions hold, by region.</summary>
    public SortedDictionary<string, AwsRegionState> Regions { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The region, made when it is used first.</summary>
    public AwsRegionState In(string region)
    {
        if (!Regions.TryGetValue(region, out var state))
        {
            Regions[region] = state = new();
        }

        return state;
    }

    /// <summary>Whether a snapshot, or a disk of an instance, is made of these bytes.</summary>
    public bool Uses(string data) =>
        Regions.Values.Any(r =>
            r.Snapshots.Values.Any(s => s.Data == data) || r.Instances.Values.Any(i => i.Data == data && i.State != "terminated")
        );
}

/// <summary>What one region holds, by id.</summary>
internal sealed class AwsRegionState
{
    public SortedDictionary<string, Ec2Image> Images { get; set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Ec2Snapshot> Snapshots { get; set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Ec2ImportTask> Imports { get; set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Ec2Instance> Instances { get; set; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Ec2KeyPair> Keys { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Client tokens: <c>ACCOUNT OPERATION TOKEN</c> to what was made and a digest of the request.</summary>
    public SortedDictionary<string, Ec2Token> Tokens { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>What a client token made.</summary>
internal sealed record Ec2Token(string Made, string Request);

/// <summary>An ssh key of a user.</summary>
internal sealed record Ec2KeyPair(string Id, string Owner, string Name, string Public)
{
    public SortedDictionary<string, string> Tags { get; init; } = [];
}

/// <summary>Something with an owner, tags and a time from which it is found.</summary>
internal abstract record Ec2Resource
{
    public required string Id { get; init; }

    public required string Owner { get; init; }

    public SortedDictionary<string, string> Tags { get; init; } = [];

    public required DateTimeOffset Created { get; init; }

    /// <summary>Before that it is not found: eventual consistency.</summary>
    public DateTimeOffset Visible { get; init; }

    /// <summary>Before that it is pending.</summary>
    public DateTimeOffset Ready { get; init; }
}

/// <summary>A disk of an image.</summary>
internal sealed record Ec2BlockDevice(string DeviceName)
{
    public string? VirtualName { get; init; }

    public string? SnapshotId { get; init; }

    public int VolumeSize { get; init; }

    public string VolumeType { get; init; } = "gp2";

    public bool DeleteOnTermination { get; init; } = true;

    public bool Encrypted { get; init; }
}

/// <summary>A machine image.</summary>
internal sealed record Ec2Image : Ec2Resource
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Architecture { get; init; }

    public string? RootDeviceName { get; init; }

    public string VirtualizationType { get; init; } = "hvm";

    public bool EnaSupport { get; init; }

    public string? SriovNetSupport { get; init; }

    public string? BootMode { get; init; }

    public string? ImdsSupport { get; init; }

    public string? TpmSupport { get; init; }

    public string? UefiData { get; init; }

    public List<Ec2BlockDevice> Devices { get; init; } = [];

    public DateTimeOffset? Deprecated { get; init; }

    public SortedSet<string> Users { get; init; } = [];

    public bool Public { get; init; }

    public SortedSet<string> Organizations { get; init; } = [];

    public string? SourceImage { get; init; }

    public string? SourceRegion { get; init; }
}

/// <summary>A snapshot; its blocks are a sparse file.</summary>
internal sealed record Ec2Snapshot : Ec2Resource
{
    public string? Description { get; init; }

    /// <summary>In GiB.</summary>
    public required int VolumeSize { get; init; }

    /// <summary><c>pending</c>, <c>completed</c> or <c>error</c>.</summary>
    public required string State { get; init; }

    public SortedSet<string> Users { get; init; } = [];

    public bool Public { get; init; }

    /// <summary>The id under which its bytes are kept; copies share them, as a complete snapshot never changes.</summary>
    public required string Data { get; init; }

    /// <summary>The snapshot that this one continues, for EBS direct.</summary>
    public string? Parent { get; init; }
}

/// <summary>The import of a disk file as a snapshot.</summary>
internal sealed record Ec2ImportTask : Ec2Resource
{
    public string? Description { get; init; }

    public required string Format { get; init; }

    public required string Bucket { get; init; }

    public required string Key { get; init; }

    /// <summary><c>active</c>, <c>completed</c> or <c>deleted</c>, which is how a failed one is called.</summary>
    public required string State { get; init; }

    public string? Message { get; init; }

    public string? SnapshotId { get; init; }

    public long Bytes { get; init; }
}

/// <summary>An instance.</summary>
internal sealed record Ec2Instance : Ec2Resource
{
    public required string Reservation { get; init; }

    public required string ImageId { get; init; }

    public required string Type { get; init; }

    public required string Architecture { get; init; }

    /// <summary>The bytes its disk lies over, as <see cref="Ec2Snapshot.Data"/>.</summary>
    public required string Data { get; init; }

    /// <summary>Whether its image starts from UEFI where the type can.</summary>
    public bool Uefi { get; init; }

    public required string PrivateIp { get; init; }

    /// <summary>An address of this host's loopback.</summary>
    public required string PublicIp { get; init; }

    public required string Mac { get; init; }

    public string? UserData { get; init; }

    public string? KeyName { get; init; }

    public string? ClientToken { get; init; }

    public required string Zone { get; init; }

    /// <summary><c>pending</c>, <c>running</c>, <c>stopped</c> or <c>terminated</c>.</summary>
    public required string State { get; init; }

    public string? Reason { get; init; }

    /// <summary>Whether only requests with a token of IMDSv2 are answered.</summary>
    public bool TokensRequired { get; init; }

    public int HopLimit { get; init; } = 1;

    /// <summary>In GiB.</summary>
    public int RootSize { get; init; }

    /// <summary>Further, empty disks by size in GiB.</summary>
    public List<int> Disks { get; init; } = [];

    public bool Spot { get; init; }

    /// <summary>A fault it was launched with: <c>no-boot</c> or <c>no-console</c>.</summary>
    public string? Fault { get; init; }

    /// <summary>When it was terminated; it is shown for an hour more.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Whether a shut down from within ends it, instead of stopping it.</summary>
    public bool EndsOnShutdown { get; init; }
}

/// <summary>Serialisers of the state document.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true
)]
[JsonSerializable(typeof(AwsState))]
internal sealed partial class AwsJson : JsonSerializerContext;
