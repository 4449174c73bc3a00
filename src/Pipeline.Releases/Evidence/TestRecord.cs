using System.Globalization;
using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Evidence;

/// <summary><c>steps/kola.json</c>: inputs of a run of tests, and its report.</summary>
/// <param name="Inputs">As recorded.</param>
/// <param name="Recorded">The digest the record claims for them.</param>
/// <param name="Platform">Where the machines ran.</param>
/// <param name="Version">The build's version.</param>
/// <param name="Tests">The report.</param>
internal sealed record TestRecord(StepInputs Inputs, string Recorded, string Platform, string Version, ValueList<TestEvidence> Tests)
{
    private const string TestPrefix = "test ";

    /// <summary>Names of the tests that were selected, by the inputs.</summary>
    public IEnumerable<string> Selected =>
        Inputs.Inputs.Where(i => i.Name.StartsWith(TestPrefix, StringComparison.Ordinal)).Select(i => i.Name[TestPrefix.Length..]);

    /// <summary>The digest of one input, or <c>null</c>.</summary>
    public Digest? Input(string name) => Inputs.Inputs.FirstOrDefault(i => i.Name == name)?.Digest;

    /// <summary>Reads a record.</summary>
    /// <returns>It, or <c>null</c> with the reason in <paramref name="why"/>.</returns>
    public static TestRecord? Read(string file, ReadOnlyMemory<byte> utf8, out string why)
    {
        var problems = new DiagnosticBag();
        var root = JsonText.Parse(file, utf8, problems) as JsonTextObject;
        why = (problems.Items.Count > 0 ? problems.Items[0].Message : null) ?? "it is no record of a step";
        if (
            root?.Find("inputs") is not JsonTextArray inputs
            || root.Find("tests") is not JsonTextArray tests
            || root.Find("stepVersion") is not JsonTextNumber number
            || !int.TryParse(number.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        )
        {
            return null;
        }

        var read = new List<StepInput>();
        foreach (var input in inputs.Items)
        {
            if (
                input is not JsonTextObject o
                || o.Find("name") is not JsonTextString name
                || !Digest.TryParse((o.Find("digest") as JsonTextString)?.Value, out var digest)
            )
            {
                why = "an input has no name or no digest";
                return null;
            }

            read.Add(new(name.Value, digest));
        }

        var results = tests.Items.Select(Result).ToArray();
        if (results.Contains(null))
        {
            why = "a test has no name or no result";
            return null;
        }

        return new(
            new(Text(root, "step"), version, read),
            Text(root, "inputDigest"),
            Text(root, "platform"),
            Text(root, "version"),
            [.. results.OfType<TestEvidence>()]
        );
    }

    private static TestEvidence? Result(JsonTextNode node) =>
        node is JsonTextObject o
        && Text(o, "name") is { Length: > 0 } name
        && Enum.TryParse<TestOutcome>(Text(o, "result"), ignoreCase: true, out var outcome)
        && Enum.IsDefined(outcome)
            ? new(name, outcome, Text(o, "reason"))
            : null;

    private static string Text(JsonTextObject o, string name) => (o.Find(name) as JsonTextString)?.Value ?? "";
}
