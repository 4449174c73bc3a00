using Pipeline.Host.Builds;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Stores;

namespace Pipeline.Releases.Transfers;

/// <summary>
/// Plans how old builds leave a store. They leave builds.json first, in one compare-and-swap, so no reader follows it to something half
/// gone. What <c>releases.json</c> names is never touched: it must still be the same when the index is written.
/// </summary>
/// <param name="store">A store at a stream's folder.</param>
/// <param name="time">Clock for ages.</param>
internal sealed class BuildPrune(IObjectStore store, TimeProvider time)
{
    private const string Releases = "releases.json";

    /// <summary>Reads the store and makes the plan.</summary>
    /// <exception cref="PipelineException">PL6028 neither a number nor an age; PL5xxx a releases.json that cannot be read.</exception>
    public async Task<Plan> PlanAsync(PruneRequest request, CancellationToken cancellationToken)
    {
        PruneRules.Require(request);
        var releases = await store.ReadAsync(Releases, ObjectDocuments.Limit, cancellationToken);
        var released = releases is null ? [] : PruneRules.Released($"{store.Address}: {Releases}", releases.Bytes);
        var content = await store.ReadAsync(RemoteBuilds.Index, ObjectDocuments.Limit, cancellationToken);
        if (content is null)
        {
            return Plan.Of("prune");
        }

        var index = BuildIndex.Parse(RemoteBuilds.Index, content.Bytes);
        var gone = PruneRules.Old(index, request, released, time.GetUtcNow());
        var steps = new List<PlanStep>();
        if (gone.Length > 0)
        {
            // Published names are used up for ever.
            var removal = new IndexRemoval(gone, Tombstones: true, time.GetUtcNow());
            steps.Add(new ExpectObject(Releases, releases?.Tag));
            var next = removal.Apply(content.Bytes)!.Value;
            steps.Add(new WriteObject(RemoteBuilds.Index, content.Tag, next, ObjectHeaders.BuildDocument, removal));
        }

        // Also those an earlier run took out of the index but did not get to.
        foreach (var id in gone.Concat(index.Tombstones).Distinct(StringComparer.Ordinal))
        {
            await foreach (var entry in store.ListAsync($"builds/{id}/", cancellationToken))
            {
                steps.Add(new DeleteObject(entry.Key, entry.Size));
            }
        }

        return Plan.Of("prune", steps);
    }
}
