using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using static Pipeline.Model.Pipelines.PipelinePatterns;

namespace Pipeline.Model.Pipelines;

/// <summary>An object store.</summary>
[Closed]
public sealed record PipelineStore : ContractRecord
{
    /// <summary>s3://bucket/prefix, gs://bucket/prefix, az://account/container or file:DIR; may hold ${STREAM}.</summary>
    [Member(
        "url",
        Summary = "s3://bucket/prefix, gs://bucket/prefix, az://account/container or file:DIR; may hold ${STREAM}.",
        Pattern = "^(s3://|gs://|az://|https?://|file:).+",
        Expected = "a store such as s3://bucket/prefix or file:DIR"
    )]
    public required string Url { get; init; }

    /// <summary>What users read it as.</summary>
    [Member("public_url", Summary = "What users read it as.")]
    public string? PublicUrl { get; init; }

    /// <summary>Access of new objects, for example public-read.</summary>
    [Member("acl", Summary = "Access of new objects, for example public-read.")]
    public string? Acl { get; init; }

    /// <summary>Another server than the provider's.</summary>
    [Member("endpoint", Summary = "Another server than the provider's.")]
    public string? Endpoint { get; init; }

    /// <summary>Region of the bucket.</summary>
    [Member("region", Summary = "Region of the bucket.")]
    public string? Region { get; init; }
}

/// <summary>The S3 bucket of the builds.</summary>
[Closed]
public sealed record PipelineS3 : ContractRecord
{
    /// <summary>Bucket name.</summary>
    [Member("bucket", Summary = "Bucket name.")]
    public required string Bucket { get; init; }

    /// <summary>Prefix of the builds; may hold ${STREAM}.</summary>
    [Member("builds_key", Summary = "Prefix of the builds; may hold ${STREAM}.")]
    public string? BuildsKey { get; init; }

    /// <summary>Prefix of signatures of container images.</summary>
    [Member("oci_sigs_key", Summary = "Prefix of signatures of container images.")]
    public string? SignaturesKey { get; init; }

    /// <summary>Access of new objects, for example public-read.</summary>
    [Member("acl", Summary = "Access of new objects, for example public-read.")]
    public string? Acl { get; init; }
}

/// <summary>Container repositories by what is pushed.</summary>
[Closed]
public sealed record PipelineRegistries : ContractRecord
{
    /// <summary>The operating system.</summary>
    [Member("oscontainer", Summary = "The operating system.", AllowOne = true)]
    public ValueList<PipelineRepository>? OsContainer { get; init; }

    /// <summary>The operating system in its old form.</summary>
    [Member("legacy_oscontainer", Summary = "The operating system in its old form.", AllowOne = true)]
    public ValueList<PipelineRepository>? LegacyOsContainer { get; init; }

    /// <summary>Extensions.</summary>
    [Member("extensions", Summary = "Extensions.", AllowOne = true)]
    public ValueList<PipelineRepository>? Extensions { get; init; }

    /// <summary>Container disks for KubeVirt.</summary>
    [Member("kubevirt", Summary = "Container disks for KubeVirt.", AllowOne = true)]
    public ValueList<PipelineRepository>? Kubevirt { get; init; }
}

/// <summary>A container repository.</summary>
[Closed]
public sealed record PipelineRepository : ContractRecord
{
    /// <summary>Repository without tag.</summary>
    [Member("repo", Summary = "Repository without tag.")]
    public string? Repo { get; init; }

    /// <summary>Tags to push; may hold ${STREAM} and ${VERSION}.</summary>
    [Member("tags", Summary = "Tags to push; may hold ${STREAM} and ${VERSION}.")]
    public ValueList<string>? Tags { get; init; }

    /// <summary>Push Docker's schema 2 instead of OCI.</summary>
    [Member("v2s2", Summary = "Push Docker's schema 2 instead of OCI.")]
    public bool? V2s2 { get; init; }
}

/// <summary>How long what a stream made is kept; a missing age keeps it for ever.</summary>
[Closed]
public sealed record PipelineRetention : ContractRecord
{
    /// <summary>Images in clouds.</summary>
    [Member("cloud-uploads", Summary = "Images in clouds.")]
    public RetentionAge? CloudUploads { get; init; }

    /// <summary>Container images in registries.</summary>
    [Member("containers", Summary = "Container images in registries.")]
    public RetentionAge? Containers { get; init; }

    /// <summary>Disk images in stores.</summary>
    [Member("images", Summary = "Disk images in stores.")]
    public RetentionAge? Images { get; init; }

    /// <summary>Artifacts that stay when images go.</summary>
    [Member("images-keep", Summary = "Artifacts that stay when images go.")]
    public ValueList<string>? ImagesKept { get; init; }

    /// <summary>Everything that is left of a build.</summary>
    [Member("build", Summary = "Everything that is left of a build.")]
    public RetentionAge? Build { get; init; }
}

/// <summary>What a build has to prove before it is released.</summary>
[Closed]
public sealed record PipelinePolicy : ContractRecord
{
    /// <summary>Platforms whose tests must have passed, for all architectures and for single ones.</summary>
    [Member(
        "evidence",
        Summary = "Platforms whose tests must have passed, for all architectures and for single ones.",
        KeyPattern = AllPattern,
        KeyExpected = AllText
    )]
    public ValueMap<ValueList<string>>? Evidence { get; init; }

    /// <summary>Most days that a waiver of a test may last.</summary>
    [Member("waiver_days", Summary = "Most days that a waiver of a test may last.")]
    public long? WaiverDays { get; init; }
}
