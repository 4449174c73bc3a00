using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using static Pipeline.Model.Pipelines.PipelinePatterns;

namespace Pipeline.Model.Pipelines;

/// <summary>Accounts and places in clouds.</summary>
[Closed]
public sealed record PipelineClouds : ContractRecord
{
    /// <summary>Amazon EC2.</summary>
    [Member("aws", Summary = "Amazon EC2.")]
    public PipelineAws? Aws { get; init; }

    /// <summary>Alibaba Cloud.</summary>
    [Member("aliyun", Summary = "Alibaba Cloud.")]
    public PipelineAliyun? Aliyun { get; init; }

    /// <summary>Azure.</summary>
    [Member("azure", Summary = "Azure.")]
    public PipelineAzure? Azure { get; init; }

    /// <summary>Google Compute Engine.</summary>
    [Member("gcp", Summary = "Google Compute Engine.")]
    public PipelineGcp? Gcp { get; init; }

    /// <summary>OpenStack.</summary>
    [Member("openstack", Summary = "OpenStack.")]
    public PipelineOpenStack? OpenStack { get; init; }

    /// <summary>IBM Power Virtual Server.</summary>
    [Member("powervs", Summary = "IBM Power Virtual Server.")]
    public PipelinePowerVs? PowerVs { get; init; }

    /// <summary>Regions of powervs, where they are written a level higher.</summary>
    [Member("regions", Summary = "Regions of powervs, where they are written a level higher.")]
    public ValueList<string>? Regions { get; init; }
}

/// <summary>Amazon EC2.</summary>
[Closed]
public sealed record PipelineAws : ContractRecord
{
    /// <summary>Bucket and prefix that disks are imported from.</summary>
    [Member("bucket", Summary = "Bucket and prefix that disks are imported from.")]
    public string? Bucket { get; init; }

    /// <summary>Region of the first image.</summary>
    [Member("primary_region", Summary = "Region of the first image.")]
    public string? PrimaryRegion { get; init; }

    /// <summary>New images are public at once.</summary>
    [Member("public", Summary = "New images are public at once.")]
    public bool? Public { get; init; }

    /// <summary>Accounts that may use new images.</summary>
    [Member("grant_users", Summary = "Accounts that may use new images.")]
    public ValueList<string>? GrantUsers { get; init; }

    /// <summary>Tags of new images, as KEY=VALUE.</summary>
    [Member("tags", Summary = "Tags of new images, as KEY=VALUE.")]
    public ValueList<string>? Tags { get; init; }

    /// <summary>Architectures to test there; all by default.</summary>
    [Member("test_architectures", Summary = "Architectures to test there; all by default.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? TestArchitectures { get; init; }

    /// <summary>The same for GovCloud.</summary>
    [Member("govcloud", Summary = "The same for GovCloud.")]
    public PipelineGovCloud? GovCloud { get; init; }

    /// <summary>Billing code of Windows License Included images.</summary>
    [Member("winli_billing_code", Summary = "Billing code of Windows License Included images.")]
    public string? WinliBillingCode { get; init; }

    /// <summary>Make images public again that are not.</summary>
    [Member("ensure_public", Summary = "Make images public again that are not.")]
    public bool? EnsurePublic { get; init; }

    /// <summary>Regions that get no image.</summary>
    [Member("skipped_regions", Summary = "Regions that get no image.")]
    public ValueList<string>? SkippedRegions { get; init; }
}

/// <summary>AWS GovCloud.</summary>
[Closed]
public sealed record PipelineGovCloud : ContractRecord
{
    /// <summary>Bucket and prefix that disks are imported from.</summary>
    [Member("bucket", Summary = "Bucket and prefix that disks are imported from.")]
    public string? Bucket { get; init; }

    /// <summary>Region of the first image.</summary>
    [Member("primary_region", Summary = "Region of the first image.")]
    public string? PrimaryRegion { get; init; }

    /// <summary>New images are public at once.</summary>
    [Member("public", Summary = "New images are public at once.")]
    public bool? Public { get; init; }

    /// <summary>Accounts that may use new images.</summary>
    [Member("grant_users", Summary = "Accounts that may use new images.")]
    public ValueList<string>? GrantUsers { get; init; }

    /// <summary>Tags of new images, as KEY=VALUE.</summary>
    [Member("tags", Summary = "Tags of new images, as KEY=VALUE.")]
    public ValueList<string>? Tags { get; init; }

    /// <summary>Architectures to test there; all by default.</summary>
    [Member("test_architectures", Summary = "Architectures to test there; all by default.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? TestArchitectures { get; init; }
}

/// <summary>Alibaba Cloud.</summary>
[Closed]
public sealed record PipelineAliyun : ContractRecord
{
    /// <summary>Bucket and prefix that disks are imported from.</summary>
    [Member("bucket", Summary = "Bucket and prefix that disks are imported from.")]
    public string? Bucket { get; init; }

    /// <summary>Region of the first image.</summary>
    [Member("primary_region", Summary = "Region of the first image.")]
    public string? PrimaryRegion { get; init; }

    /// <summary>New images are public at once.</summary>
    [Member("public", Summary = "New images are public at once.")]
    public bool? Public { get; init; }

    /// <summary>Architectures to test there; all by default.</summary>
    [Member("test_architectures", Summary = "Architectures to test there; all by default.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? TestArchitectures { get; init; }
}

/// <summary>Azure.</summary>
[Closed]
public sealed record PipelineAzure : ContractRecord
{
    /// <summary>Resource group of images.</summary>
    [Member("resource_group", Summary = "Resource group of images.")]
    public string? ResourceGroup { get; init; }

    /// <summary>Storage account of images.</summary>
    [Member("storage_account", Summary = "Storage account of images.")]
    public string? StorageAccount { get; init; }

    /// <summary>Container of images.</summary>
    [Member("storage_container", Summary = "Container of images.")]
    public string? StorageContainer { get; init; }

    /// <summary>Resource group of tests.</summary>
    [Member("test_resource_group", Summary = "Resource group of tests.")]
    public string? TestResourceGroup { get; init; }

    /// <summary>Storage account of tests.</summary>
    [Member("test_storage_account", Summary = "Storage account of tests.")]
    public string? TestStorageAccount { get; init; }

    /// <summary>Container of tests.</summary>
    [Member("test_storage_container", Summary = "Container of tests.")]
    public string? TestStorageContainer { get; init; }

    /// <summary>Architectures to test there; all by default.</summary>
    [Member("test_architectures", Summary = "Architectures to test there; all by default.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? TestArchitectures { get; init; }
}

/// <summary>Google Compute Engine.</summary>
[Closed]
public sealed record PipelineGcp : ContractRecord
{
    /// <summary>Bucket and prefix that disks are imported from.</summary>
    [Member("bucket", Summary = "Bucket and prefix that disks are imported from.")]
    public string? Bucket { get; init; }

    /// <summary>Description of images; may hold ${STREAM}, ${BUILDID}, ${BASEARCH} and ${DATE}.</summary>
    [Member("description", Summary = "Description of images; may hold ${STREAM}, ${BUILDID}, ${BASEARCH} and ${DATE}.")]
    public string? Description { get; init; }

    /// <summary>New images are public at once.</summary>
    [Member("public", Summary = "New images are public at once.")]
    public bool? Public { get; init; }

    /// <summary>Image families by architecture; may hold ${STREAM}.</summary>
    [Member("family", Summary = "Image families by architecture; may hold ${STREAM}.", KeyPattern = ArchPattern, KeyExpected = ArchText)]
    public ValueMap<string>? Family { get; init; }

    /// <summary>Licenses of images; may hold ${STREAM}.</summary>
    [Member("licenses", Summary = "Licenses of images; may hold ${STREAM}.")]
    public ValueList<string>? Licenses { get; init; }

    /// <summary>Architectures to test there; all by default.</summary>
    [Member("test_architectures", Summary = "Architectures to test there; all by default.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? TestArchitectures { get; init; }
}

/// <summary>OpenStack.</summary>
[Closed]
public sealed record PipelineOpenStack : ContractRecord
{
    /// <summary>Architectures to test there; all by default.</summary>
    [Member("test_architectures", Summary = "Architectures to test there; all by default.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? TestArchitectures { get; init; }
}

/// <summary>IBM Power Virtual Server.</summary>
[Closed]
public sealed record PipelinePowerVs : ContractRecord
{
    /// <summary>Service instance of the object storage.</summary>
    [Member("cloud_object_storage_service_instance", Summary = "Service instance of the object storage.")]
    public string? ServiceInstance { get; init; }

    /// <summary>Region of the first object.</summary>
    [Member("primary_region", Summary = "Region of the first object.")]
    public string? PrimaryRegion { get; init; }

    /// <summary>Beginning of the buckets' names; the region follows.</summary>
    [Member("bucket", Summary = "Beginning of the buckets' names; the region follows.")]
    public string? Bucket { get; init; }

    /// <summary>Regions that get a copy.</summary>
    [Member("regions", Summary = "Regions that get a copy.")]
    public ValueList<string>? Regions { get; init; }
}
