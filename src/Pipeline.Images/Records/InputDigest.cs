using System.Globalization;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Records;

/// <summary>Everything that can change a step's output, and the digest of it.</summary>
/// <param name="Step">Name of the step.</param>
/// <param name="Version">Counts up when the step makes other bytes from the same inputs.</param>
/// <param name="Inputs">Named digests.</param>
internal sealed record StepInputs(string Step, int Version, ValueList<(string Name, Digest Digest)> Inputs)
{
    /// <summary>Digest of the canonical form.</summary>
    public Digest Digest => Digest.Of(JsonTextWriter.Canonical(ToJson()));

    /// <summary><c>{step, stepVersion, inputs:[{name,digest}]}</c>.</summary>
    public JsonTextObject ToJson() => new(
    [
        new("step", new JsonTextString(Step)),
        new("stepVersion", new JsonTextNumber(Version.ToString(CultureInfo.InvariantCulture))),
        new("inputs", new JsonTextArray([.. Inputs.Select(i => new JsonTextObject([new("name", new JsonTextString(i.Name)), new("digest", new JsonTextString(i.Digest.ToString()))]))])),
    ]);
}
