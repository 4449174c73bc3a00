using Pipeline.Clouds.Stores;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Stores;
using Pipeline.Releases.Transfers;

namespace Pipeline.Releases.Desks;

/// <summary>A build to move between a work directory and a store.</summary>
/// <param name="Work">The work directory.</param>
/// <param name="Store">Address of a stream's folder in a store.</param>
/// <param name="Id">The build, or <c>latest</c>.</param>
/// <param name="Architectures">Which of its architectures; none for all there are.</param>
/// <param name="Artifacts">Names as in meta.json, or <c>all</c>; none: a push moves all, a fetch the documents only.</param>
/// <param name="DryRun">Change nothing.</param>
public sealed record BuildTransferRequest(
    WorkDirectory Work,
    string Store,
    string Id,
    ValueList<Architecture> Architectures,
    ValueList<string> Artifacts,
    bool DryRun
);

/// <summary>Builds to delete.</summary>
/// <param name="Work">The work directory; not needed with <paramref name="Store"/>.</param>
/// <param name="Store">Address of a stream's folder in a store; <c>null</c> for the work directory's own builds.</param>
/// <param name="Keep">How many of the newest builds stay, or <c>null</c>.</param>
/// <param name="OlderThanDays">Only builds whose version's date is older, or <c>null</c>.</param>
/// <param name="DryRun">Change nothing.</param>
public sealed record BuildPruneRequest(WorkDirectory? Work, string? Store, int? Keep, int? OlderThanDays, bool DryRun);

/// <summary>What was done, or in a dry run would be.</summary>
/// <param name="Id">The build that was meant; <c>null</c> for a pruning.</param>
/// <param name="Steps">In order.</param>
public sealed record TransferAnswer(string? Id, ValueList<TransferStep> Steps);

/// <summary>Façade of <c>builds</c>: builds in stores.</summary>
public sealed class BuildDesk
{
    private readonly ReleaseServices _services;

    internal BuildDesk(ReleaseServices services) => _services = services;

    /// <summary>The builds of a work directory or of a store, each architecture by itself, newest first.</summary>
    /// <param name="work">The work directory; not needed with <paramref name="store"/>.</param>
    /// <param name="store">Address of a stream's folder in a store; <c>null</c> for the work directory's own builds.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PipelineException">The index cannot be read, or the store not reached.</exception>
    public async Task<ValueList<BuildListing>> ListAsync(WorkDirectory? work, string? store, CancellationToken cancellationToken)
    {
        if (store is not null)
        {
            using var remote = Open(store, writes: false);
            return await BuildLister.OfAsync(remote, cancellationToken);
        }

        var here = work ?? throw new ArgumentException("builds are listed in a store or in a work directory", nameof(work));
        return await BuildLister.OfAsync(new BuildStore(here, _services.Time), cancellationToken);
    }

    /// <summary>Pushes a build to a store: resumable, never replacing other bytes.</summary>
    /// <exception cref="PipelineException">
    /// No such build or artifact (class 2); the store holds another build of that name (class 5).
    /// </exception>
    public async Task<TransferAnswer> PushAsync(BuildTransferRequest request, CancellationToken cancellationToken)
    {
        var builds = new BuildStore(request.Work, _services.Time);
        using var store = Open(request.Store, writes: !request.DryRun);
        var build = await BuildAsync(builds, request, cancellationToken);
        var id = build.Id;
        var architectures =
            request.Architectures.Count > 0 ? request.Architectures : build.Architectures.Select(a => Known(builds, a)).ToValueList();
        _services.Reporter.Note($"build {await builds.DescribeAsync(id, architectures[0], cancellationToken)}");
        ValueList<string> artifacts = request.Artifacts.Contains("all") ? [] : request.Artifacts;
        using var use = await builds.UseAsync(id, architectures, cancellationToken);
        var plan = await new BuildPush(builds, store, _services.Time).PlanAsync(new(id, architectures, artifacts), cancellationToken);
        var outcome = await Sink(request.DryRun, request.Work, builds, store).RunAsync(plan, cancellationToken);
        return new(id, outcome.Lines);
    }

    /// <summary>Fetches a build from a store: resumable, verified.</summary>
    /// <exception cref="PipelineException">It is not there (class 2), or not what its meta.json says (class 5).</exception>
    public async Task<TransferAnswer> FetchAsync(BuildTransferRequest request, CancellationToken cancellationToken)
    {
        var builds = new BuildStore(request.Work, _services.Time);
        using var store = Open(request.Store, writes: false);
        var wanted = new FetchRequest(request.Id, request.Architectures, request.Artifacts, request.Artifacts.Contains("all"));
        var (id, plan) = await new BuildFetch(builds, store).PlanAsync(wanted, cancellationToken);
        var outcome = await Sink(request.DryRun, request.Work, builds, store).RunAsync(plan, cancellationToken);
        return new(id, outcome.Lines);
    }

    /// <summary>Deletes old builds; never what <c>releases.json</c> or <c>latest</c> names.</summary>
    /// <exception cref="PipelineException">
    /// PL6028 neither a number nor an age (class 2); a releases.json that cannot be read stops everything.
    /// </exception>
    public async Task<TransferAnswer> PruneAsync(BuildPruneRequest request, CancellationToken cancellationToken)
    {
        var prune = new PruneRequest(request.Keep, request.OlderThanDays);
        if (request.Store is { } address)
        {
            using var store = Open(address, writes: !request.DryRun);
            var plan = await new BuildPrune(store, _services.Time).PlanAsync(prune, cancellationToken);

            // Without a journal: what is left to delete is in the tombstones of builds.json.
            var tools = new PlanTools
            {
                Reporter = _services.Reporter,
                Time = _services.Time,
                Store = store,
            };
            return new(null, (await _services.Sink(request.DryRun, tools).RunAsync(plan, cancellationToken)).Lines);
        }

        var work = request.Work ?? throw new ArgumentException("builds are pruned in a store or in a work directory", nameof(request));
        var builds = new BuildStore(work, _services.Time);
        var local = new LocalBuildPrune(builds, _services.Time, _services.Reporter);
        var sink = Sink(request.DryRun, work, builds, null);
        return new(null, (await local.RunAsync(prune, sink, cancellationToken)).Lines);
    }

    private IPlanSink Sink(bool dryRun, WorkDirectory work, BuildStore builds, IObjectStore? store) =>
        _services.Sink(
            dryRun,
            new()
            {
                Reporter = _services.Reporter,
                Time = _services.Time,
                Store = store,
                Builds = builds,
                Journals = Path.Combine(work.Temporary, "plans"),
            }
        );

    /// <summary>Opens a store; one that can only be read is refused before anything is asked of it.</summary>
    private IObjectStore Open(string address, bool writes)
    {
        var store = StoreAddress.Parse(address, _services.CurrentDirectory);
        return writes && store.Kind == StoreKind.Http
            ? throw new PipelineException(ObjectDiagnostics.ReadOnly(store.ToString()))
            : ObjectStores.Open(store, _services.Environment, _services.Time);
    }

    /// <summary>The build that is meant; it has every architecture that was asked for.</summary>
    private static async Task<IndexedBuild> BuildAsync(BuildStore builds, BuildTransferRequest request, CancellationToken cancellationToken)
    {
        var id = request.Id;
        foreach (var wanted in request.Architectures)
        {
            id = await builds.ResolveAsync(id, wanted, cancellationToken);
        }

        return await builds.FindAsync(id, cancellationToken);
    }

    private static Architecture Known(BuildStore builds, string name) =>
        Architecture.TryParse(name, out var architecture)
            ? architecture
            : throw new PipelineException(BuildStoreDiagnostics.Damaged($"{builds.Root}/builds.json", $"'{name}' is not an architecture"));
}
