using Pipeline.Model.Contracts;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using static Pipeline.Model.Pipelines.PipelinePatterns;

namespace Pipeline.Model.Pipelines;

/// <summary>One stream.</summary>
[Closed]
public sealed record PipelineStream : ContractRecord
{
    /// <summary>production: locked, started by hand. development: locked, lock updated and built by itself. mechanical: no lock.</summary>
    [Member(
        "type",
        Summary = "production: locked, started by hand. development: locked, lock updated and built by itself. mechanical: no lock.",
        Pattern = "^(production|development|mechanical)$",
        Expected = "production, development or mechanical"
    )]
    public required string Type { get; init; }

    /// <summary>The stream of commands and jobs that name none; at most one.</summary>
    [Member("default", Summary = "The stream of commands and jobs that name none; at most one.")]
    public bool? Default { get; init; }

    /// <summary>Other manifests than source_config.url.</summary>
    [Member("source_config_url", Summary = "Other manifests than source_config.url.")]
    public string? SourceConfigUrl { get; init; }

    /// <summary>Other branch than source_config.ref.</summary>
    [Member("source_config_ref", Summary = "Other branch than source_config.ref.")]
    public string? SourceConfigRef { get; init; }

    /// <summary>Variant of the manifests.</summary>
    [Member("variant", Summary = "Variant of the manifests.")]
    public string? Variant { get; init; }

    /// <summary>Instead of the pipeline's additional_arches.</summary>
    [Member("additional_arches", Summary = "Instead of the pipeline's additional_arches.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? AdditionalArches { get; init; }

    /// <summary>Architectures not to build.</summary>
    [Member("skip_additional_arches", Summary = "Architectures not to build.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? SkipAdditionalArches { get; init; }

    /// <summary>Instead of default_artifacts.</summary>
    [Member("artifacts", Summary = "Instead of default_artifacts.", KeyPattern = AllPattern, KeyExpected = AllText)]
    public ValueMap<ValueList<string>>? Artifacts { get; init; }

    /// <summary>Besides default_artifacts.</summary>
    [Member("additional_artifacts", Summary = "Besides default_artifacts.", KeyPattern = AllPattern, KeyExpected = AllText)]
    public ValueMap<ValueList<string>>? AdditionalArtifacts { get; init; }

    /// <summary>Artifacts not to build.</summary>
    [Member("skip_artifacts", Summary = "Artifacts not to build.", KeyPattern = AllPattern, KeyExpected = AllText)]
    public ValueMap<ValueList<string>>? SkipArtifacts { get; init; }

    /// <summary>Besides registry_repos.</summary>
    [Member("additional_registry_repos", Summary = "Besides registry_repos.")]
    public ValueList<PipelineRepository>? AdditionalRegistryRepos { get; init; }

    /// <summary>Tags of tests not to run.</summary>
    [Member("skip_kola_tags", Summary = "Tags of tests not to run.")]
    public ValueList<string>? SkipKolaTags { get; init; }

    /// <summary>Upload nothing to clouds.</summary>
    [Member("skip_cloud_uploads", Summary = "Upload nothing to clouds.")]
    public bool? SkipCloudUploads { get; init; }

    /// <summary>Upload nothing at all.</summary>
    [Member("no_upload", Summary = "Upload nothing at all.")]
    public bool? NoUpload { get; init; }

    /// <summary>Built at fixed times, not after each change.</summary>
    [Member("scheduled", Summary = "Built at fixed times, not after each change.")]
    public bool? Scheduled { get; init; }

    /// <summary>Environment variables of its builds.</summary>
    [Member("env", Summary = "Environment variables of its builds.")]
    public ValueMap<JsonTextNode>? Env { get; init; }

    /// <summary>Content imported from a container image. Accepted and not used here.</summary>
    [Member("import_oci_image", Summary = "Content imported from a container image. Accepted and not used here.")]
    public JsonTextNode? ImportOciImage { get; init; }

    /// <summary>OpenShift node images. Accepted and not used here.</summary>
    [Member("build_node_images", Summary = "OpenShift node images. Accepted and not used here.")]
    public JsonTextNode? BuildNodeImages { get; init; }

    /// <summary>Credential to pull the builder's image.</summary>
    [Member("builder_pull_secret", Summary = "Credential to pull the builder's image.")]
    public string? BuilderPullSecret { get; init; }

    /// <summary>The builder's container image. Accepted and not used here.</summary>
    [Member("cosa_img", Summary = "The builder's container image. Accepted and not used here.")]
    public string? CosaImage { get; init; }

    /// <summary>Other spelling of cosa_img.</summary>
    [Member("cosa_image", Summary = "Other spelling of cosa_img.")]
    public string? CosaImageLong { get; init; }

    /// <summary>The controller's container image. Accepted and not used here.</summary>
    [Member("cosa_controller_img", Summary = "The controller's container image. Accepted and not used here.")]
    public string? CosaControllerImage { get; init; }

    /// <summary>No copy of the metadata in Brew.</summary>
    [Member("skip_brew_upload", Summary = "No copy of the metadata in Brew.")]
    public bool? SkipBrewUpload { get; init; }

    /// <summary>Other tag than brew.tag.</summary>
    [Member("brew_tag", Summary = "Other tag than brew.tag.")]
    public string? BrewTag { get; init; }

    /// <summary>Require equal versions of kernel and kernel-rt.</summary>
    [Member("check_kernel_rt_mismatch_rhcos", Summary = "Require equal versions of kernel and kernel-rt.")]
    public bool? CheckKernelRtMismatch { get; init; }

    /// <summary>Images made by OSBuild. Accepted and not used here.</summary>
    [Member("osbuild_experimental", Summary = "Images made by OSBuild. Accepted and not used here.")]
    public bool? OsbuildExperimental { get; init; }

    /// <summary>Make AMIs for Windows License Included machines.</summary>
    [Member("create_and_replicate_winli_ami", Summary = "Make AMIs for Windows License Included machines.")]
    public bool? CreateWinli { get; init; }

    /// <summary>Built by Konflux. Accepted and not used here.</summary>
    [Member("konflux_driven", Summary = "Built by Konflux. Accepted and not used here.")]
    public bool? KonfluxDriven { get; init; }

    /// <summary>Versions computed from date and stream; the only way here.</summary>
    [Member("versionary", Summary = "Versions computed from date and stream; the only way here.")]
    public bool? Versionary { get; init; }
}
