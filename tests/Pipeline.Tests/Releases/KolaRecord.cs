using Pipeline.Host.Builds;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Releases;

/// <summary>Records of test runs as kola writes them.</summary>
internal static class KolaRecord
{
    /// <summary>The record of a run on the image of platform <c>qemu</c>.</summary>
    /// <param name="id">The build.</param>
    /// <param name="commit">Its commit.</param>
    /// <param name="image">sha256 of the image, in hex.</param>
    /// <param name="tests">The results.</param>
    /// <param name="unreported">A test that was selected and has no result, or <c>null</c>.</param>
    public static string Text(
        string id,
        string commit,
        string image,
        (string Name, string Result, string Reason)[] tests,
        string? unreported = null
    )
    {
        var names = tests.Select(t => t.Name).Concat(unreported is null ? [] : [unreported]);
        var inputs = new StepInputs(
            "kola",
            1,
            [
                new("image", Digest.Of(image)),
                new("build", Digest.Of($"{id} {commit}")),
                .. names.Select(n => new StepInput($"test {n}", Digest.Of(n))),
            ]
        );
        JsonTextObject node = new([
            .. inputs.ToJson().Members,
            new("inputDigest", new JsonTextString(inputs.Digest.ToString())),
            new(
                "tests",
                new JsonTextArray([
                    .. tests.Select(t => new JsonTextObject([
                        new("name", new JsonTextString(t.Name)),
                        new("result", new JsonTextString(t.Result)),
                        new("reason", new JsonTextString(t.Reason)),
                    ])),
                ])
            ),
            new("result", new JsonTextString("PASS")),
            new("platform", new JsonTextString("qemu")),
            new("version", new JsonTextString(id)),
        ]);
        return JsonTextWriter.Write(node, JsonStyle.Pretty);
    }
}
