using Pipeline.Compose.Fetching;
using Pipeline.Compose.Locks;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

/// <content><c>compose --dry-run</c>.</content>
public sealed partial class Composer
{
    /// <summary>
    /// Walks the steps of a compose up to the first thing that has to be fetched. No server is asked: what the cache has of the indices is
    /// resolved as with <c>--offline</c>.
    /// </summary>
    /// <exception cref="PipelineException">The root manifest cannot be read at all; everything else is in the plan.</exception>
    public async Task<ComposePlan> PlanAsync(ComposeRequest request, CancellationToken cancellationToken)
    {
        RequireVersion(request);
        var problems = new DiagnosticBag();
        var offline = request.Lock with { Offline = true };
        var step = new LockStep(_services);
        var source = await step.ReadAsync(offline, problems, cancellationToken);
        var repositories = new List<PlannedRepository>();
        foreach (var repository in source.Repositories.Items)
        {
            var cached = await step.IsCachedAsync(offline, source, repository, problems, cancellationToken);
            repositories.Add(new(repository.Id, repository.Url(repository.IndexPath), cached));
        }

        var plan = new ComposePlan
        {
            Name = source.Manifest.Name,
            Architecture = request.Architecture,
            Family = source.Family?.Name,
            Requests = source.Manifest.Packages.Count,
            Repositories = repositories.ToValueList(),
            FirstAddress = repositories.Find(r => !r.IsCached)?.Index,
            Problems = problems.Items.ToValueList(),
        };
        return problems.HasErrors || repositories.Count == 0 || repositories.Exists(r => !r.IsCached)
            ? plan
            : await ResolveAsync(plan, step, source, offline, cancellationToken);
    }

    private static async Task<ComposePlan> ResolveAsync(
        ComposePlan plan,
        LockStep step,
        LockSource source,
        LockRequest offline,
        CancellationToken cancellationToken
    )
    {
        LockedManifest locked;
        try
        {
            locked = await step.ResolveAsync(offline, source, cancellationToken);
        }
        catch (PipelineException e)
        {
            return plan with { Problems = [.. plan.Problems, .. e.Diagnostics] };
        }

        var store = new ContentStore(SharedCache.Files(offline.WorkDirectory));
        var packages = locked.Lockfile.Packages;
        var missing = packages.DistinctBy(p => p.Digest).Where(p => !store.Has(p.Digest, p.Size)).ToArray();
        return plan with
        {
            Packages = packages.Count,
            Missing = missing.Length,
            MissingBytes = missing.Sum(m => m.Size),
            FirstAddress = missing.Length == 0 ? null : locked.Repositories.Find(missing[0].Repo)!.Url(missing[0].Location),
        };
    }
}
