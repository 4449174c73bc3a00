using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Releases.Differences;

/// <summary>A file, link or directory of a commit, from a line of <c>ostree ls --recursive --checksum</c>.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Type"><c>-</c>, <c>d</c> or <c>l</c>.</param>
/// <param name="Mode">Permission bits in octal.</param>
/// <param name="Owner">User and group.</param>
/// <param name="Size">Bytes; 0 for what is no file.</param>
/// <param name="Checksum">Of the object: owner, mode, extended attributes and content; of a directory, of its metadata only.</param>
/// <param name="Target">Of a link; otherwise empty.</param>
internal sealed partial record ListedFile(string Path, char Type, string Mode, string Owner, long Size, string Checksum, string Target)
{
    /// <summary>Mode, owner and size, or where a link leads.</summary>
    public string Shown => Type == 'l' ? $"-> {Target}" : $"{Type}{Mode} {Owner}{(Type == '-' ? $" {Size}" : "")}";

    /// <summary>The files of a listing by path.</summary>
    /// <exception cref="PipelineException">PL6140 a line is none of such a listing (class 5).</exception>
    public static SortedDictionary<string, ListedFile> Parse(string listing)
    {
        var files = new SortedDictionary<string, ListedFile>(StringComparer.Ordinal);
        foreach (var line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Line().Match(line) is not { Success: true } match)
            {
                throw new PipelineException(DifferenceDiagnostics.BadListing(line));
            }

            var type = match.Groups["type"].Value[0];
            var path = match.Groups["path"].Value;
            var arrow = type == 'l' ? path.IndexOf(" -> ", StringComparison.Ordinal) : -1;
            var name = arrow < 0 ? path : path[..arrow];
            files[name] = new(
                name,
                type,
                match.Groups["mode"].Value,
                $"{match.Groups["user"].Value}:{match.Groups["group"].Value}",
                type == '-' && long.TryParse(match.Groups["size"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                    ? size
                    : 0,
                match.Groups["meta"] is { Success: true } meta ? meta.Value : match.Groups["sum"].Value,
                arrow < 0 ? "" : path[(arrow + 4)..]
            );
        }

        return files;
    }

    [GeneratedRegex(
        @"\A(?<type>[-dl])(?<mode>[0-7]{5}) +(?<user>\d+) +(?<group>\d+) +(?<size>\d+) (?<sum>[0-9a-f]{64}) "
            + @"(?:(?<meta>[0-9a-f]{64}) )?(?<path>/.*)\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Line();
}
