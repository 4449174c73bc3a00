using System.Text.RegularExpressions;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Differences;

/// <summary>Packages of a build by name and architecture, from what lies beside it or is in its commit.</summary>
internal static partial class PackageLists
{
    /// <summary>From commitmeta.json; <c>null</c> when it has no list.</summary>
    /// <param name="commitMeta">The document.</param>
    /// <param name="lockfile">The build's lock, which knows where each package comes from; <c>null</c> for none.</param>
    public static IReadOnlyDictionary<string, ListedPackage>? Of(JsonTextObject commitMeta, JsonTextObject? lockfile)
    {
        if (commitMeta.Find("rpmostree.rpmdb.pkglist") is not JsonTextArray list)
        {
            return null;
        }

        var locked = lockfile?.Find("packages") as JsonTextObject;
        var found = new Dictionary<string, ListedPackage>(StringComparer.Ordinal);
        foreach (var package in list.Items.OfType<JsonTextArray>().Where(p => p.Items.Count == 5 && p.Items.All(i => i is JsonTextString)))
        {
            var parts = package.Items.Cast<JsonTextString>().Select(i => i.Value).ToArray();
            var entry = (locked?.Find(parts[0]) as JsonTextObject)?.Find("metadata") as JsonTextObject;
            Add(found, parts, entry);
        }

        return found;
    }

    /// <summary>From the list that rpm-ostree puts into a commit's metadata, in GVariant's text form.</summary>
    public static IReadOnlyDictionary<string, ListedPackage> OfVariant(string text)
    {
        var found = new Dictionary<string, ListedPackage>(StringComparer.Ordinal);
        foreach (Match match in Tuple().Matches(text))
        {
            Add(found, [.. match.Groups["part"].Captures.Select(c => c.Value)], null);
        }

        return found;
    }

    /// <summary>From dpkg's database of installed packages. A stanza without name, version or architecture is left out.</summary>
    public static IReadOnlyDictionary<string, ListedPackage> OfStatus(string text)
    {
        var found = new Dictionary<string, ListedPackage>(StringComparer.Ordinal);
        foreach (var stanza in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var line in stanza.Split('\n').Where(l => l.Length > 0 && !char.IsWhiteSpace(l[0])))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0)
                {
                    fields.TryAdd(line[..colon], line[(colon + 1)..].Trim());
                }
            }

            if (
                fields.TryGetValue("Package", out var name)
                && fields.TryGetValue("Version", out var version)
                && fields.TryGetValue("Architecture", out var architecture)
            )
            {
                found[$"{name}.{architecture}"] = new(version, Changelog(fields, name, version));
            }
        }

        return found;
    }

    /// <summary>
    /// The source is <c>name</c>, or <c>name (version)</c> where its version differs; an area other than main stands in the section.
    /// </summary>
    private static string? Changelog(Dictionary<string, string> fields, string name, string version)
    {
        var source = Source().Match(fields.GetValueOrDefault("Source", name));
        var (sourceName, other) = (source.Groups["name"].Value, source.Groups["version"]);
        var section = fields.GetValueOrDefault("Section", "");
        var slash = section.IndexOf('/', StringComparison.Ordinal);
        return Changelogs.OfSource(
            slash < 0 ? "main" : section[..slash],
            sourceName,
            other.Success && !Changelogs.IsSigner(sourceName) ? other.Value : version
        );
    }

    /// <param name="found">Receives the package.</param>
    /// <param name="parts">Name, epoch, version, release, architecture.</param>
    /// <param name="origin">Source, repository and location, as a lock has them.</param>
    private static void Add(Dictionary<string, ListedPackage> found, string[] parts, JsonTextObject? origin)
    {
        var version = $"{(parts[1] is "0" or "" ? "" : parts[1] + ":")}{parts[2]}{(parts[3].Length == 0 ? "" : "-" + parts[3])}";
        var pool = Changelogs.OfPool(Text(origin, "repo"), Text(origin, "location"), version);
        var source = Text(origin, "source") is { Length: > 0 } known ? known : parts[0];
        found[$"{parts[0]}.{parts[4]}"] = new(version, pool ?? Changelogs.OfFedora(source, version));
    }

    private static string Text(JsonTextObject? node, string name) => (node?.Find(name) as JsonTextString)?.Value ?? "";

    [GeneratedRegex(@"\((?:'(?<part>[^'\\\n]*)', ){4}'(?<part>[^'\\\n]*)'\)", RegexOptions.CultureInvariant)]
    private static partial Regex Tuple();

    [GeneratedRegex(@"\A(?<name>[^\s(]+)(?:\s*\((?<version>[^()\s]+)\))?", RegexOptions.CultureInvariant)]
    private static partial Regex Source();
}
