using Pipeline.Model.Contracts;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using static Pipeline.Model.Pipelines.PipelinePatterns;

namespace Pipeline.Model.Pipelines;

/// <summary>
/// <c>ci/pipeline.yaml</c>: which streams a pipeline builds, from what, for which architectures and clouds, where the results go and how
/// long they are kept. The keys are those of fedora-coreos-pipeline's <c>config.yaml</c>, which is read unchanged; <c>stores</c>,
/// <c>policy</c> and <c>retention</c> are ours.
/// </summary>
[Closed]
public sealed record PipelineConfig : ContractRecord
{
    /// <summary>The streams to build, by name.</summary>
    [Member("streams", Summary = "The streams to build, by name.", KeyPattern = StreamPattern, KeyExpected = StreamText)]
    public required ValueMap<PipelineStream> Streams { get; init; }

    /// <summary>Architectures to build besides x86_64.</summary>
    [Member("additional_arches", Summary = "Architectures to build besides x86_64.", Pattern = ArchPattern, Expected = ArchText)]
    public ValueList<string>? AdditionalArches { get; init; }

    /// <summary>Where the manifests are.</summary>
    [Member("source_config", Summary = "Where the manifests are.")]
    public PipelineSource? SourceConfig { get; init; }

    /// <summary>Artifacts that every stream builds, for all architectures and for single ones.</summary>
    [Member(
        "default_artifacts",
        Summary = "Artifacts that every stream builds, for all architectures and for single ones.",
        KeyPattern = AllPattern,
        KeyExpected = AllText
    )]
    public ValueMap<ValueList<string>>? DefaultArtifacts { get; init; }

    /// <summary>Object stores by name; builds go to all of them.</summary>
    [Member("stores", Summary = "Object stores by name; builds go to all of them.")]
    public ValueMap<PipelineStore>? Stores { get; init; }

    /// <summary>The S3 bucket of the builds; short for a store.</summary>
    [Member("s3", Summary = "The S3 bucket of the builds; short for a store.")]
    public PipelineS3? S3 { get; init; }

    /// <summary>Container repositories that images are pushed to.</summary>
    [Member("registry_repos", Summary = "Container repositories that images are pushed to.")]
    public PipelineRegistries? RegistryRepos { get; init; }

    /// <summary>Accounts and places in clouds.</summary>
    [Member("clouds", Summary = "Accounts and places in clouds.")]
    public PipelineClouds? Clouds { get; init; }

    /// <summary>What a build has to prove before it is released.</summary>
    [Member("policy", Summary = "What a build has to prove before it is released.")]
    public PipelinePolicy? Policy { get; init; }

    /// <summary>How long the builds of a stream are kept, by stream.</summary>
    [Member(
        "retention",
        Summary = "How long the builds of a stream are kept, by stream.",
        KeyPattern = StreamPattern,
        KeyExpected = StreamText
    )]
    public ValueMap<PipelineRetention>? Retention { get; init; }

    /// <summary>Switches of release jobs.</summary>
    [Member("misc", Summary = "Switches of release jobs.")]
    public PipelineMisc? Misc { get; init; }

    /// <summary>Environment variables of every build.</summary>
    [Member("env", Summary = "Environment variables of every build.")]
    public ValueMap<JsonTextNode>? Env { get; init; }

    /// <summary>The builder's container image; may hold ${STREAM}. Accepted and not used here.</summary>
    [Member("cosa_img", Summary = "The builder's container image; may hold ${STREAM}. Accepted and not used here.")]
    public string? CosaImage { get; init; }

    /// <summary>A build with a fix that is not in a stream.</summary>
    [Member("hotfix", Summary = "A build with a fix that is not in a stream.")]
    public PipelineHotfix? Hotfix { get; init; }

    /// <summary>Tests to leave out for a while.</summary>
    [Member("hacks", Summary = "Tests to leave out for a while.")]
    public PipelineHacks? Hacks { get; init; }

    /// <summary>Koji or Brew, which gets a copy of the metadata.</summary>
    [Member("brew", Summary = "Koji or Brew, which gets a copy of the metadata.")]
    public PipelineBrew? Brew { get; init; }

    /// <summary>OpenShift node images. Accepted and not used here.</summary>
    [Member("ocp_node_builds", Summary = "OpenShift node images. Accepted and not used here.")]
    public JsonTextNode? NodeBuilds { get; init; }

    /// <summary>Versions computed from date and stream; the only way here.</summary>
    [Member("versionary_hack", Summary = "Versions computed from date and stream; the only way here.")]
    public bool? VersionaryHack { get; init; }
}

/// <summary>Where the manifests of an OS are.</summary>
[Closed]
public sealed record PipelineSource : ContractRecord
{
    /// <summary>Git repository of the manifests, or a directory.</summary>
    [Member("url", Summary = "Git repository of the manifests, or a directory.")]
    public required string Url { get; init; }

    /// <summary>Branch to build; may hold ${STREAM}. The stream's name by default.</summary>
    [Member("ref", Summary = "Branch to build; may hold ${STREAM}. The stream's name by default.")]
    public string? Ref { get; init; }

    /// <summary>Git repository of package repository definitions.</summary>
    [Member("yumrepos", Summary = "Git repository of package repository definitions.")]
    public string? YumRepos { get; init; }

    /// <summary>Its branch.</summary>
    [Member("yumrepos_ref", Summary = "Its branch.")]
    public string? YumReposRef { get; init; }
}

/// <summary>Switches of release jobs.</summary>
[Closed]
public sealed record PipelineMisc : ContractRecord
{
    /// <summary>Write releases.json.</summary>
    [Member("generate_release_index", Summary = "Write releases.json.")]
    public bool? GenerateReleaseIndex { get; init; }

    /// <summary>Test updates from old releases.</summary>
    [Member("run_extended_upgrade_test_fcos", Summary = "Test updates from old releases.")]
    public bool? RunExtendedUpgradeTest { get; init; }

    /// <summary>Start a release although an architecture is missing.</summary>
    [Member(
        "allow_missing_architectures_when_autotriggering_release_job",
        Summary = "Start a release although an architecture is missing."
    )]
    public bool? AllowMissingArchitectures { get; init; }

    /// <summary>Release although an artifact was not tested.</summary>
    [Member("allow_skip_of_untested_artifacts", Summary = "Release although an artifact was not tested.")]
    public bool? AllowUntestedArtifacts { get; init; }

    /// <summary>Credential to pull the builder's image.</summary>
    [Member("builder_pull_secret", Summary = "Credential to pull the builder's image.")]
    public string? BuilderPullSecret { get; init; }

    /// <summary>Versions computed from date and stream; the only way here.</summary>
    [Member("versionary", Summary = "Versions computed from date and stream; the only way here.")]
    public bool? Versionary { get; init; }
}

/// <summary>A build with a fix that is not in a stream.</summary>
[Closed]
public sealed record PipelineHotfix : ContractRecord
{
    /// <summary>Tag of the pushed resources.</summary>
    [Member("name", Summary = "Tag of the pushed resources.")]
    public required string Name { get; init; }

    /// <summary>Leave out tests that need a signed kernel.</summary>
    [Member("skip_secureboot_tests_hack", Summary = "Leave out tests that need a signed kernel.")]
    public bool? SkipSecureBootTests { get; init; }
}

/// <summary>Tests to leave out for a while.</summary>
[Closed]
public sealed record PipelineHacks : ContractRecord
{
    /// <summary>Leave out tests of updates.</summary>
    [Member("skip_upgrade_tests", Summary = "Leave out tests of updates.")]
    public bool? SkipUpgradeTests { get; init; }

    /// <summary>Leave out tests of UEFI on old versions.</summary>
    [Member("skip_uefi_tests_on_older_rhcos", Summary = "Leave out tests of UEFI on old versions.")]
    public bool? SkipUefiTestsOnOlder { get; init; }
}

/// <summary>Koji or Brew.</summary>
[Closed]
public sealed record PipelineBrew : ContractRecord
{
    /// <summary>Profile of the client.</summary>
    [Member("profile", Summary = "Profile of the client.")]
    public required string Profile { get; init; }

    /// <summary>Kerberos principal.</summary>
    [Member("principal", Summary = "Kerberos principal.")]
    public required string Principal { get; init; }

    /// <summary>Tag of the build.</summary>
    [Member("tag", Summary = "Tag of the build.")]
    public required string Tag { get; init; }
}
