using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Host.Builds;

/// <summary>One line of builds.json.</summary>
/// <param name="Id">The build's id, equal to its version.</param>
/// <param name="Architectures">RPM spellings, in the order they were added.</param>
public sealed record IndexedBuild(string Id, ValueList<string> Architectures);

/// <summary>builds.json: which builds there are, newest first. Members of other tools (tags, tombstones, policies) are kept.</summary>
public sealed class BuildIndex
{
    private readonly JsonTextObject _document;

    private BuildIndex(JsonTextObject document, ValueList<IndexedBuild> builds) => (_document, Builds) = (document, builds);

    /// <summary>The builds, newest first.</summary>
    public ValueList<IndexedBuild> Builds { get; }

    /// <summary>The index of a store without builds.</summary>
    public static BuildIndex Empty { get; } =
        new(
            new([
                new("schema-version", new JsonTextString("1.0.0")),
                new("builds", new JsonTextArray([])),
                new("timestamp", new JsonTextString("")),
            ]),
            []
        );

    /// <summary>Reads the document.</summary>
    /// <exception cref="PipelineException">PL0363: not builds.json.</exception>
    public static BuildIndex Parse(string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new DiagnosticBag();
        var root = JsonText.Parse(file, utf8, problems) as JsonTextObject;
        problems.ThrowIfErrors();
        if (root is null || !root.TryFind<JsonTextArray>("builds", out var builds))
        {
            throw new PipelineException(BuildDiagnostics.Damaged(file, "no list 'builds'"));
        }

        var entries = new List<IndexedBuild>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in builds.Items)
        {
            if (item is not JsonTextObject o || !o.TryFind<JsonTextString>("id", out var id) || !BuildStore.IsId(id.Value))
            {
                throw new PipelineException(BuildDiagnostics.Damaged(file, "an entry of 'builds' has no id"));
            }

            if (!seen.Add(id.Value))
            {
                throw new PipelineException(BuildDiagnostics.Damaged(file, $"build '{id.Value}' is listed twice"));
            }

            var arches = o.TryFind<JsonTextArray>("arches", out var list)
                ? list.Items.OfType<JsonTextString>().Select(a => a.Value).ToValueList()
                : [];
            entries.Add(new(id.Value, arches));
        }

        return new(root, entries.ToValueList());
    }

    /// <summary>The index with this build and architecture.</summary>
    /// <param name="id">The build; one that is listed keeps its place.</param>
    /// <param name="architecture">RPM spelling.</param>
    /// <param name="now">For <c>timestamp</c>, which consumers take as a change mark.</param>
    /// <param name="after">The listed build behind which a new one comes; <c>null</c> for the front.</param>
    public BuildIndex With(string id, string architecture, DateTimeOffset now, string? after = null)
    {
        var items = ((JsonTextArray)_document.Find("builds")!).Items.Cast<JsonTextObject>().ToList();
        var at = items.FindIndex(o => o.Find("id") is JsonTextString s && s.Value == id);
        if (at < 0)
        {
            var place = 1 + (after is null ? -1 : items.FindIndex(o => o.Find("id") is JsonTextString s && s.Value == after));
            items.Insert(
                place,
                new([new("id", new JsonTextString(id)), new("arches", new JsonTextArray([new JsonTextString(architecture)]))])
            );
        }
        else if (!Builds[at].Architectures.Contains(architecture))
        {
            items[at] = items[at]
                .With("arches", new JsonTextArray([.. Builds[at].Architectures.Append(architecture).Select(a => new JsonTextString(a))]));
        }

        var stamp = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return Parse(
            "builds.json",
            System.Text.Encoding.UTF8.GetBytes(
                JsonTextWriter.Write(
                    _document.With("builds", new JsonTextArray([.. items])).With("timestamp", new JsonTextString(stamp)),
                    JsonStyle.Pretty
                )
            )
        );
    }

    /// <summary>Ids of builds that were here once and whose names are used up.</summary>
    public ValueList<string> Tombstones =>
        ((_document.Find("tombstone-builds") as JsonTextArray)?.Items ?? [])
            .OfType<JsonTextObject>()
            .Select(o => (o.Find("id") as JsonTextString)?.Value ?? "")
            .Where(BuildStore.IsId)
            .ToValueList();

    /// <summary>Whether a build of this id was here and is gone.</summary>
    public bool HasTombstone(string id) => Tombstones.Contains(id);

    /// <summary>The index without some builds.</summary>
    /// <param name="ids">Which.</param>
    /// <param name="tombstones">Whether their entries move to <c>tombstone-builds</c>, newest first, instead of going away.</param>
    /// <param name="now">For <c>timestamp</c>.</param>
    public BuildIndex Without(IEnumerable<string> ids, bool tombstones, DateTimeOffset now)
    {
        var gone = ids.ToHashSet(StringComparer.Ordinal);
        var items = ((JsonTextArray)_document.Find("builds")!)
            .Items.Cast<JsonTextObject>()
            .ToLookup(o => o.Find("id") is JsonTextString s && gone.Contains(s.Value));
        var document = _document.With("builds", new JsonTextArray([.. items[false]]));
        if (tombstones && items[true].Any())
        {
            var before = (document.Find("tombstone-builds") as JsonTextArray)?.Items ?? [];
            document = document.With("tombstone-builds", new JsonTextArray([.. items[true], .. before]));
        }

        var stamp = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return Parse(
            "builds.json",
            System.Text.Encoding.UTF8.GetBytes(
                JsonTextWriter.Write(document.With("timestamp", new JsonTextString(stamp)), JsonStyle.Pretty)
            )
        );
    }

    /// <summary>Names that people gave builds, in the order they were given.</summary>
    public ValueList<(string Name, string Target)> Tags =>
        ((_document.Find("tags") as JsonTextArray)?.Items ?? [])
            .OfType<JsonTextObject>()
            .Select(t => (Name: (t.Find("name") as JsonTextString)?.Value ?? "", Target: (t.Find("target") as JsonTextString)?.Value ?? ""))
            .Where(t => t.Name.Length > 0 && BuildStore.IsId(t.Target))
            .ToValueList();

    /// <summary>The index with a name for a build, instead of what had the name; without the name when there is no build.</summary>
    /// <param name="name">The name.</param>
    /// <param name="target">The build; <c>null</c> takes the name away.</param>
    /// <param name="description">Why, or <c>null</c>.</param>
    /// <param name="now">For <c>created</c> and <c>timestamp</c>.</param>
    public BuildIndex WithTag(string name, string? target, string? description, DateTimeOffset now)
    {
        var stamp = new JsonTextString(now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        var others = ((_document.Find("tags") as JsonTextArray)?.Items ?? []).Where(t =>
            t is not JsonTextObject o || (o.Find("name") as JsonTextString)?.Value != name
        );
        JsonTextMember[] tag =
        [
            new("name", new JsonTextString(name)),
            new("created", stamp),
            .. target is null ? [] : (JsonTextMember[])[new("target", new JsonTextString(target))],
            .. description is null ? [] : (JsonTextMember[])[new("description", new JsonTextString(description))],
        ];
        var tags = new JsonTextArray([.. others, .. target is null ? [] : (JsonTextNode[])[new JsonTextObject([.. tag])]]);
        return new(_document.With("tags", tags).With("timestamp", stamp), Builds);
    }

    /// <summary>The document's text.</summary>
    public string Write() => JsonTextWriter.Write(_document, JsonStyle.Pretty);
}
