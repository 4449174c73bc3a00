using Pipeline.Cli.Answers;
using Pipeline.Images;
using Pipeline.Model.Platforms;
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
                        r.Format,
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
        AnswerJson.Pretty<ImageKind[]>([
            .. rows.Select(r => new ImageKind(
                r.Name,
                r.Architecture.Name,
                r.Format,
                r.Suffix,
                r.Compression == Compression.None ? null : Name(r.Compression),
                defaults.Contains(r.Name),
                r.Obstacle
            )),
        ]);

    private static string Name(Enum value) => value.ToString().ToLowerInvariant();
}
