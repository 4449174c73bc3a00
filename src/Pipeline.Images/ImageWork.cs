using System.Text.Json.Serialization;
using Pipeline.Host.Builds;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <summary>
/// The request to the worker in the user namespace: one whose build is resolved, with the digests of the tools that make it.
/// </summary>
/// <param name="Request">The request; its build id is never <c>latest</c>.</param>
/// <param name="Tools">Digests of the host's programs.</param>
internal sealed record ImageWork(ImageRequest Request, ValueList<StepInput> Tools);

/// <summary>What comes back.</summary>
/// <param name="Results">The artifacts, in the order asked for.</param>
internal sealed record ImagesMade(ValueList<ImageResult> Results);

/// <summary>Writes and reads requests and results of the worker; strict, because both ends are the same program.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(ValueListJson), typeof(DigestJson), typeof(ArchitectureJson), typeof(ByteSizeJson)]
)]
[JsonSerializable(typeof(ImageWork))]
[JsonSerializable(typeof(ImagesMade))]
internal sealed partial class ImageJson : JsonSerializerContext;
