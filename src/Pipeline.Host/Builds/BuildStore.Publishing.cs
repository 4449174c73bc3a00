using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Host.Builds;

public sealed partial class BuildStore
{
    /// <summary>
    /// Moves a build that was composed into place: durable first, then one rename, then <c>latest</c> and builds.json, where it is the
    /// newest. A kill at any point leaves the old build or the new one; a build that the index does not know yet is replaced by the next
    /// run.
    /// </summary>
    /// <param name="staging">A directory on the same file system with everything in it.</param>
    /// <param name="id">The build.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="replace">Whether a build that is there is replaced, once no step works on it and nothing reads it.</param>
    /// <param name="onWait">Receives who is waited for.</param>
    /// <param name="cancellationToken">Ends the waiting; nothing is half-published.</param>
    /// <exception cref="PipelineException">PL0365: it is there, and is not to be replaced.</exception>
    public Task PublishAsync(
        string staging,
        string id,
        Architecture architecture,
        bool replace,
        Action<string> onWait,
        CancellationToken cancellationToken
    ) => PublishAsync(new(staging, id, architecture, replace, Fetched: false), onWait, cancellationToken);

    /// <summary>
    /// Moves a build that was composed elsewhere into place. builds.json lists it where it belongs by the time it was composed, and
    /// <c>latest</c> stays, unless it named the newest build and this one is newer still.
    /// </summary>
    /// <param name="staging">A directory on the same file system with everything in it.</param>
    /// <param name="id">The build.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="onWait">Receives who is waited for.</param>
    /// <param name="cancellationToken">Ends the waiting; nothing is half-published.</param>
    /// <exception cref="PipelineException">PL0365: it is there.</exception>
    public Task AdoptAsync(
        string staging,
        string id,
        Architecture architecture,
        Action<string> onWait,
        CancellationToken cancellationToken
    ) => PublishAsync(new(staging, id, architecture, Replace: false, Fetched: true), onWait, cancellationToken);

    /// <summary>Makes <c>latest</c> name a build that a compose found instead of making it anew.</summary>
    public async Task PointLatestAsync(string id, CancellationToken cancellationToken)
    {
        if (Latest != id)
        {
            using var gate = await LockAsync(_ => { }, cancellationToken);
            await MarkComposedAsync(id, cancellationToken);
        }
    }

    private async Task PublishAsync(Publication build, Action<string> onWait, CancellationToken cancellationToken)
    {
        var target = Directory(build.Id, build.Architecture);
        AtomicFile.SyncFileSystem(build.Staging);
        while (true)
        {
            RequireReplaceable(build, await ReadIndexAsync(cancellationToken));

            // Steps take the store's lock while they hold the build's, so the build's comes first.
            var there = System.IO.Directory.Exists(target);
            using var step = there ? await LockBuildAsync(build.Id, build.Architecture, wait: true, onWait, cancellationToken) : null;
            using var readers = there ? await AloneAsync(target, onWait, cancellationToken) : null;
            using var gate = await LockAsync(onWait, cancellationToken);
            if (there == System.IO.Directory.Exists(target))
            {
                await PlaceAsync(build, target, cancellationToken);
                return;
            }
        }
    }

    private async Task<DirectoryLock> AloneAsync(string directory, Action<string> onWait, CancellationToken cancellationToken)
    {
        var reported = false;
        while (true)
        {
            if (DirectoryLock.TryAcquire(directory) is { } alone)
            {
                return alone;
            }

            if (!reported)
            {
                onWait($"what reads '{directory}', for example a test run");
                reported = true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }
    }

    /// <summary>A directory the index does not know is what a killed run left between the two, and is replaced.</summary>
    private static void RequireReplaceable(Publication build, BuildIndex index)
    {
        if (!build.Replace && index.Builds.Any(b => b.Id == build.Id && b.Architectures.Contains(build.Architecture.Name)))
        {
            throw new PipelineException(BuildDiagnostics.Exists(build.Id, build.Architecture.Name));
        }
    }

    private async Task PlaceAsync(Publication build, string target, CancellationToken cancellationToken)
    {
        var before = await ReadIndexAsync(cancellationToken);
        RequireReplaceable(build, before);
        Sweep();
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (System.IO.Directory.Exists(target))
        {
            if (!UnixFile.TryExchange(build.Staging, target))
            {
                var old = Path.Combine(Root, $".old-{Guid.NewGuid():n}");
                System.IO.Directory.Move(target, old);
                System.IO.Directory.Move(build.Staging, target);
                UnixFile.DeleteTree(old);
            }

            UnixFile.DeleteTree(build.Staging);
        }
        else
        {
            System.IO.Directory.Move(build.Staging, target);
        }

        AtomicFile.SyncDirectory(Path.GetDirectoryName(target)!);
        var after = build.Fetched
            ? await BuildOrder.AfterAsync(
                before,
                build.Id,
                await ReadMetaAsync(build.Id, build.Architecture, cancellationToken),
                b => FindMetaAsync(b, cancellationToken)
            )
            : null;
        var index = before.With(build.Id, build.Architecture.Name, time.GetUtcNow(), after);

        // The index comes last: what it lists is complete, and what it does not list yet is done again, 'latest' included.
        if (!build.Fetched)
        {
            await MarkComposedAsync(build.Id, cancellationToken);
        }
        else if (!before.Builds.Any(b => b.Id == Latest) || Latest == before.Builds[0].Id)
        {
            PointLatest(index.Builds[0].Id);
        }

        await AtomicFile.WriteAsync(IndexFile, index.Write(), cancellationToken);
    }

    /// <summary>The meta.json of a listed build's first architecture, or <c>null</c> when it cannot be read.</summary>
    private async Task<JsonTextObject?> FindMetaAsync(IndexedBuild build, CancellationToken cancellationToken)
    {
        try
        {
            return build.Architectures is [var first, ..] && Architecture.TryParse(first, out var architecture)
                ? await ReadMetaAsync(build.Id, architecture, cancellationToken)
                : null;
        }
        catch (PipelineException)
        {
            return null;
        }
    }

    /// <summary>Removes what runs that were killed while they held the store's lock left beside the builds.</summary>
    private void Sweep()
    {
        foreach (var leftover in (string[])[".old-*", ".latest-*", ".builds.json.*.tmp"])
        {
            foreach (var path in System.IO.Directory.EnumerateFileSystemEntries(Root, leftover).ToArray())
            {
                UnixFile.DeleteTree(path);
            }
        }
    }

    private void PointLatest(string id)
    {
        var temporary = Path.Combine(Root, $".latest-{Guid.NewGuid():n}");
        UnixFile.Symlink(id, temporary);
        UnixFile.Rename(temporary, LatestLink);
        AtomicFile.SyncDirectory(Root);
    }

    /// <summary>A build on its way into the store.</summary>
    private sealed record Publication(string Staging, string Id, Architecture Architecture, bool Replace, bool Fetched);
}
