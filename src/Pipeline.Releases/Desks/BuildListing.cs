using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Evidence;
using Pipeline.Releases.Stores;

namespace Pipeline.Releases.Desks;

/// <summary>One architecture of a build as <c>builds list</c> shows it.</summary>
public sealed record BuildListing
{
    /// <summary>The build.</summary>
    public required string Id { get; init; }

    /// <summary>RPM spelling.</summary>
    public required string Architecture { get; init; }

    /// <summary>Its manifest's name; <c>null</c> when its meta.json cannot be read.</summary>
    public string? Name { get; init; }

    /// <summary>Its stream; <c>null</c> when nothing says it.</summary>
    public string? Stream { get; init; }

    /// <summary>When it was built, by its meta.json.</summary>
    public string? Date { get; init; }

    /// <summary>Its commit.</summary>
    public string? Commit { get; init; }

    /// <summary>The config's revision, with <c>-dirty</c> for one with changes.</summary>
    public string? Config { get; init; }

    /// <summary>Names of its artifacts.</summary>
    public ValueList<string> Artifacts { get; init; } = [];

    /// <summary>Whether a record proves that all its tests passed; <c>null</c> when a store holds no record.</summary>
    public bool? Tested { get; init; }

    /// <summary>How many of its artifacts have a detached signature; <c>null</c> when a store cannot be listed.</summary>
    public int? SignatureCount { get; init; }

    /// <summary>Names that people gave it.</summary>
    public ValueList<string> Tags { get; init; } = [];
}

/// <summary>Lists builds of a work directory or a store.</summary>
/// <param name="tags">Names of the builds.</param>
internal sealed class BuildLister(ILookup<string, string> tags)
{
    private const int AtOnce = 8;

    /// <summary>Those of a work directory, newest first.</summary>
    public static async Task<ValueList<BuildListing>> OfAsync(BuildStore builds, CancellationToken cancellationToken)
    {
        var index = await builds.ReadIndexAsync(cancellationToken);
        var lister = new BuildLister(index.Tags.ToLookup(t => t.Target, t => t.Name));
        var found = new List<BuildListing>();
        foreach (var (id, architecture) in Each(index))
        {
            found.Add(
                Architecture.TryParse(architecture, out var known)
                    ? await lister.LocalAsync(builds, id, known, cancellationToken)
                    : lister.Unreadable(id, architecture)
            );
        }

        return found.ToValueList();
    }

    /// <summary>Those of a store, newest first.</summary>
    public static async Task<ValueList<BuildListing>> OfAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        if (await RemoteBuilds.ReadIndexAsync(store, cancellationToken) is not { } index)
        {
            return [];
        }

        var lister = new BuildLister(index.Tags.ToLookup(t => t.Target, t => t.Name));
        var found = new List<BuildListing>();
        foreach (var chunk in Each(index).Chunk(AtOnce))
        {
            found.AddRange(await Task.WhenAll(chunk.Select(b => lister.RemoteAsync(store, b.Id, b.Architecture, cancellationToken))));
        }

        return found.ToValueList();
    }

    private static IEnumerable<(string Id, string Architecture)> Each(BuildIndex index) =>
        index.Builds.SelectMany(b => b.Architectures.Select(a => (b.Id, a)));

    private async Task<BuildListing> LocalAsync(
        BuildStore builds,
        string id,
        Architecture architecture,
        CancellationToken cancellationToken
    )
    {
        var directory = builds.Directory(id, architecture);
        JsonTextObject meta;
        try
        {
            meta = await builds.ReadMetaAsync(id, architecture, cancellationToken);
        }
        catch (PipelineException)
        {
            return Unreadable(id, architecture.Name);
        }

        var record = Path.Combine(directory, TestedBuildGate.RecordPath);
        var bytes = RegularFile.Is(record) ? await RegularFile.ReadAsync(record, cancellationToken) : null;
        return Of(id, architecture.Name, meta, BuildStore.RecordedStream(directory)) with
        {
            Tested = TestedBuildGate.Prove(meta, record, bytes, TestPolicy.Any, new()) is not null,
            SignatureCount = Paths(meta).Count(p => RegularFile.Is(Path.Combine(directory, Path.GetFileName(p) + ".sig"))),
        };
    }

    private async Task<BuildListing> RemoteAsync(IObjectStore store, string id, string architecture, CancellationToken cancellationToken)
    {
        var file = RemoteBuilds.Key(id, architecture, "meta.json");
        var problems = new DiagnosticBag();
        if (
            await store.ReadAsync(file, ObjectDocuments.Limit, cancellationToken) is not { } content
            || JsonText.Parse(file, content.Bytes, problems) is not JsonTextObject meta
            || problems.HasErrors
        )
        {
            return Unreadable(id, architecture) with { Tested = null, SignatureCount = null };
        }

        var record = RemoteBuilds.Key(id, architecture, TestedBuildGate.RecordPath);
        var tested = await store.ReadAsync(record, ObjectDocuments.Limit, cancellationToken);
        return Of(id, architecture, meta, await RemoteBuilds.RecordedStreamAsync(store, id, architecture, cancellationToken)) with
        {
            Tested = tested is null ? null : TestedBuildGate.Prove(meta, record, tested.Bytes.ToArray(), TestPolicy.Any, new()) is not null,
            SignatureCount = await SignedAsync(store, id, architecture, [.. Paths(meta)], cancellationToken),
        };
    }

    /// <summary>An http store cannot be listed, but asked for each.</summary>
    private static async Task<int?> SignedAsync(
        IObjectStore store,
        string id,
        string architecture,
        string[] paths,
        CancellationToken cancellationToken
    )
    {
        var signatures = paths.Select(p => RemoteBuilds.Key(id, architecture, p + ".sig")).ToHashSet(StringComparer.Ordinal);
        try
        {
            var count = 0;
            await foreach (var entry in store.ListAsync($"builds/{id}/{architecture}/", cancellationToken))
            {
                count += signatures.Contains(entry.Key) ? 1 : 0;
            }

            return count;
        }
        catch (PipelineException)
        {
            return await AskedForEachAsync(store, signatures, cancellationToken);
        }
    }

    private static async Task<int?> AskedForEachAsync(IObjectStore store, IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            var heads = await Task.WhenAll(keys.Select(k => store.HeadAsync(k, cancellationToken)));
            return heads.Count(h => h is not null);
        }
        catch (PipelineException)
        {
            return null;
        }
    }

    private BuildListing Of(string id, string architecture, JsonTextObject meta, StreamName? recorded)
    {
        var (name, stream) = BuildStore.Origin(meta, recorded);
        var revision = Text(meta, "coreos-assembler.config-gitrev");
        return Unreadable(id, architecture) with
        {
            Name = name,
            Stream = stream,
            Date = Text(meta, "coreos-assembler.build-timestamp") ?? Text(meta, "ostree-timestamp"),
            Commit = Text(meta, "ostree-commit"),
            Config = revision is not null && Text(meta, "coreos-assembler.config-dirty") == "true" ? $"{revision}-dirty" : revision,
            Artifacts = ((meta.Find("images") as JsonTextObject)?.Members ?? []).Select(m => m.Name).ToValueList(),
        };
    }

    private BuildListing Unreadable(string id, string architecture) =>
        new()
        {
            Id = id,
            Architecture = architecture,
            Tested = false,
            SignatureCount = 0,
            Tags = tags[id].ToValueList(),
        };

    private static IEnumerable<string> Paths(JsonTextObject meta) =>
        ((meta.Find("images") as JsonTextObject)?.Members ?? [])
            .Select(m => m.Value is JsonTextObject image ? Text(image, "path") : null)
            .OfType<string>();

    private static string? Text(JsonTextObject o, string name) => (o.Find(name) as JsonTextString)?.Value;
}
