using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Pipeline.Cli.Answers;

/// <summary>What the verbs with <c>--json</c> answer: the schema of each, or whose document it is.</summary>
internal static class AnswerSchemas
{
    /// <summary>Answers of a verb: several when an option changes the form.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<JsonTypeInfo>> Own { get; } =
        new Dictionary<string, IReadOnlyList<JsonTypeInfo>>(StringComparer.Ordinal)
        {
            ["bisect"] = [AnswerJson.Default.BisectAnswer],
            ["builds fetch"] = [AnswerJson.Default.TransferAnswerDocument],
            ["builds list"] = [AnswerJson.Default.BuildListedArray],
            ["builds prune"] = [AnswerJson.Default.TransferAnswerDocument],
            ["builds push"] = [AnswerJson.Default.TransferAnswerDocument],
            ["builds tag"] = [AnswerJson.Default.TagAnswer],
            ["cache prune"] = [AnswerJson.Default.CachePruningAnswer],
            ["cache show"] = [AnswerJson.Default.CacheAnswer],
            ["cloud gc"] = [AnswerJson.Default.CloudResourceAnswerArray],
            ["cloud launch"] = [AnswerJson.Default.LaunchAnswer],
            ["cloud list"] = [AnswerJson.Default.CloudResourceAnswerArray],
            ["compose"] = [AnswerJson.Default.ComposedBuild, AnswerJson.Default.ComposedBuilds, AnswerJson.Default.ComposePlanDocument],
            ["contract check"] = [AnswerJson.Default.ContractFindingArray],
            ["diff"] = [AnswerJson.Default.DifferenceDocument, AnswerJson.Default.DifferenceCounts],
            ["doctor"] = [AnswerJson.Default.CheckAnswerArray],
            ["download"] = [AnswerJson.Default.StringArray],
            ["graph simulate"] =
            [
                AnswerJson.Default.SimulatedPaths,
                AnswerJson.Default.SimulatedLosses,
                AnswerJson.Default.SimulatedExposure,
                AnswerJson.Default.SimulatedFleet,
            ],
            ["ignition validate"] = [AnswerJson.Default.ProblemAnswerArray],
            ["images"] = [AnswerJson.Default.ImageAnswerArray, AnswerJson.Default.ImageKindArray],
            ["init"] = [AnswerJson.Default.ProjectAnswer],
            ["iso inspect"] = [AnswerJson.Default.LiveImageAnswer],
            ["iso kargs show"] = [AnswerJson.Default.KernelArgumentsAnswer],
            ["kola check-console"] = [AnswerJson.Default.ConsoleAnswerArray],
            ["kola list"] = [AnswerJson.Default.TestListingArray],
            ["launch"] = [AnswerJson.Default.LaunchAnswer],
            ["package inspect"] = [AnswerJson.Default.PackageDocument],
            ["promote"] = [AnswerJson.Default.BranchEdit, AnswerJson.Default.DocumentEdit],
            ["release index"] = [AnswerJson.Default.DocumentEdit],
            ["rollout add"] = [AnswerJson.Default.DocumentEdit],
            ["rollout barrier"] = [AnswerJson.Default.DocumentEdit],
            ["rollout clean"] = [AnswerJson.Default.DocumentEdit],
            ["rollout deadend"] = [AnswerJson.Default.DocumentEdit],
            ["rollout pause"] = [AnswerJson.Default.DocumentEdit],
            ["rollout print"] = [AnswerJson.Default.RolloutStateArray],
            ["rollout report"] = [AnswerJson.Default.RolloutStateArray],
            ["rollout resume"] = [AnswerJson.Default.DocumentEdit],
            ["stream diff"] = [AnswerJson.Default.StreamChangeArray],
            ["upload"] = [AnswerJson.Default.UploadAnswer],
            ["version compare"] = [AnswerJson.Default.VersionOrder],
        };

    /// <summary>Verbs that print a document whose form others decide, with the reason why its keys stay as they are.</summary>
    public static IReadOnlyDictionary<string, string> Foreign { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["builds show"] = "meta.json, as coreos-assembler's schema has it",
            ["ignition show"] = "an Ignition config",
            ["kola run"] = "report.json of kola",
            ["manifest show"] = "a manifest: kebab-case, but for names that its author chose",
        };

    /// <summary>The JSON Schema (draft 2020-12) of what a verb answers.</summary>
    /// <param name="verb">One of <see cref="Own"/>.</param>
    public static string Of(string verb) => Document($"pipeline {verb} --json", [.. Own[verb].Select(Schema)]);

    /// <summary>The schema of a line of standard error under <c>--json</c>.</summary>
    public static string Problem => Document("a problem under --json", [Schema(AnswerJson.Default.ProblemAnswer)]);

    private static string Document(string title, JsonNode[] forms)
    {
        var schema = forms.Length == 1 ? forms[0] : new JsonObject { ["anyOf"] = new JsonArray(forms) };
        var document = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach (var (name, value) in schema.AsObject().ToArray())
        {
            schema.AsObject().Remove(name);
            document[name] = value;
        }

        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    private static JsonNode Schema(JsonTypeInfo type)
    {
        var schema = type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        return Inline(schema, schema);
    }

    /// <summary>A copy without references: they would point somewhere else in the document that it becomes a part of.</summary>
    private static JsonNode Inline(JsonNode node, JsonNode root) =>
        node switch
        {
            JsonObject reference when reference["$ref"]?.GetValue<string>() is { } pointer => Inline(Find(root, pointer), root),
            JsonObject members => new JsonObject(
                members.Select(m => KeyValuePair.Create(m.Key, m.Value is { } v ? Inline(v, root) : null))
            ),
            JsonArray items => new JsonArray([.. items.Select(i => i is null ? null : Inline(i, root))]),
            _ => node.DeepClone(),
        };

    private static JsonNode Find(JsonNode root, string pointer) =>
        pointer
            .Split('/')
            .Skip(1)
            .Aggregate(root, (at, name) => (at is JsonArray array ? array[int.Parse(name, CultureInfo.InvariantCulture)] : at[name])!);
}
