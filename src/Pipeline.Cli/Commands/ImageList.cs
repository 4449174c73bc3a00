using Pipeline.Images;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary>The answer of <c>images --list</c>.</summary>
internal static class ImageList
{
    /// <summary>The table for people; a star stands at what is made when nothing is named.</summary>
    public static string Text(ValueList<ImageRow> rows, ValueList<string> defaults)
    {
        string[][] lines =
        [
            ["platform", "arch", "format", "suffix", "compressed", "default", "obstacle"],
            .. rows.Select(r =>
                (string[])
                    [
                        r.Name,
                        r.Architecture.Name,
                        Name(r.Format),
                        r.Suffix,
                        r.Compression == Compression.None ? "-" : Name(r.Compression),
                        defaults.Contains(r.Name) ? "*" : "",
                        r.Obstacle ?? "",
                    ]
            ),
        ];
        return TextTable.Of(lines);
    }

    /// <summary>The table for programs.</summary>
    public static string Json(ValueList<ImageRow> rows, ValueList<string> defaults) =>
        JsonTextWriter.Write(
            new JsonTextArray([
                .. rows.Select(r => new JsonTextObject([
                    new("platform", new JsonTextString(r.Name)),
                    new("architecture", new JsonTextString(r.Architecture.Name)),
                    new("format", new JsonTextString(Name(r.Format))),
                    new("suffix", new JsonTextString(r.Suffix)),
                    new("compression", r.Compression == Compression.None ? new JsonTextNull() : new JsonTextString(Name(r.Compression))),
                    new("default", new JsonTextBool(defaults.Contains(r.Name))),
                    new("obstacle", r.Obstacle is { } obstacle ? new JsonTextString(obstacle) : new JsonTextNull()),
                ])),
            ]),
            JsonStyle.Pretty
        );

    private static string Name(Enum value) => value.ToString().ToLowerInvariant();
}
