using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Stores;

/// <summary>
/// Deletes old builds of a work directory, never what <c>latest</c> or a <c>releases.json</c> beside <c>builds/</c> names, nor what a step is working on.
/// What goes is noted in <c>builds/.pruned</c> first, then leaves builds.json, then the disk: a run that was interrupted is completed by
/// the next, and a directory that others put there is never touched.
/// </summary>
/// <param name="builds">The work directory's builds.</param>
/// <param name="time">Clock for ages.</param>
/// <param name="reporter">Told the progress.</param>
internal sealed class LocalBuildPrune(BuildStore builds, TimeProvider time, IReporter reporter)
{
    private const string Going = ".going-";
    private static readonly EnumerationOptions Own = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private string Note => Path.Combine(builds.Root, ".pruned");

    /// <summary>Prunes.</summary>
    /// <returns>What was done, in order.</returns>
    /// <exception cref="PipelineException">PL6028 neither a number nor an age; PL5xxx a releases.json that cannot be read stops everything.</exception>
    public async Task<IReadOnlyList<TransferStep>> RunAsync(PruneRequest request, CancellationToken cancellationToken)
    {
        BuildPrune.Require(request);
        if (!Directory.Exists(builds.Root))
        {
            return [];
        }

        using var gate = await builds.LockAsync(reporter.Note, cancellationToken);
        var index = await builds.ReadIndexAsync(cancellationToken);
        var latest = new FileInfo(Path.Combine(builds.Root, "latest")).LinkTarget;
        var spare = latest is null ? request.Spare : [.. request.Spare, latest];
        var gone = new List<string>();
        foreach (var id in BuildPrune.Old(index, request with { Spare = spare }, await ReleasedAsync(cancellationToken), time.GetUtcNow()))
        {
            if (await IsBusyAsync(index.Builds.First(b => b.Id == id), cancellationToken))
            {
                reporter.Note($"{id} is being worked on; it stays");
                continue;
            }

            gone.Add(id);
        }

        // Also those an earlier run took out of the index but did not get to.
        var before = File.Exists(Note) ? (await File.ReadAllLinesAsync(Note, cancellationToken)).Where(BuildStore.IsId) : [];
        var doomed = before.Where(id => !index.Builds.Any(b => b.Id == id)).Concat(gone).Distinct(StringComparer.Ordinal).ToArray();
        var steps = new List<TransferStep>();
        if (gone.Count > 0)
        {
            steps.Add(new("write", RemoteBuilds.Index, 0));
        }

        if (!request.DryRun && gone.Count > 0)
        {
            await AtomicFile.WriteAsync(Note, string.Concat(doomed.Select(d => d + "\n")), cancellationToken);
            await builds.ForgetAsync(gone, cancellationToken);
        }

        Delete(doomed, request.DryRun, steps, cancellationToken);
        return steps;
    }

    private void Delete(string[] doomed, bool dryRun, List<TransferStep> steps, CancellationToken cancellationToken)
    {
        using var step = reporter.Step("prune");
        foreach (var (id, n) in doomed.Select((d, n) => (d, n)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var directory = new DirectoryInfo(Path.Combine(builds.Root, id));
            var going = Path.Combine(builds.Root, Going + id);
            if (!dryRun && Directory.Exists(going))
            {
                UnixFile.DeleteTree(going);
            }

            if (directory.Exists && directory.LinkTarget is null)
            {
                steps.Add(new("delete", $"builds/{id}", directory.EnumerateFiles("*", Own).Sum(f => f.Length)));
                if (!dryRun)
                {
                    // Out of sight in one step: nobody opens a build by its name and finds half of it.
                    directory.MoveTo(going);
                    UnixFile.DeleteTree(going);
                }
            }

            step.Progress(n + 1, doomed.Length, id, "builds");
        }

        if (!dryRun)
        {
            File.Delete(Note);
        }

        step.Done($"{steps.Count(s => s.Action == "delete")} builds, {ByteSize.FromBytes(steps.Sum(s => s.Size))}");
    }

    private async Task<HashSet<string>> ReleasedAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(Path.GetDirectoryName(builds.Root)!, "releases.json");
        return File.Exists(file)
            ? BuildPrune.Released(file, await File.ReadAllBytesAsync(file, cancellationToken))
            : new(StringComparer.Ordinal);
    }

    /// <summary>Whether a step holds the lock of one of the build's architectures.</summary>
    private async Task<bool> IsBusyAsync(BuildEntry build, CancellationToken cancellationToken)
    {
        foreach (var name in build.Architectures)
        {
            if (
                !Architecture.TryParse(name, out var architecture)
                || !File.Exists(Path.Combine(builds.Directory(build.Id, architecture), ".lock"))
            )
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
