using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Model.Pipelines;

/// <summary>Texts of problems in <c>ci/pipeline.yaml</c>, PL5010–PL5012.</summary>
internal static class PipelineDiagnostics
{
    public static Diagnostic SecondDefault(SourceSpan? span, string stream, string first) =>
        Diagnostic.Error(
            "PL5010",
            $"stream '{stream}' is a second default",
            span,
            $"keep 'default: true' of '{first}' or of '{stream}'",
            path: JsonPointerOf("streams", stream, "default")
        );

    public static Diagnostic UnknownStream(JsonTextMember entry, IEnumerable<string> streams) =>
        Diagnostic.Error(
            "PL5011",
            $"there is no stream '{entry.Name}'",
            entry.NameSpan,
            ClosestName.Hint(entry.Name, streams, "add it under 'streams:' or remove it here"),
            path: JsonPointerOf("retention", entry.Name)
        );

    public static Diagnostic KeptWithoutAge(SourceSpan? span, string stream) =>
        Diagnostic.Error(
            "PL5012",
            "'images-keep' without 'images' keeps nothing that would go",
            span,
            "add 'images: AGE' or remove 'images-keep'",
            path: JsonPointerOf("retention", stream, "images-keep")
        );

    private static string JsonPointerOf(params string[] path) => Contracts.JsonPointer.Of(path);
}
