using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary><c>meta.json</c>: everything about one build for one architecture.</summary>
public sealed record BuildMetaDocument : ContractRecord
{
    /// <summary>Name of the product; files start with it.</summary>
    [Member("name")]
    public required string Name { get; init; }

    /// <summary>One line for people.</summary>
    [Member("summary")]
    public string? Summary { get; init; }

    /// <summary>The version.</summary>
    [Member("buildid")]
    public required string BuildId { get; init; }

    /// <summary>OSTree ref.</summary>
    [Member("ref")]
    public string? Ref { get; init; }

    /// <summary>Checksum of the commit.</summary>
    [Member("ostree-commit", Pattern = Patterns.Sha256, Expected = Patterns.Sha256Text)]
    public required string OstreeCommit { get; init; }

    /// <summary>The commit's version, normally the build id.</summary>
    [Member("ostree-version")]
    public required string OstreeVersion { get; init; }

    /// <summary>The commit's time.</summary>
    [Member("ostree-timestamp", Pattern = @"^\d{4}-\d{2}-\d{2}T.*Z$", Expected = Patterns.TimeText)]
    public required string OstreeTimestamp { get; init; }

    /// <summary>Checksum of the content without metadata.</summary>
    [Member("ostree-content-checksum", Pattern = Patterns.Sha256, Expected = Patterns.Sha256Text)]
    public string? OstreeContentChecksum { get; init; }

    /// <summary>Bytes of new content.</summary>
    [Member("ostree-content-bytes-written")]
    public long? OstreeContentBytesWritten { get; init; }

    /// <summary>Objects found in the cache.</summary>
    [Member("ostree-n-cache-hits")]
    public long? OstreeCacheHits { get; init; }

    /// <summary>Content objects.</summary>
    [Member("ostree-n-content-total")]
    public long? OstreeContentTotal { get; init; }

    /// <summary>New content objects.</summary>
    [Member("ostree-n-content-written")]
    public long? OstreeContentWritten { get; init; }

    /// <summary>Metadata objects.</summary>
    [Member("ostree-n-metadata-total")]
    public long? OstreeMetadataTotal { get; init; }

    /// <summary>New metadata objects.</summary>
    [Member("ostree-n-metadata-written")]
    public long? OstreeMetadataWritten { get; init; }

    /// <summary>Digest of the composer's input.</summary>
    [Member("rpm-ostree-inputhash", Pattern = Patterns.Sha256, Expected = Patterns.Sha256Text)]
    public string? InputHash { get; init; }

    /// <summary>Package changes since the previous build.</summary>
    [Member("pkgdiff")]
    public ValueList<JsonTextNode>? PackageDiff { get; init; }

    /// <summary>Package changes since the previous release.</summary>
    [Member("parent-pkgdiff")]
    public ValueList<JsonTextNode>? ParentPackageDiff { get; init; }

    /// <summary>Advisories since the previous build.</summary>
    [Member("advisories-diff")]
    public ValueList<JsonTextNode>? AdvisoriesDiff { get; init; }

    /// <summary>Advisories since the previous release.</summary>
    [Member("parent-advisories-diff")]
    public ValueList<JsonTextNode>? ParentAdvisoriesDiff { get; init; }

    /// <summary>Artifacts by name.</summary>
    [Member("images")]
    public ValueMap<MetaArtifact>? Images { get; init; }

    /// <summary>RPM's name of the architecture.</summary>
    [Member("coreos-assembler.basearch")]
    public string? Architecture { get; init; }

    /// <summary>When the build ran.</summary>
    [Member("coreos-assembler.build-timestamp")]
    public string? BuildTimestamp { get; init; }

    /// <summary>Where the builder's code came from.</summary>
    [Member("coreos-assembler.code-source")]
    public string? CodeSource { get; init; }

    /// <summary>Whether the config had local changes.</summary>
    [Member("coreos-assembler.config-dirty")]
    public string? ConfigDirty { get; init; }

    /// <summary>Description of the config's commit.</summary>
    [Member("coreos-assembler.config-gitrev")]
    public string? ConfigRevision { get; init; }

    /// <summary>Which variant of the config.</summary>
    [Member("coreos-assembler.config-variant")]
    public string? ConfigVariant { get; init; }

    /// <summary>The config's commit.</summary>
    [Member("coreos-assembler.container-config-git")]
    public MetaGit? ConfigGit { get; init; }

    /// <summary>The builder's commit.</summary>
    [Member("coreos-assembler.container-image-git")]
    public MetaGit? BuilderGit { get; init; }

    /// <summary>The commit of extra repositories.</summary>
    [Member("coreos-assembler.yumrepos-git")]
    public MetaGit? ReposGit { get; init; }

    /// <summary>Whether artifacts are merged later.</summary>
    [Member("coreos-assembler.delayed-meta-merge")]
    public bool? DelayedMerge { get; init; }

    /// <summary>Digest of the image configuration.</summary>
    [Member("coreos-assembler.image-config-checksum", Pattern = Patterns.Sha256, Expected = Patterns.Sha256Text)]
    public string? ImageConfigChecksum { get; init; }

    /// <summary>Counts rebuilds of images.</summary>
    [Member("coreos-assembler.image-genver")]
    public long? ImageGeneration { get; init; }

    /// <summary>Digest of the images' input.</summary>
    [Member("coreos-assembler.image-input-checksum", Pattern = Patterns.Sha256, Expected = Patterns.Sha256Text)]
    public string? ImageInputChecksum { get; init; }

    /// <summary>Nanoseconds of the last write.</summary>
    [Member("coreos-assembler.meta-stamp")]
    public JsonTextNode? MetaStamp { get; init; }

    /// <summary>Whether local overrides were used.</summary>
    [Member("coreos-assembler.overrides-active")]
    public bool? OverridesActive { get; init; }

    /// <summary>Whether content came from a container image.</summary>
    [Member("coreos-assembler.oci-imported")]
    public bool? OciImported { get; init; }

    /// <summary>Labels of that image.</summary>
    [Member("coreos-assembler.oci-imported-labels")]
    public ValueMap<string>? OciLabels { get; init; }

    /// <summary>Version of the previous release.</summary>
    [Member("fedora-coreos.parent-version")]
    public string? ParentVersion { get; init; }

    /// <summary>Commit of the previous release.</summary>
    [Member("fedora-coreos.parent-commit")]
    public string? ParentCommit { get; init; }

    /// <summary>The job that built it.</summary>
    [Member("build-url")]
    public string? BuildUrl { get; init; }

    /// <summary>Where it was uploaded.</summary>
    [Member("s3")]
    public MetaS3? S3 { get; init; }

    /// <summary>Its record in Koji.</summary>
    [Member("koji")]
    public MetaKoji? Koji { get; init; }

    /// <summary>Extra packages beside the tree.</summary>
    [Member("extensions")]
    public MetaExtensions? Extensions { get; init; }

    /// <summary>Legacy: the container of the tree.</summary>
    [Member("oscontainer")]
    public MetaContainer? OsContainer { get; init; }

    /// <summary>The container image of the operating system.</summary>
    [Member("base-oscontainer")]
    public MetaContainer? BaseContainer { get; init; }

    /// <summary>The container image of extensions.</summary>
    [Member("extensions-container")]
    public MetaContainer? ExtensionsContainer { get; init; }

    /// <summary>The release payload.</summary>
    [Member("release-payload")]
    public MetaContainer? ReleasePayload { get; init; }

    /// <summary>Images on Alibaba Cloud.</summary>
    [Member("aliyun")]
    public ValueList<MetaAliyun>? Aliyun { get; init; }

    /// <summary>Images on Amazon EC2.</summary>
    [Member("amis")]
    public ValueList<MetaAmi>? Amis { get; init; }

    /// <summary>Images for Windows License Included machines.</summary>
    [Member("aws-winli")]
    public ValueList<MetaAmi>? AwsWinli { get; init; }

    /// <summary>The image on Azure.</summary>
    [Member("azure")]
    public MetaCloudObject? Azure { get; init; }

    /// <summary>The image on Google Compute Engine.</summary>
    [Member("gcp")]
    public MetaGcp? Gcp { get; init; }

    /// <summary>Objects on IBM Cloud.</summary>
    [Member("ibmcloud")]
    public ValueList<MetaCloudObject>? Ibmcloud { get; init; }

    /// <summary>Objects on Power Virtual Server.</summary>
    [Member("powervs")]
    public ValueList<MetaCloudObject>? Powervs { get; init; }

    /// <summary>The container disk for KubeVirt.</summary>
    [Member("kubevirt")]
    public MetaContainer? Kubevirt { get; init; }
}
