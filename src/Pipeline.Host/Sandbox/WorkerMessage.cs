using System.Text.Json.Serialization;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>One line of the worker's answer channel: an event of the run, or the end.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Happened), "event")]
[JsonDerivedType(typeof(Answered), "answered")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Stopped), "stopped")]
internal abstract record WorkerMessage;

/// <summary>Something the reporter outside shows.</summary>
internal sealed record Happened(RunEvent Event) : WorkerMessage;

/// <summary>Last message: the work is done.</summary>
/// <param name="Result">The result as a JSON document.</param>
internal sealed record Answered(string Result) : WorkerMessage;

/// <summary>Last message: the work failed.</summary>
internal sealed record Failed(ValueList<Diagnostic> Diagnostics) : WorkerMessage;

/// <summary>Last message: the work was cancelled.</summary>
internal sealed record Stopped : WorkerMessage;

/// <summary>Writes and reads messages without reflection.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ValueListJson)]
)]
[JsonSerializable(typeof(WorkerMessage))]
internal sealed partial class WorkerMessageJson : JsonSerializerContext;
