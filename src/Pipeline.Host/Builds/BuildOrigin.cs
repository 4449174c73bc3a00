using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Host.Builds;

/// <summary>
/// What the records of a build's steps say that meta.json has no place for, and that travels with the build. The records themselves stay
/// where it was made: with them, a compose would take a fetched build, which lacks files, for its own.
/// </summary>
/// <param name="Stream">The stream of its compose; <c>null</c> for none.</param>
/// <param name="KernelArguments">Of its disk images, by artifact.</param>
public sealed record BuildOrigin(StreamName? Stream, ValueList<KeyValuePair<string, ValueList<string>>> KernelArguments)
{
    /// <summary>Path below a build's directory.</summary>
    public const string RecordPath = "steps/origin.json";

    private const string StepPrefix = "image-";
    private const string ArgumentsMember = "kernel-arguments";

    /// <summary>Whether it says nothing.</summary>
    public bool IsEmpty => Stream is null && KernelArguments.Count == 0;

    /// <summary>Of a build's directory: by the records of its steps, then by what it was fetched with.</summary>
    public static BuildOrigin Of(string directory)
    {
        var file = Path.Combine(directory, RecordPath);
        var fetched = RegularFile.Is(file) ? Parse(file, RegularFile.Read(file)) : new(null, []);
        var steps = Path.Combine(directory, "steps");
        var own = (Directory.Exists(steps) ? Directory.GetFiles(steps, StepPrefix + "*.json") : [])
            .Where(RegularFile.Is)
            .Select(f => KeyValuePair.Create(Path.GetFileNameWithoutExtension(f)[StepPrefix.Length..], StepRecord.KernelArgumentsOf(f)))
            .Where(p => p.Value.Count > 0)
            .ToArray();
        return new(
            BuildStore.RecordedStream(directory),
            [.. own.Concat(fetched.KernelArguments.Where(f => own.All(o => o.Key != f.Key))).OrderBy(p => p.Key, StringComparer.Ordinal)]
        );
    }

    /// <summary>Reads the document; what it does not say, or says in another form, is left out.</summary>
    public static BuildOrigin Parse(string file, ReadOnlyMemory<byte> utf8) =>
        JsonText.Parse(file, utf8, new DiagnosticBag()) is not JsonTextObject root
            ? new(null, [])
            : new(
                StreamName.TryParse((root.Find("stream") as JsonTextString)?.Value, out var stream) ? stream : null,
                [
                    .. ((root.Find(ArgumentsMember) as JsonTextObject)?.Members ?? [])
                        .Where(m => m.Value is JsonTextArray)
                        .Select(m => KeyValuePair.Create(m.Name, Texts((JsonTextArray)m.Value))),
                ]
            );

    /// <summary>The document.</summary>
    public JsonTextObject ToJson() =>
        new([
            .. Stream is { } stream ? (JsonTextMember[])[new("stream", new JsonTextString(stream.ToString()))] : [],
            .. KernelArguments.Count == 0
                ? []
                : (JsonTextMember[])
                    [
                        new(
                            ArgumentsMember,
                            new JsonTextObject([.. KernelArguments.Select(a => new JsonTextMember(a.Key, JsonTextArray.OfTexts(a.Value)))])
                        ),
                    ],
        ]);

    private static ValueList<string> Texts(JsonTextArray list) => [.. list.Items.OfType<JsonTextString>().Select(i => i.Value)];
}
