using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Output;

/// <summary>
/// Something that happened in a run. Renderings draw these, <c>--progress=json</c> prints them, a worker process sends them to its
/// parent.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(StepStarted), "step-started")]
[JsonDerivedType(typeof(StepProgressed), "step-progressed")]
[JsonDerivedType(typeof(PartEnded), "part-ended")]
[JsonDerivedType(typeof(StepEnded), "step-ended")]
[JsonDerivedType(typeof(Noted), "note")]
[JsonDerivedType(typeof(Diagnosed), "diagnostic")]
public abstract record RunEvent
{
    /// <summary>The event as one line of JSON, without the line feed.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunEventJson.Default.RunEvent);

    /// <summary>Reads one line.</summary>
    /// <exception cref="JsonException">It is not an event.</exception>
    public static RunEvent Parse(string line) =>
        JsonSerializer.Deserialize(line, RunEventJson.Default.RunEvent) ?? throw new JsonException("an event is an object");
}

/// <summary>A step began.</summary>
/// <param name="Id">Unique in its run, counted from 1.</param>
/// <param name="Parent">
/// The step it is a part of; <c>null</c> for a step of the run itself. Steps with one parent may run side by side.
/// </param>
/// <param name="Name">What it does, lower case.</param>
public sealed record StepStarted(int Id, int? Parent, string Name) : RunEvent;

/// <summary>How far a step is. Sent a few times a second at most.</summary>
/// <param name="Id">The step.</param>
/// <param name="Unit">What is counted: <see cref="ProgressUnits.Bytes"/>, "packages", …; empty when nothing is.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all, or 0 when unknown.</param>
/// <param name="What">What is under way, for example a file name. Untrusted text.</param>
public sealed record StepProgressed(int Id, string Unit, long Done, long Total, string What) : RunEvent;

/// <summary>A thread of a step ended a part of the step's work. Goes from a worker to its parent, and is shown by traces only.</summary>
/// <param name="Id">The step.</param>
/// <param name="Thread">Which thread, from 0.</param>
/// <param name="Name">What it was. Untrusted text.</param>
/// <param name="Seconds">How long it took, wall clock.</param>
public sealed record PartEnded(int Id, int Thread, string Name, double Seconds) : RunEvent;

/// <summary>A step ended.</summary>
/// <param name="Id">The step.</param>
/// <param name="Outcome">Whether it did its work.</param>
/// <param name="Seconds">How long it took, wall clock.</param>
/// <param name="Summary">A remark on the result or the reason of the failure; <c>null</c> for none.</param>
public sealed record StepEnded(int Id, StepOutcome Outcome, double Seconds, string? Summary) : RunEvent;

/// <summary>Something worth a line.</summary>
/// <param name="Step">The step that said it, or <c>null</c>.</param>
/// <param name="Text">Without a line feed at its end.</param>
public sealed record Noted(int? Step, string Text) : RunEvent;

/// <summary>A problem.</summary>
/// <param name="Step">The step that found it, or <c>null</c>.</param>
/// <param name="Diagnostic">The problem.</param>
public sealed record Diagnosed(int? Step, Diagnostic Diagnostic) : RunEvent;

/// <summary>How a step ended.</summary>
public enum StepOutcome
{
    /// <summary>It did its work.</summary>
    [JsonStringEnumMemberName("done")]
    Done,

    /// <summary>It found that its work failed.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>It was left early: an exception passed through it, or the run was cancelled.</summary>
    [JsonStringEnumMemberName("stopped")]
    Stopped,
}

/// <summary>Units with a meaning to renderings. Any other word may be a unit too.</summary>
public static class ProgressUnits
{
    /// <summary>Shown as KiB, MiB, ….</summary>
    public const string Bytes = "bytes";

    /// <summary>Only what is under way is shown.</summary>
    public const string None = "";
}

/// <summary>The JSON of events, made without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(RunEvent))]
internal sealed partial class RunEventJson : JsonSerializerContext;
