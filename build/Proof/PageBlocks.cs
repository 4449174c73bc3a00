using System.Text.RegularExpressions;

namespace Pipeline.Build.Proof;

/// <summary>A block of shell commands in a page.</summary>
/// <param name="Kind">What stands behind <c>sh</c>: <c>run</c>, <c>run any</c>, <c>machine</c>.</param>
/// <param name="Commands">As they are typed, without comments.</param>
internal sealed record PageBlock(string Kind, IReadOnlyList<string> Commands);

/// <summary>Reads the commands of a page.</summary>
internal static partial class PageBlocks
{
    /// <summary>Needs the network, a build or a machine.</summary>
    public const string Machine = "machine";

    /// <summary>The blocks of a page whose commands are run, in their order.</summary>
    public static IEnumerable<PageBlock> Of(string markdown) =>
        Block()
            .Matches(markdown)
            .Select(m => new PageBlock(
                m.Groups["kind"].Value,
                [.. m.Groups["body"].Value.Split('\n').Select(l => Comment().Replace(l, "").TrimEnd()).Where(l => l.Length > 0)]
            ))
            .Where(b => b.Kind.Length > 0);

    [GeneratedRegex(@"^```sh[ ](?<kind>[a-z ]+)\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(^|\s)#\s.*$")]
    private static partial Regex Comment();
}
