using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Plans;

/// <summary>Steps that are shown as one in the progress.</summary>
/// <param name="Title">Of the progress; <c>null</c> for steps too short to be shown.</param>
/// <param name="Summary">Shown beside the duration at the end.</param>
/// <param name="Steps">In order.</param>
internal sealed record PlanStage(string? Title, string? Summary, IReadOnlyList<PlanStep> Steps);

/// <summary>
/// The exact change of a command: made from what was read, with no effect of its own. <see cref="PlanApplier"/> makes the change,
/// <see cref="PlanPreview"/> only shows it.
/// </summary>
/// <param name="Name">What it is for, as part of a file name; equal for two runs of the same command.</param>
/// <param name="Stages">In order.</param>
internal sealed record Plan(string Name, IReadOnlyList<PlanStage> Stages)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>All steps in order.</summary>
    [JsonIgnore]
    public IEnumerable<PlanStep> Steps => Stages.SelectMany(s => s.Steps);

    /// <summary>The steps as users see them.</summary>
    [JsonIgnore]
    public ValueList<TransferStep> Lines => Steps.Select(s => s.Line).OfType<TransferStep>().ToValueList();

    /// <summary>A plan of steps without progress.</summary>
    public static Plan Of(string name, params IReadOnlyList<PlanStep> steps) => new(name, [new(null, null, steps)]);

    /// <summary>One line of JSON, for the journal.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static Plan Parse(string json) => JsonSerializer.Deserialize<Plan>(json, Options) ?? throw new JsonException("no plan");
}

/// <summary>What became of a plan.</summary>
/// <param name="Applied">Whether the changes were made.</param>
/// <param name="Lines">What was done, or would be, in order.</param>
internal sealed record PlanOutcome(bool Applied, ValueList<TransferStep> Lines);

/// <summary>Takes plans: makes the change, or shows it. A command is the same code for both.</summary>
internal interface IPlanSink
{
    /// <summary>Whether <see cref="RunAsync"/> makes changes.</summary>
    bool Applies { get; }

    /// <summary>Makes the change, or only says what it would be.</summary>
    Task<PlanOutcome> RunAsync(Plan plan, CancellationToken cancellationToken);
}
