using Pipeline.Model.Contracts;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Streams;

/// <summary>One difference in what a stream offers.</summary>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Place">JSON pointer.</param>
/// <param name="Before">The value before, versions replaced; <c>null</c> when added.</param>
/// <param name="After">The value after; <c>null</c> when removed.</param>
public sealed record StreamDifference(string Change, string Place, string? Before, string? After)
{
    /// <summary>One line for people.</summary>
    public override string ToString() =>
        Change switch
        {
            "added" => $"+ {Place}{(After is null ? "" : $" = {After}")}",
            "removed" => $"- {Place}{(Before is null ? "" : $" = {Before}")}",
            _ => $"~ {Place}: {Before} -> {After}",
        };
}

/// <summary>
/// Compares the structure of two stream documents: versions, hashes and image ids differ in every release and are not news.
/// </summary>
internal static class StreamDiff
{
    /// <summary>
    /// The differences: the stream's own name, then members, then URLs, which repeat for every file what a member says once. A platform
    /// that only one document has is one difference.
    /// </summary>
    public static IReadOnlyList<StreamDifference> Compare(Document<StreamDocument> before, Document<StreamDocument> after)
    {
        var found = Compare(Generic(before.ToNode(), before.Value), Generic(after.ToNode(), after.Value), []).ToArray();
        StreamDifference[] name =
            before.Value.Stream == after.Value.Stream
                ? []
                : [new("changed", "/stream", Text(before.Value.Stream), Text(after.Value.Stream))];
        return [.. name, .. found.Where(d => !IsUrl(d)), .. found.Where(IsUrl)];
    }

    private static bool IsUrl(StreamDifference difference) =>
        (difference.Before ?? difference.After) is { } value
        && (value.StartsWith("\"https://", StringComparison.Ordinal) || value.StartsWith("\"http://", StringComparison.Ordinal));

    private static string Text(string value) => JsonTextWriter.Write(new JsonTextString(value), JsonStyle.Compact);

    private static IEnumerable<StreamDifference> Compare(JsonTextNode a, JsonTextNode b, List<string> path)
    {
        if (a is JsonTextObject left && b is JsonTextObject right)
        {
            foreach (var name in left.Members.Select(m => m.Name).Union(right.Members.Select(m => m.Name)).Order(StringComparer.Ordinal))
            {
                List<string> place = [.. path, name];
                var differences = (left.Find(name), right.Find(name)) switch
                {
                    ({ } x, { } y) => Compare(x, y, place),
                    ({ } x, null) => [new("removed", JsonPointer.Of(place), Leaf(x), null)],
                    (null, { } y) => [new("added", JsonPointer.Of(place), null, Leaf(y))],
                    _ => [],
                };
                foreach (var difference in differences)
                {
                    yield return difference;
                }
            }
        }
        else if (!a.Equals(b))
        {
            yield return new("changed", JsonPointer.Of(path), Leaf(a), Leaf(b));
        }
    }

    private static string? Leaf(JsonTextNode node) => node is JsonTextObject ? null : JsonTextWriter.Write(node, JsonStyle.Compact);

    /// <summary>The document with versions, digests and other values of a single release replaced by words.</summary>
    private static JsonTextNode Generic(JsonTextNode root, StreamDocument document)
    {
        var versions = Versions(document).OrderByDescending(v => v.Length).ThenBy(v => v, StringComparer.Ordinal).ToArray();
        var mixed = versions.Length > 1;
        return Walk(root, "");

        JsonTextNode Walk(JsonTextNode node, string name) =>
            node switch
            {
                JsonTextObject o => new JsonTextObject([.. o.Members.Select(m => m with { Value = Walk(m.Value, m.Name) })]),
                JsonTextString s => new JsonTextString(Word(s.Value, name)),
                _ => node,
            };

        string Word(string value, string name) =>
            name switch
            {
                "last-modified" => "TIME",
                "sha256" or "uncompressed-sha256" => "SHA256",
                "digest-ref" => value.Split('@')[0] + "@DIGEST",
                "image" when value.EndsWith($":{document.Stream}", StringComparison.Ordinal) => value[..^document.Stream.Length] + "STREAM",
                "image" when value.StartsWith("ami-", StringComparison.Ordinal) || value.StartsWith("m-", StringComparison.Ordinal) =>
                    "IMAGE",
                // Which parts stay on an older release is news: the newest is VERSION, older ones keep their number.
                "release" => !mixed || value == Newest() ? "VERSION" : value,
                "stream" or "family" when document.Stream.Length > 0 => value.Replace(document.Stream, "STREAM", StringComparison.Ordinal),
                _ => versions.Aggregate(
                    value.Replace($"/{document.Stream}/", "/STREAM/", StringComparison.Ordinal),
                    (text, v) =>
                        text.Replace(v, "VERSION", StringComparison.Ordinal)
                            .Replace(v.Replace('.', '-'), "VERSION", StringComparison.Ordinal)
                ),
            };

        string? Newest() =>
            versions.Where(v => Model.Versions.ReleaseVersion.TryParse(v, out _)).MaxBy(Model.Versions.ReleaseVersion.Parse);
    }

    private static HashSet<string> Versions(StreamDocument document)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var arch in document.Architectures.Values)
        {
            found.UnionWith(arch.Artifacts.Values.Select(p => p.Release));
            found.UnionWith((arch.Images?.Aws?.Regions ?? ValueMap<StreamRegionImage>.Empty).Values.Select(r => r.Release));
            found.UnionWith((arch.Images?.Aliyun?.Regions ?? ValueMap<StreamRegionImage>.Empty).Values.Select(r => r.Release));
            found.UnionWith(new[] { arch.Images?.Gcp?.Release, arch.Images?.Kubevirt?.Release }.OfType<string>());
        }

        found.Remove("");
        return found;
    }
}
