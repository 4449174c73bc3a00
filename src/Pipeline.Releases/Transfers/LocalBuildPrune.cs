using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Plans;

namespace Pipeline.Releases.Transfers;

/// <summary>
/// Deletes old builds of a work directory, never what <c>latest</c> or a <c>releases.json</c> beside <c>builds/</c> names, nor what a
/// step is working on. What goes is noted in <c>builds/.pruned</c> first, then leaves builds.json, then the disk: a run that was
/// interrupted is completed by the next, and a directory that others put there is never touched.
/// </summary>
/// <param name="builds">The work directory's builds.</param>
/// <param name="time">Clock for ages.</param>
/// <param name="reporter">Receives notes.</param>
internal sealed class LocalBuildPrune(BuildStore builds, TimeProvider time, IReporter reporter)
{
    private static readonly EnumerationOptions Own = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Plans and gives the plan to <paramref name="sink"/>, both under the lock of the builds.</summary>
    /// <exception cref="PipelineException">PL6028 neither a number nor an age; PL5xxx a releases.json that cannot be read.</exception>
    public async Task<PlanOutcome> RunAsync(PruneRequest request, IPlanSink sink, CancellationToken cancellationToken)
    {
        PruneRules.Require(request);
        if (!Directory.Exists(builds.Root))
        {
            return new(sink.Applies, []);
        }

        using var gate = await builds.LockAsync(reporter.Note, cancellationToken);
        return await sink.RunAsync(await PlanAsync(request, cancellationToken), cancellationToken);
    }

    private async Task<Plan> PlanAsync(PruneRequest request, CancellationToken cancellationToken)
    {
        var index = await builds.ReadIndexAsync(cancellationToken);
        var spared = await ReleasedAsync(cancellationToken);
        if (builds.Latest is { } latest)
        {
            spared.Add(latest);
        }

        var gone = new List<string>();
        foreach (var id in PruneRules.Old(index, request, spared, time.GetUtcNow()))
        {
            if (await IsBusyAsync(index.Builds.First(b => b.Id == id), cancellationToken))
            {
                reporter.Note($"{id} is being worked on or tested; it stays");
                continue;
            }

            gone.Add(id);
        }

        // Also those an earlier run took out of the index but did not get to.
        var before = await PruneNote.ReadAsync(builds, cancellationToken);
        string[] going = [.. before.Where(id => !index.Builds.Any(b => b.Id == id)).Concat(gone).Distinct(StringComparer.Ordinal)];
        PlanStep[] removals = [.. going.Select(id => new RemoveBuild(id, SizeOf(id)))];
        var lines = removals.Select(r => r.Line).OfType<TransferStep>().ToArray();
        return new(
            "prune",
            [
                .. gone.Count == 0 ? [] : (PlanStage[])[new(null, null, [new ForgetBuilds(gone, going)])],
                new("prune", $"{lines.Length} builds, {ByteSize.FromBytes(lines.Sum(l => l.Size))}", removals),
                new(null, null, [new EndPrune()]),
            ]
        );
    }

    private long? SizeOf(string id)
    {
        var directory = new DirectoryInfo(Path.Combine(builds.Root, id));
        return directory.Exists && directory.LinkTarget is null ? directory.EnumerateFiles("*", Own).Sum(f => f.Length) : null;
    }

    private async Task<HashSet<string>> ReleasedAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(Path.GetDirectoryName(builds.Root)!, "releases.json");
        return File.Exists(file) ? PruneRules.Released(file, await RegularFile.ReadAsync(file, cancellationToken)) : [];
    }

    /// <summary>Whether a step holds the lock of one of the build's architectures, or something reads it.</summary>
    private async Task<bool> IsBusyAsync(IndexedBuild build, CancellationToken cancellationToken)
    {
        foreach (var name in build.Architectures)
        {
            if (!Architecture.TryParse(name, out var architecture) || !Directory.Exists(builds.Directory(build.Id, architecture)))
            {
                continue;
            }

            using var alone = DirectoryLock.TryAcquire(builds.Directory(build.Id, architecture));
            if (alone is null)
            {
                return true;
            }

            if (!File.Exists(Path.Combine(builds.Directory(build.Id, architecture), ".lock")))
            {
                continue;
            }

            try
            {
                using var held = await builds.LockBuildAsync(build.Id, architecture, wait: false, _ => { }, cancellationToken);
            }
            catch (PipelineException e) when (e.Exit == ExitClass.WorkFailed)
            {
                return true;
            }
        }

        return false;
    }
}
