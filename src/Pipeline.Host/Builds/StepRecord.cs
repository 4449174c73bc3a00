using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Host.Builds;

/// <summary>One thing a step depends on.</summary>
/// <param name="Name">What it is, for people: <c>package bash 5.2</c>, <c>overlay/05core</c>, <c>tool bwrap</c>.</param>
/// <param name="Digest">sha256 of it.</param>
public sealed record StepInput(string Name, Digest Digest);

/// <summary>Everything that can change the output of a step. Its digest names the output in caches.</summary>
public sealed record StepInputs
{
    /// <summary>Inputs of a step; sorted by name, so their order never matters.</summary>
    /// <param name="step">The step's name.</param>
    /// <param name="version">Raised by one whenever the step makes other bytes from the same inputs.</param>
    /// <param name="inputs">The inputs; names are unique.</param>
    public StepInputs(string step, int version, IEnumerable<StepInput> inputs)
    {
        Step = step;
        Version = version;
        Inputs = inputs.OrderBy(i => i.Name, StringComparer.Ordinal).ToValueList();
        Digest = Digest.Of(JsonTextWriter.Canonical(ToJson()));
    }

    /// <summary>The step's name.</summary>
    public string Step { get; }

    /// <summary>The step's version.</summary>
    public int Version { get; }

    /// <summary>The inputs, sorted by name.</summary>
    public ValueList<StepInput> Inputs { get; }

    /// <summary>sha256 of the canonical JSON <c>{step, stepVersion, inputs:[{name,digest}]}</c>.</summary>
    public Digest Digest { get; }

    /// <summary>The document that is hashed.</summary>
    public JsonTextObject ToJson() =>
        new([
            new("step", new JsonTextString(Step)),
            new("stepVersion", new JsonTextNumber(Version.ToString(CultureInfo.InvariantCulture))),
            new(
                "inputs",
                new JsonTextArray([
                    .. Inputs.Select(i => new JsonTextObject([
                        new("name", new JsonTextString(i.Name)),
                        new("digest", new JsonTextString(i.Digest.ToString())),
                    ])),
                ])
            ),
        ]);
}

/// <summary>A script of a package that a step did not run, on purpose.</summary>
/// <param name="Package">The package with its version.</param>
/// <param name="Script">Which of its scripts.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedScript(string Package, string Script, string Reason)
{
    /// <summary>As in the document.</summary>
    public JsonTextObject ToJson() =>
        new([
            new("package", new JsonTextString(Package)),
            new("script", new JsonTextString(Script)),
            new("reason", new JsonTextString(Reason)),
        ]);
}

/// <summary><c>steps/&lt;step&gt;.json</c>: how an output came to be.</summary>
/// <param name="Inputs">What went in.</param>
/// <param name="Outputs">What came out: name → digest.</param>
/// <param name="Cached">Whether it was taken from the cache.</param>
/// <param name="Elapsed">How long it took, wall clock.</param>
public sealed record StepRecord(StepInputs Inputs, ValueList<StepInput> Outputs, bool Cached, TimeSpan Elapsed)
{
    private const string ArgumentsMember = "kernel-arguments";

    /// <summary>
    /// The stream of the build, in the record of its compose; <c>null</c> for none. cosa's meta.json has no place for it.
    /// </summary>
    public StreamName? Stream { get; init; }

    /// <summary>What the boot loader of an image gives the kernel; empty for what is no disk image.</summary>
    public ValueList<string> KernelArguments { get; init; } = [];

    /// <summary>Scripts of packages that it did not run.</summary>
    public ValueList<SkippedScript> Skipped { get; init; } = [];

    /// <summary>The document.</summary>
    public JsonTextObject ToJson() =>
        new([
            .. Inputs.ToJson().Members,
            new("inputDigest", new JsonTextString(Inputs.Digest.ToString())),
            .. Stream is { } stream ? [new JsonTextMember("stream", new JsonTextString(stream.ToString()))] : Array.Empty<JsonTextMember>(),
            new(
                "outputs",
                new JsonTextArray([
                    .. Outputs.Select(i => new JsonTextObject([
                        new("name", new JsonTextString(i.Name)),
                        new("digest", new JsonTextString(i.Digest.ToString())),
                    ])),
                ])
            ),
            .. KernelArguments.Count > 0
                ? [new JsonTextMember(ArgumentsMember, JsonTextArray.OfTexts(KernelArguments))]
                : Array.Empty<JsonTextMember>(),
            .. Skipped.Count > 0
                ? [new JsonTextMember("skipped", new JsonTextArray([.. Skipped.Select(s => s.ToJson())]))]
                : Array.Empty<JsonTextMember>(),
            new("cached", new JsonTextBool(Cached)),
            new("seconds", new JsonTextNumber(Elapsed.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture))),
        ]);

    /// <summary>The input digest noted in a step's document, or <c>null</c> when there is none to read.</summary>
    public static Digest? InputDigest(string file) => Digest.TryParse(Text(file, "inputDigest"), out var digest) ? digest : null;

    /// <summary>The stream noted in a step's document, or <c>null</c> when there is none to read.</summary>
    public static StreamName? StreamOf(string file) => StreamName.TryParse(Text(file, "stream"), out var name) ? name : null;

    /// <summary>The kernel arguments noted in the step's document of a disk image.</summary>
    public static ValueList<string> KernelArgumentsOf(string file) =>
        JsonText.Parse(file, RegularFile.Read(file), new DiagnosticBag()) is JsonTextObject root
        && root.Find(ArgumentsMember) is JsonTextArray list
            ? [.. list.Items.OfType<JsonTextString>().Select(a => a.Value)]
            : [];

    private static string? Text(string file, string member) =>
        File.Exists(file) && JsonText.Parse(file, RegularFile.Read(file), new DiagnosticBag()) is JsonTextObject root
            ? (root.Find(member) as JsonTextString)?.Value
            : null;
}
