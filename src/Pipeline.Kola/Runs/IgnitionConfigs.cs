using System.Text;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Runs;

/// <summary>Makes the Ignition config of a machine: our key, and the tests' own configs merged by Ignition itself.</summary>
internal static class IgnitionConfigs
{
    /// <summary>The lowest version that has <c>config.merge</c>, so that every Ignition 2.x and later reads it.</summary>
    private const string Version = "3.0.0";

    /// <summary>
    /// One config that merges <paramref name="configs"/> in order and lets <paramref name="publicKey"/> in as <c>core</c>.
    /// </summary>
    public static string Merge(string publicKey, IReadOnlyList<string> configs)
    {
        var merge = new JsonTextArray([
            .. configs.Select(c => new JsonTextObject([
                new("source", new JsonTextString("data:;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(c)))),
            ])),
        ]);
        var user = new JsonTextObject([
            new("name", new JsonTextString("core")),
            new("sshAuthorizedKeys", new JsonTextArray([new JsonTextString(publicKey)])),
        ]);
        var ignition = new List<JsonTextMember> { new("version", new JsonTextString(Version)) };
        if (configs.Count > 0)
        {
            ignition.Add(new("config", new JsonTextObject([new("merge", merge)])));
        }

        return JsonTextWriter.Write(
            new JsonTextObject([
                new("ignition", new JsonTextObject([.. ignition])),
                new("passwd", new JsonTextObject([new("users", new JsonTextArray([user]))])),
            ]),
            JsonStyle.Pretty
        );
    }
}
