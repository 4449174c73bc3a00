using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Model.Text;

namespace Pipeline.Cli.Answers;

/// <summary>
/// Writes answers of verbs under <c>--json</c>: keys in kebab-case, as in manifests. What is a document of a form that others read too is
/// not an answer of ours; <c>AnswerSchemas</c> says which these are.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(DocumentEdit))]
[JsonSerializable(typeof(BranchEdit))]
[JsonSerializable(typeof(RolloutState[]))]
[JsonSerializable(typeof(ContractFinding[]))]
[JsonSerializable(typeof(StreamChange[]))]
[JsonSerializable(typeof(VersionOrder))]
[JsonSerializable(typeof(SimulatedPaths))]
[JsonSerializable(typeof(SimulatedLosses))]
[JsonSerializable(typeof(SimulatedExposure))]
[JsonSerializable(typeof(SimulatedFleet))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(ProblemAnswer[]))]
[JsonSerializable(typeof(CacheAnswer))]
[JsonSerializable(typeof(CachePruningAnswer))]
[JsonSerializable(typeof(CheckAnswer[]))]
[JsonSerializable(typeof(TestListing[]))]
[JsonSerializable(typeof(BuildListed[]))]
[JsonSerializable(typeof(TagAnswer))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(ImageKind[]))]
[JsonSerializable(typeof(ConsoleAnswer[]))]
[JsonSerializable(typeof(LiveImageAnswer))]
[JsonSerializable(typeof(KernelArgumentsAnswer))]
[JsonSerializable(typeof(ProjectAnswer))]
[JsonSerializable(typeof(TransferAnswerDocument))]
[JsonSerializable(typeof(ComposedBuild))]
[JsonSerializable(typeof(ComposedBuilds))]
[JsonSerializable(typeof(ComposePlanDocument))]
[JsonSerializable(typeof(ImageAnswer[]))]
[JsonSerializable(typeof(DifferenceDocument))]
[JsonSerializable(typeof(DifferenceCounts))]
[JsonSerializable(typeof(PackageDocument))]
[JsonSerializable(typeof(BisectAnswer))]
[JsonSerializable(typeof(UploadAnswer))]
[JsonSerializable(typeof(CloudResourceAnswer[]))]
[JsonSerializable(typeof(LaunchAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext
{
    /// <summary>With quotes as they are: people read these lines too. The renderings make the rest harmless.</summary>
    public static AnswerJson Readable =>
        new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The answer as one line.</summary>
    public static string Line<T>(T answer) => JsonSerializer.Serialize(answer, typeof(T), Default);

    /// <summary>The answer over several lines, laid out as the documents of a work directory.</summary>
    public static string Pretty<T>(T answer) =>
        JsonTextWriter.Write(Node(JsonSerializer.SerializeToElement(answer, typeof(T), Default)), JsonStyle.Pretty);

    private static JsonTextNode Node(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => new JsonTextObject([.. value.EnumerateObject().Select(m => new JsonTextMember(m.Name, Node(m.Value)))]),
            JsonValueKind.Array => new JsonTextArray([.. value.EnumerateArray().Select(Node)]),
            JsonValueKind.String => new JsonTextString(value.GetString()!),
            JsonValueKind.Number => new JsonTextNumber(value.GetRawText()),
            JsonValueKind.True or JsonValueKind.False => new JsonTextBool(value.GetBoolean()),
            _ => new JsonTextNull(),
        };
}
