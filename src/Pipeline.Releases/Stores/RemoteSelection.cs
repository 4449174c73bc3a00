using Pipeline.Host.Builds;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Stores;

/// <summary>Which build of a store is meant by what a user typed; the same words as in a work directory.</summary>
/// <param name="store">A store at a stream's folder.</param>
internal sealed class RemoteSelection(IObjectStore store)
{
    private const string LatestWord = "latest";
    private const string LatestOf = "latest:";
    private const int AtOnce = 8;

    /// <summary>
    /// The build: by id, by tag; <c>null</c> or <c>latest</c> is the newest that has all the architectures, <c>latest:WORD</c> the newest
    /// of those whose manifest has that name, or that are of that stream when no manifest has that name.
    /// </summary>
    /// <param name="index">The builds of the store.</param>
    /// <param name="id">What the user typed.</param>
    /// <param name="wanted">Architectures it has to have, if there is a choice.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PipelineException">PL6025, PL6026, PL6029: there is none (class 2).</exception>
    public async Task<IndexedBuild> FindAsync(BuildIndex index, string? id, string[] wanted, CancellationToken cancellationToken)
    {
        if (id is null or LatestWord)
        {
            return index.Builds.FirstOrDefault(b => wanted.All(b.Architectures.Contains))
                ?? throw new PipelineException(BuildStoreDiagnostics.NoArchitectures(store.Address, "a build", wanted));
        }

        if (id.StartsWith(LatestOf, StringComparison.Ordinal))
        {
            return await LatestOfAsync(index, id[LatestOf.Length..], wanted, cancellationToken);
        }

        var target = index.Tags.FirstOrDefault(t => t.Name == id).Target;
        return index.Builds.FirstOrDefault(b => b.Id == id)
            ?? index.Builds.FirstOrDefault(b => b.Id == target)
            ?? throw new PipelineException(BuildStoreDiagnostics.NoBuild(store.Address, id));
    }

    private async Task<IndexedBuild> LatestOfAsync(BuildIndex index, string word, string[] wanted, CancellationToken cancellationToken)
    {
        var known = new List<(IndexedBuild Build, string? Name, string? Stream)>();
        foreach (var chunk in index.Builds.Chunk(AtOnce))
        {
            known.AddRange(await Task.WhenAll(chunk.Select(b => OriginAsync(b, cancellationToken))));

            // Names win, so the first build of that name is the answer, and no older one needs to be read.
            if (known.FirstOrDefault(k => k.Name == word && wanted.All(k.Build.Architectures.Contains)).Build is { } named)
            {
                return named;
            }
        }

        var ofName = known.Where(k => k.Name == word).ToArray();
        var found = (ofName.Length > 0 ? ofName : [.. known.Where(k => k.Stream == word)]).Select(k => k.Build).ToArray();
        return found.FirstOrDefault(b => wanted.All(b.Architectures.Contains))
            ?? found.FirstOrDefault()
            ?? throw new PipelineException(
                BuildStoreDiagnostics.NoneOf(
                    store.Address,
                    word,
                    [.. known.SelectMany(k => (string?[])[k.Name, k.Stream]).OfType<string>().Distinct()]
                )
            );
    }

    /// <summary>Name and stream by the first architecture that can be read.</summary>
    private async Task<(IndexedBuild Build, string? Name, string? Stream)> OriginAsync(
        IndexedBuild build,
        CancellationToken cancellationToken
    )
    {
        foreach (var architecture in build.Architectures)
        {
            var key = RemoteBuilds.Key(build.Id, architecture, "meta.json");
            if (
                await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken) is { } content
                && JsonText.Parse(key, content.Bytes, new DiagnosticBag()) is JsonTextObject meta
            )
            {
                var recorded = await RemoteBuilds.RecordedStreamAsync(store, build.Id, architecture, cancellationToken);
                var (name, stream) = BuildStore.Origin(meta, recorded);
                return (build, name, stream);
            }
        }

        return (build, null, null);
    }
}
