using System.Text.Json.Serialization;
using Pipeline.Compose.Locks;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>
/// The request to the worker in the user namespace: a compose with everything read, resolved, verified and fetched. Nothing in it is looked
/// up again there, and no path in it is relative.
/// </summary>
internal sealed record ComposeWork
{
    /// <summary>Name of the package family.</summary>
    public required string Family { get; init; }

    /// <summary>The flattened manifest.</summary>
    public required Manifest Manifest { get; init; }

    /// <summary>The packages, dependencies first.</summary>
    public required Lockfile Lockfile { get; init; }

    /// <summary>The text of <c>manifest-lock.generated.&lt;arch&gt;.json</c>.</summary>
    public required string LockText { get; init; }

    /// <summary>What commitmeta.json says of the repositories; no members where their family has no such metadata.</summary>
    public JsonTextObject RepositoryMetadata { get; init; } = new([]);

    /// <summary>The inputs of each step.</summary>
    public required ComposeInputs Inputs { get; init; }

    /// <summary>How programs of the tree run on this machine.</summary>
    public required GuestRunner Runner { get; init; }

    /// <summary>Packages of this machine's architecture whose programs stand in for those of a foreign tree.</summary>
    public ValueList<LockedPackage> Native { get; init; } = [];

    /// <summary>Where the verified package files are.</summary>
    public required ValueList<PackageFile> Files { get; init; }

    /// <summary>Holds <c>cache/</c>, <c>builds/</c> and <c>tmp/</c>.</summary>
    public required WorkDirectory WorkDirectory { get; init; }

    /// <summary>As <see cref="ComposeRequest.Stream"/>.</summary>
    public string? Stream { get; init; }

    /// <summary>The git checkout that the manifest is in; <c>null</c> for none.</summary>
    public GitState? Config { get; init; }

    /// <summary>As <see cref="ComposeRequest.Version"/>.</summary>
    public string? Version { get; init; }

    /// <summary>As <see cref="ComposeRequest.Force"/>.</summary>
    public bool Force { get; init; }

    /// <summary>As <see cref="ComposeRequest.Development"/>.</summary>
    public bool Development { get; init; }

    /// <summary>As <see cref="ComposeRequest.Wait"/>.</summary>
    public bool Wait { get; init; }

    /// <summary>As <see cref="ComposeRequest.ScriptLimits"/>.</summary>
    public required ToolLimits Limits { get; init; }

    /// <summary>The architecture.</summary>
    public Architecture Architecture => Lockfile.Architecture;

    /// <summary>The work of a request whose packages are locked and fetched.</summary>
    public static ComposeWork Of(
        ComposeRequest request,
        LockedManifest locked,
        ComposeInputs inputs,
        IReadOnlyDictionary<Digest, string> files,
        GuestRunner runner,
        LockedManifest? native
    ) =>
        new()
        {
            Family = locked.Family.Name,
            Manifest = locked.Manifest,
            Lockfile = locked.Lockfile,
            LockText = locked.LockText,
            RepositoryMetadata = locked.RepositoryMetadata,
            Inputs = inputs,
            Runner = runner,
            Native = native?.Lockfile.Packages ?? [],
            Files = files.Select(f => new PackageFile(f.Key, f.Value)).OrderBy(f => f.Digest).ToValueList(),
            WorkDirectory = request.WorkDirectory,
            Stream = request.Stream,
            Version = request.Version,
            Force = request.Force,
            Development = request.Development,
            Wait = request.Wait,
            Limits = request.ScriptLimits,
        };
}

/// <summary>A package file of the cache.</summary>
/// <param name="Digest">sha256 of it.</param>
/// <param name="Path">Absolute path.</param>
internal sealed record PackageFile(Digest Digest, string Path);

/// <summary>Writes and reads requests and results of the worker; strict, because both ends are the same program.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    Converters = [
        typeof(ValueListJson),
        typeof(DigestJson),
        typeof(ArchitectureJson),
        typeof(ByteSizeJson),
        typeof(JsonTextObjectJson),
        typeof(StepInputsJson),
    ]
)]
[JsonSerializable(typeof(ComposeWork))]
[JsonSerializable(typeof(ComposeResult))]
[JsonSerializable(typeof(ValueList<SkippedScript>))]
internal sealed partial class ComposeJson : JsonSerializerContext;
