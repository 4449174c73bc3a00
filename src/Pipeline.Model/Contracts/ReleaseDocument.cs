namespace Pipeline.Model.Contracts;

/// <summary><c>release.json</c>: everything that was published for one version.</summary>
public sealed record ReleaseDocument : ContractRecord
{
    /// <summary>The version.</summary>
    [Member("release")]
    public required string Release { get; init; }

    /// <summary>The stream it was released to.</summary>
    [Member("stream")]
    public required string Stream { get; init; }

    /// <summary>When the document changed; often absent.</summary>
    [Member("metadata")]
    public DocumentMetadata? Metadata { get; init; }

    /// <summary>By RPM's name of the architecture.</summary>
    [Member("architectures")]
    public required ValueMap<ReleaseArchitecture> Architectures { get; init; }
}

/// <summary>One architecture of a release.</summary>
public sealed record ReleaseArchitecture : ContractRecord
{
    /// <summary>By platform.</summary>
    [Member("media")]
    public required ValueMap<ReleasePlatform> Media { get; init; }

    /// <summary>Checksum of the OSTree commit; absent when content came from a container image.</summary>
    [Member("commit")]
    public string? Commit { get; init; }

    /// <summary>The container image with the operating system.</summary>
    [Member("oci-image")]
    public ReleaseContainer? OciImage { get; init; }

    /// <summary>What only RHEL CoreOS has.</summary>
    [Member("rhel-coreos-extensions")]
    public ReleaseRhelExtensions? RhelExtensions { get; init; }
}

/// <summary>A container image.</summary>
public sealed record ReleaseContainer : ContractRecord
{
    /// <summary>Pull spec with the floating tag.</summary>
    [Member("image")]
    public string? Image { get; init; }

    /// <summary>Pull spec by digest.</summary>
    [Member("digest-ref")]
    public string? DigestRef { get; init; }
}

/// <summary>What was published for one platform.</summary>
public sealed record ReleasePlatform : ContractRecord
{
    /// <summary>Files by format.</summary>
    [Member("artifacts")]
    public ValueMap<ReleaseFormat>? Artifacts { get; init; }

    /// <summary>Images or objects by region.</summary>
    [Member("images")]
    public ValueMap<ReleaseCloudImage>? Images { get; init; }

    /// <summary>The one image of clouds without regions.</summary>
    [Member("image")]
    public ReleaseCloudImage? Image { get; init; }

    /// <summary>IBM Secure Execution: the key configs are encrypted to.</summary>
    [Member("ignition-gpg-key")]
    public ReleaseArtifact? IgnitionGpgKey { get; init; }
}

/// <summary>The files of one format.</summary>
public sealed record ReleaseFormat : FormatFiles<ReleaseArtifact>;

/// <summary>One published file.</summary>
public sealed record ReleaseArtifact : PublishedFile
{
    /// <summary>sha256 of the file after decompression; <c>null</c> when it is not compressed.</summary>
    [Member("uncompressed-sha256", WriteNull = true)]
    public string? UncompressedSha256 { get; init; }
}

/// <summary>An image or object inside a cloud; which members it has depends on the cloud.</summary>
public sealed record ReleaseCloudImage : ContractRecord
{
    /// <summary>Id, or pull spec.</summary>
    [Member("image")]
    public string? Image { get; init; }

    /// <summary>Pull spec by digest.</summary>
    [Member("digest-ref")]
    public string? DigestRef { get; init; }

    /// <summary>Object name.</summary>
    [Member("object")]
    public string? ObjectName { get; init; }

    /// <summary>Bucket name.</summary>
    [Member("bucket")]
    public string? Bucket { get; init; }

    /// <summary>URL.</summary>
    [Member("url")]
    public string? Url { get; init; }

    /// <summary>The project that owns it.</summary>
    [Member("project")]
    public string? Project { get; init; }

    /// <summary>The image family.</summary>
    [Member("family")]
    public string? Family { get; init; }

    /// <summary>The image's name.</summary>
    [Member("name")]
    public string? Name { get; init; }
}

/// <summary>What only RHEL CoreOS publishes.</summary>
public sealed record ReleaseRhelExtensions : ContractRecord
{
    /// <summary>AMIs for Windows License Included machines.</summary>
    [Member("aws-winli")]
    public ReleaseRegionalImages? AwsWinli { get; init; }

    /// <summary>A disk to copy on Azure.</summary>
    [Member("azure-disk")]
    public ReleaseCloudImage? AzureDisk { get; init; }
}

/// <summary>Images by region.</summary>
public sealed record ReleaseRegionalImages : ContractRecord
{
    /// <summary>By region.</summary>
    [Member("images")]
    public required ValueMap<ReleaseCloudImage> Images { get; init; }
}
