using Pipeline.Compose.Fetching;
using Pipeline.Compose.Locks;
using Pipeline.Host.Files;
using Pipeline.Model.Configs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
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

        var extensions = ReadExtensions(offline, problems);
        var plan = new ComposePlan
        {
            Name = source.Manifest.Name,
            Architecture = request.Architecture,
            Family = source.Family?.Name,
            Requests = source.Manifest.Packages.Count,
            Repositories = repositories.ToValueList(),
            FirstAddress = repositories.Find(r => !r.IsCached)?.Index,
            Extensions = extensions?.On(request.Architecture).Select(e => new PlannedExtension(e.Name, null)).ToValueList() ?? [],
            Problems = problems.Items.ToValueList(),
        };
        return problems.HasErrors || repositories.Count == 0 || repositories.Exists(r => !r.IsCached)
            ? plan
            : await ResolveAsync(plan, step, source, extensions, offline, cancellationToken);
    }

    private async Task<ComposePlan> ResolveAsync(
        ComposePlan plan,
        LockStep step,
        LockSource source,
        ExtensionSet? set,
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

        var problems = new DiagnosticBag();
        var extensions = set is null ? [] : await ExtensionsAsync(offline, source, set, locked, problems, cancellationToken);
        var store = new ContentStore(SharedCache.Files(offline.WorkDirectory));
        var packages = locked.Lockfile.Packages;
        var missing = packages.DistinctBy(p => p.Digest).Where(p => !store.Has(p.Digest, p.Size)).ToArray();
        return plan with
        {
            Extensions = extensions,
            Problems = [.. plan.Problems, .. problems.Items],
            Packages = packages.Count,
            Missing = missing.Length,
            MissingBytes = missing.Sum(m => m.Size),
            FirstAddress = missing.Length == 0 ? null : locked.Repositories.Find(missing[0].Repo)!.Url(missing[0].Location),
        };
    }

    /// <summary>What each extension beside the manifest adds to its packages.</summary>
    private async Task<ValueList<PlannedExtension>> ExtensionsAsync(
        LockRequest offline,
        LockSource source,
        ExtensionSet set,
        LockedManifest locked,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        var step = new LockStep(_services) { Change = m => ExtensionStep.WithRepositories(m, set), IsQuiet = true };
        var wider = await step.ReadAsync(offline with { LockFile = null }, problems, cancellationToken);
        var planned = new List<PlannedExtension>();
        foreach (var extension in set.On(source.Manifest.Architecture))
        {
            var requests = ExtensionStep.RequestsOf(extension, locked, problems);
            int? more = null;
            if (requests is not null && !extension.IsDevelopment && !problems.HasErrors)
            {
                more = await CountAsync(step, offline, wider, locked, requests, problems, cancellationToken);
            }

            planned.Add(new(extension.Name, more));
        }

        return [.. planned];
    }

    /// <summary>How many packages requests add to a lock; <c>null</c> after a problem, or when an index is not here.</summary>
    private static async Task<int?> CountAsync(
        LockStep step,
        LockRequest offline,
        LockSource wider,
        LockedManifest locked,
        IEnumerable<Sourced> requests,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        var wanted = wider.Manifest.Packages.Concat(requests).DistinctBy(p => p.Text).OrderBy(p => p.Text, StringComparer.Ordinal);
        var manifest = wider.Manifest with { Packages = [.. wanted] };
        try
        {
            var all = await step.ResolveAsync(offline with { LockFile = null }, wider with { Manifest = manifest }, cancellationToken);
            var there = locked.Lockfile.Packages.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            return all.Lockfile.Packages.Count(p => !there.Contains(p.Name));
        }
        catch (PipelineException e)
        {
            foreach (var problem in e.Diagnostics.Where(d => d.Exit != ExitClass.OutsideWorld))
            {
                problems.Add(problem);
            }

            return null;
        }
    }

    /// <summary>extensions.yaml beside the manifest; <c>null</c> when there is none.</summary>
    private ExtensionSet? ReadExtensions(LockRequest request, DiagnosticBag problems)
    {
        var (directory, display) = (Path.GetDirectoryName(request.ManifestPath)!, Path.GetDirectoryName(request.ManifestDisplay) ?? "");
        if (ConfigTexts.Open(directory, display, "extensions.yaml") is not { } config)
        {
            return null;
        }

        var remarks = new List<Diagnostic>();
        var set = ExtensionSet.Read(config, problems, remarks);
        remarks.ForEach(_services.Reporter.Report);
        return set;
    }
}
