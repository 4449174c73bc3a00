using System.Collections.Concurrent;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Locks;
using Pipeline.Compose.Repos;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>Brings the packages of a lock into the content store, eight at a time.</summary>
internal sealed class FetchStep(ComposerServices services)
{
    private const int Parallel = 8;

    /// <summary>Timeouts and attempts of downloads; tests use shorter ones.</summary>
    public DownloadPolicy Downloads { get; init; } = DownloadPolicy.Default;

    /// <summary>Fetches what is missing.</summary>
    /// <returns>Where each package file is, by digest.</returns>
    /// <exception cref="PipelineException">PL13xx: class 4 for the network, class 5 for a wrong digest; nothing wrong is kept.</exception>
    public async Task<IReadOnlyDictionary<Digest, string>> RunAsync(
        LockedManifest locked,
        WorkDirectory work,
        bool offline,
        CancellationToken cancellationToken
    )
    {
        using var step = services.Reporter.Step("fetch packages");
        using var share = await SharedCache.JoinAsync(work, cancellationToken);
        var store = new ContentStore(SharedCache.Files(work));
        var packages = locked.Lockfile.Packages.DistinctBy(p => p.Digest).ToArray();
        var missing = packages.Where(p => !store.Has(p.Digest, p.Size)).ToArray();
        if (offline && missing.Length > 0)
        {
            throw new PipelineException(missing.Select(m => FetchDiagnostics.Offline($"{m.Name} {m.Version}")));
        }

        var total = missing.Sum(m => m.Size);
        new DiskSpace(work.Root).RequireFetch(total);
        long done = 0;
        var downloader = new Downloader(services.Http, services.Time, Downloads, services.Credentials);
        using var slots = new SemaphoreSlim(Parallel);
        var free = new ConcurrentQueue<int>(Enumerable.Range(0, Parallel));
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = missing.Select(m => FetchAsync(m, failed.Token)).ToArray();
        try
        {
            await Outcomes.AllAsync(tasks);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The others were stopped because one failed; that one has the reason.
            var reasons = tasks.Select(t => t.Exception?.InnerException).OfType<PipelineException>().ToArray();
            throw reasons.Length > 0
                ? new PipelineException(reasons.SelectMany(r => r.Diagnostics), reasons[0])
                : new PipelineException(FetchDiagnostics.NoCache("a package"));
        }

        step.Done(
            missing.Length == 0
                ? $"{packages.Length} packages, all cached"
                : $"{missing.Length} of {packages.Length} packages, {ByteSize.FromBytes(total)}"
        );
        foreach (var package in packages)
        {
            CacheFiles.Touch(store.PathOf(package.Digest), services.Time);
        }

        return packages.ToDictionary(p => p.Digest, p => store.PathOf(p.Digest));

        async Task FetchAsync(LockedPackage package, CancellationToken token)
        {
            var repository = locked.Repositories.Find(package.Repo)!;
            await slots.WaitAsync(token);
            var started = services.Time.GetTimestamp();
            free.TryDequeue(out var slot);
            try
            {
                await downloader.StoreAsync(
                    repository.Url(package.Location),
                    package.Digest,
                    package.Size,
                    store,
                    n => step.Progress(Interlocked.Add(ref done, n), total, package.Name, ProgressUnits.Bytes),
                    token
                );
            }
            catch (PipelineException e)
            {
                await failed.CancelAsync();
                throw OutOfStep.Explain(e, repository, locked.Manifest.Architecture);
            }
            finally
            {
                step.Part(slot, package.Name, services.Time.GetElapsedTime(started));
                free.Enqueue(slot);
                slots.Release();
            }
        }
    }
}
