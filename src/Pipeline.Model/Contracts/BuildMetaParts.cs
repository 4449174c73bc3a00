using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>One artifact of a build.</summary>
public sealed record MetaArtifact : ContractRecord
{
    /// <summary>File name in the build's directory.</summary>
    [Member("path")]
    public required string Path { get; init; }

    /// <summary>sha256 of the file.</summary>
    [Member("sha256", Pattern = Patterns.Sha256, Expected = Patterns.Sha256Text)]
    public required string Sha256 { get; init; }

    /// <summary>Bytes.</summary>
    [Member("size")]
    public long? Size { get; init; }

    /// <summary>sha256 after decompression.</summary>
    [Member("uncompressed-sha256")]
    public string? UncompressedSha256 { get; init; }

    /// <summary>Bytes after decompression.</summary>
    [Member("uncompressed-size")]
    public long? UncompressedSize { get; init; }

    /// <summary>Must not be compressed.</summary>
    [Member("skip-compression")]
    public bool? SkipCompression { get; init; }
}

/// <summary>A commit.</summary>
public sealed record MetaGit : ContractRecord
{
    /// <summary>Branch or HEAD.</summary>
    [Member("branch")]
    public string? Branch { get; init; }

    /// <summary>The commit.</summary>
    [Member("commit")]
    public required string Commit { get; init; }

    /// <summary>"true" when there were local changes.</summary>
    [Member("dirty")]
    public string? Dirty { get; init; }

    /// <summary>URL of the repository.</summary>
    [Member("origin")]
    public required string Origin { get; init; }
}

/// <summary>Where a build was uploaded.</summary>
public sealed record MetaS3 : ContractRecord
{
    /// <summary>Bucket name.</summary>
    [Member("bucket")]
    public string? Bucket { get; init; }

    /// <summary>Key prefix.</summary>
    [Member("key")]
    public string? Key { get; init; }

    /// <summary>URL for users.</summary>
    [Member("public-url")]
    public string? PublicUrl { get; init; }
}

/// <summary>A build's record in Koji.</summary>
public sealed record MetaKoji : ContractRecord
{
    /// <summary>Koji's number.</summary>
    [Member("build_id")]
    public JsonTextNode? BuildId { get; init; }

    /// <summary>Token of a reserved number.</summary>
    [Member("token")]
    public string? Token { get; init; }

    /// <summary>Koji's release.</summary>
    [Member("release")]
    public string? Release { get; init; }
}

/// <summary>Extra packages beside the tree.</summary>
public sealed record MetaExtensions : ContractRecord
{
    /// <summary>File name.</summary>
    [Member("path")]
    public string? Path { get; init; }

    /// <summary>sha256 of the file.</summary>
    [Member("sha256")]
    public string? Sha256 { get; init; }

    /// <summary>Digest of the composer's state.</summary>
    [Member("rpm-ostree-state")]
    public string? State { get; init; }

    /// <summary>What is inside.</summary>
    [Member("manifest")]
    public required JsonTextNode Manifest { get; init; }
}

/// <summary>A container image in a registry.</summary>
public sealed record MetaContainer : ContractRecord
{
    /// <summary>Repository without tag.</summary>
    [Member("image")]
    public required string Image { get; init; }

    /// <summary>Digest for this architecture.</summary>
    [Member("digest")]
    public string? Digest { get; init; }

    /// <summary>Digest over all architectures.</summary>
    [Member("manifest-list-digest")]
    public string? ManifestListDigest { get; init; }

    /// <summary>Tags it was pushed to.</summary>
    [Member("tags")]
    public ValueList<string>? Tags { get; init; }

    /// <summary>Remark.</summary>
    [Member("comment")]
    public string? Comment { get; init; }

    /// <summary>Copies in other registries.</summary>
    [Member("additional-images")]
    public ValueList<JsonTextNode>? AdditionalImages { get; init; }
}

/// <summary>An image on Alibaba Cloud.</summary>
public sealed record MetaAliyun : ContractRecord
{
    /// <summary>Region.</summary>
    [Member("name")]
    public required string Name { get; init; }

    /// <summary>Image id.</summary>
    [Member("id")]
    public required string Id { get; init; }
}

/// <summary>An image on Amazon EC2.</summary>
public sealed record MetaAmi : ContractRecord
{
    /// <summary>Region.</summary>
    [Member("name")]
    public required string Name { get; init; }

    /// <summary>AMI id.</summary>
    [Member("hvm")]
    public required string Hvm { get; init; }

    /// <summary>Snapshot id.</summary>
    [Member("snapshot")]
    public string? Snapshot { get; init; }
}

/// <summary>An object in a cloud's storage.</summary>
public sealed record MetaCloudObject : ContractRecord
{
    /// <summary>Image name.</summary>
    [Member("image")]
    public string? Image { get; init; }

    /// <summary>Object name.</summary>
    [Member("object")]
    public string? ObjectName { get; init; }

    /// <summary>Bucket name.</summary>
    [Member("bucket")]
    public string? Bucket { get; init; }

    /// <summary>Region.</summary>
    [Member("region")]
    public string? Region { get; init; }

    /// <summary>URL.</summary>
    [Member("url")]
    public required string Url { get; init; }
}

/// <summary>An image on Google Compute Engine.</summary>
public sealed record MetaGcp : ContractRecord
{
    /// <summary>Image name.</summary>
    [Member("image")]
    public required string Image { get; init; }

    /// <summary>URL of the uploaded file.</summary>
    [Member("url")]
    public required string Url { get; init; }

    /// <summary>Project that owns it.</summary>
    [Member("project")]
    public string? Project { get; init; }

    /// <summary>Image family.</summary>
    [Member("family")]
    public string? Family { get; init; }
}
