namespace Pipeline.Model.Contracts;

/// <summary><c>streams/&lt;stream&gt;.json</c>: what a user installs today.</summary>
public sealed record StreamDocument : ContractRecord
{
    /// <summary>The stream's name.</summary>
    [Member("stream")]
    public required string Stream { get; init; }

    /// <summary>When and by what the document was made.</summary>
    [Member("metadata")]
    public required DocumentMetadata Metadata { get; init; }

    /// <summary>By RPM's name of the architecture.</summary>
    [Member("architectures", Sorted = true)]
    public required ValueMap<StreamArchitecture> Architectures { get; init; }
}

/// <summary>One architecture of a stream.</summary>
public sealed record StreamArchitecture : ContractRecord
{
    /// <summary>Downloads by platform.</summary>
    [Member("artifacts", Sorted = true)]
    public required ValueMap<StreamPlatform> Artifacts { get; init; }

    /// <summary>Images in clouds; written even when there are none.</summary>
    [Member("images")]
    public StreamImages? Images { get; init; }

    /// <summary>What only RHEL CoreOS has.</summary>
    [Member("rhel-coreos-extensions")]
    public StreamRhelExtensions? RhelExtensions { get; init; }
}

/// <summary>Downloads for one platform; each platform may be of another release after a partial rollback.</summary>
public sealed record StreamPlatform : ContractRecord
{
    /// <summary>Version of the release the files are from.</summary>
    [Member("release")]
    public required string Release { get; init; }

    /// <summary>By format, for example <c>qcow2.xz</c>.</summary>
    [Member("formats", Sorted = true)]
    public required ValueMap<StreamFormat> Formats { get; init; }
}

/// <summary>The files of one format: a disk, or the three files of a network boot.</summary>
public sealed record StreamFormat : FormatFiles<StreamArtifact>;

/// <summary>One downloadable file.</summary>
public sealed record StreamArtifact : PublishedFile
{
    /// <summary>sha256 of the file after decompression.</summary>
    [Member("uncompressed-sha256", OmitEmpty = true, Pattern = "^([0-9a-f]{64})?$", Expected = Patterns.Sha256Text)]
    public string? UncompressedSha256 { get; init; }
}

/// <summary>Images that exist inside clouds.</summary>
public sealed record StreamImages : ContractRecord
{
    /// <summary>Alibaba Cloud, by region.</summary>
    [Member("aliyun")]
    public StreamReplicatedImage? Aliyun { get; init; }

    /// <summary>Amazon EC2, by region.</summary>
    [Member("aws")]
    public StreamReplicatedImage? Aws { get; init; }

    /// <summary>Legacy: a marketplace image on Azure.</summary>
    [Member("azure")]
    public StreamNamedImage? Azure { get; init; }

    /// <summary>Google Compute Engine.</summary>
    [Member("gcp")]
    public StreamGcpImage? Gcp { get; init; }

    /// <summary>IBM Cloud object storage, by region.</summary>
    [Member("ibmcloud")]
    public StreamReplicatedObject? Ibmcloud { get; init; }

    /// <summary>A container disk in a registry.</summary>
    [Member("kubevirt")]
    public StreamContainerDisk? Kubevirt { get; init; }

    /// <summary>Legacy: a Packet image name.</summary>
    [Member("packet")]
    public StreamNamedImage? Packet { get; init; }

    /// <summary>Power Virtual Server object storage, by region.</summary>
    [Member("powervs")]
    public StreamReplicatedObject? Powervs { get; init; }
}

/// <summary>An image copied to regions.</summary>
public sealed record StreamReplicatedImage : ContractRecord
{
    /// <summary>By region.</summary>
    [Member("regions", OmitEmpty = true, Sorted = true)]
    public ValueMap<StreamRegionImage>? Regions { get; init; }
}

/// <summary>The image of one region.</summary>
public sealed record StreamRegionImage : ContractRecord
{
    /// <summary>Version of the release it is from.</summary>
    [Member("release")]
    public required string Release { get; init; }

    /// <summary>The region's id of the image.</summary>
    [Member("image")]
    public required string Image { get; init; }
}

/// <summary>An object copied to regions.</summary>
public sealed record StreamReplicatedObject : ContractRecord
{
    /// <summary>By region.</summary>
    [Member("regions", OmitEmpty = true, Sorted = true)]
    public ValueMap<StreamRegionObject>? Regions { get; init; }
}

/// <summary>The object of one region.</summary>
public sealed record StreamRegionObject : ContractRecord
{
    /// <summary>Version of the release it is from.</summary>
    [Member("release")]
    public required string Release { get; init; }

    /// <summary>Object name.</summary>
    [Member("object")]
    public required string ObjectName { get; init; }

    /// <summary>Bucket name.</summary>
    [Member("bucket")]
    public required string Bucket { get; init; }

    /// <summary>URL of the object.</summary>
    [Member("url")]
    public required string Url { get; init; }
}

/// <summary>An image known by name alone.</summary>
public sealed record StreamNamedImage : ContractRecord
{
    /// <summary>The name.</summary>
    [Member("image")]
    public required string Image { get; init; }
}

/// <summary>An image family on Google Compute Engine.</summary>
public sealed record StreamGcpImage : ContractRecord
{
    /// <summary>Version of the release; absent in documents before 2021.</summary>
    [Member("release", OmitEmpty = true)]
    public string? Release { get; init; }

    /// <summary>The project that owns it.</summary>
    [Member("project")]
    public required string Project { get; init; }

    /// <summary>The family that always names the newest.</summary>
    [Member("family", OmitEmpty = true)]
    public string? Family { get; init; }

    /// <summary>The image.</summary>
    [Member("name")]
    public required string Name { get; init; }
}

/// <summary>A container disk for KubeVirt.</summary>
public sealed record StreamContainerDisk : ContractRecord
{
    /// <summary>Version of the release it is from.</summary>
    [Member("release", OmitEmpty = true)]
    public string? Release { get; init; }

    /// <summary>Pull spec with the floating tag.</summary>
    [Member("image")]
    public required string Image { get; init; }

    /// <summary>Pull spec by digest.</summary>
    [Member("digest-ref", OmitEmpty = true)]
    public string? DigestRef { get; init; }
}

/// <summary>What only RHEL CoreOS publishes.</summary>
public sealed record StreamRhelExtensions : ContractRecord
{
    /// <summary>AMIs for Windows License Included machines.</summary>
    [Member("aws-winli")]
    public StreamReplicatedImage? AwsWinli { get; init; }

    /// <summary>A disk to copy on Azure.</summary>
    [Member("azure-disk")]
    public StreamAzureDisk? AzureDisk { get; init; }
}

/// <summary>A disk on Azure.</summary>
public sealed record StreamAzureDisk : ContractRecord
{
    /// <summary>Version of the release it is from.</summary>
    [Member("release")]
    public required string Release { get; init; }

    /// <summary>URL of the blob.</summary>
    [Member("url")]
    public required string Url { get; init; }
}
