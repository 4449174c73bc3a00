using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Stores;

/// <summary>What to fetch.</summary>
/// <param name="Id">The build, or <c>null</c> for the newest that has all the architectures.</param>
/// <param name="Architectures">Which architectures; none for all the build has.</param>
/// <param name="Artifacts">Names as in meta.json; none for documents only.</param>
/// <param name="AllArtifacts">Every artifact, whatever <paramref name="Artifacts"/> says.</param>
/// <param name="DryRun">Only tell.</param>
internal sealed record FetchRequest(
    string? Id,
    ValueList<Architecture> Architectures,
    ValueList<string> Artifacts,
    bool AllArtifacts,
    bool DryRun
);

/// <summary>Fetches builds from a store into the work directory: verified, resumable, and in the index only when all of it is there.</summary>
/// <param name="builds">The work directory's builds.</param>
/// <param name="store">A store at a stream's folder; the web address of one is enough.</param>
/// <param name="options">How files are moved.</param>
/// <param name="time">Clock.</param>
/// <param name="reporter">Told the progress.</param>
internal sealed class BuildFetch(BuildStore builds, IObjectStore store, TransferOptions options, TimeProvider time, IReporter reporter)
{
    /// <summary>Fetches.</summary>
    /// <returns>The build's id and what was done, in order.</returns>
    /// <exception cref="PipelineException">PL6025, PL6026 not there; PL6009, PL6010 (class 5) not what meta.json promises; PL6024 another build of that name is here.</exception>
    public async Task<(string Id, IReadOnlyList<TransferStep> Steps)> RunAsync(FetchRequest request, CancellationToken cancellationToken)
    {
        var index =
            await RemoteBuilds.ReadIndexAsync(store, cancellationToken)
            ?? throw new PipelineException(ObjectDiagnostics.Missing(store.Address, RemoteBuilds.Index));
        var wanted = request.Architectures.Select(a => a.Name).ToArray();
        var build = request.Id is null
            ? index.Builds.FirstOrDefault(b => wanted.All(b.Architectures.Contains))
                ?? throw new PipelineException(BuildStoreDiagnostics.NoArchitectures(store.Address, "a build", wanted))
            : index.Builds.FirstOrDefault(b => b.Id == request.Id)
                ?? throw new PipelineException(BuildStoreDiagnostics.NoBuild(store.Address, request.Id));
        var arches = wanted.Length == 0 ? [.. build.Architectures] : wanted;
        if (arches.Except(build.Architectures, StringComparer.Ordinal).ToArray() is { Length: > 0 } missing)
        {
            throw new PipelineException(BuildStoreDiagnostics.NoArchitectures(store.Address, build.Id, missing));
        }

        var steps = new List<TransferStep>();
        foreach (var name in arches)
        {
            if (!Architecture.TryParse(name, out var architecture))
            {
                throw new PipelineException(
                    BuildStoreDiagnostics.Damaged($"{store.Address}: {RemoteBuilds.Index}", $"'{name}' is not an architecture")
                );
            }

            await FetchAsync(request, build.Id, architecture, steps, cancellationToken);
        }

        return (build.Id, steps);
    }

    private async Task FetchAsync(
        FetchRequest request,
        string id,
        Architecture architecture,
        List<TransferStep> steps,
        CancellationToken cancellationToken
    )
    {
        var key = RemoteBuilds.Key(id, architecture.Name, "meta.json");
        var content =
            await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken)
            ?? throw new PipelineException(ObjectDiagnostics.Missing(store.Address, key));
        var meta = RemoteBuilds.Parse($"{store.Address}: {key}", content.Bytes);
        if ((meta.Find("buildid") as JsonTextString)?.Value != id)
        {
            throw new PipelineException(BuildStoreDiagnostics.OtherBuild(store.Address, key, "buildid"));
        }

        var all = RemoteBuilds.Artifacts($"{store.Address}: {key}", meta);
        var chosen =
            request.AllArtifacts ? all
            : request.Artifacts.Count == 0 ? []
            : RemoteBuilds.Choose(id, all, request.Artifacts);
        var target = builds.Directory(id, architecture);
        var here = File.Exists(Path.Combine(target, "meta.json"));
        if (
            here
            && (await builds.ReadMetaAsync(id, architecture, cancellationToken)).Find("ostree-commit") is { } commit
            && !commit.Equals(meta.Find("ostree-commit"))
        )
        {
            throw new PipelineException(BuildStoreDiagnostics.OtherBuild($"file:{builds.Root}", key, "ostree-commit"));
        }

        // A fixed name: what an interrupted run fetched is used by the next one.
        var into = here ? target : Path.Combine(builds.Root, $".fetch-{id}-{architecture.Name}");
        await DownloadAsync(request, id, architecture.Name, chosen, into, steps, cancellationToken);
        if (here)
        {
            return;
        }

        if (request.DryRun)
        {
            steps.Add(new("write", key, content.Bytes.Length));
            return;
        }

        await AtomicFile.WriteAsync(Path.Combine(into, "meta.json"), content.Bytes, cancellationToken);
        using var gate = await builds.LockAsync(reporter.Note, cancellationToken);
        await builds.PublishAsync(into, id, architecture, replace: false, cancellationToken);
        steps.Add(new("write", key, content.Bytes.Length));
    }

    private async Task DownloadAsync(
        FetchRequest request,
        string id,
        string architecture,
        ValueList<BuildArtifact> chosen,
        string into,
        List<TransferStep> steps,
        CancellationToken cancellationToken
    )
    {
        using var step = reporter.Step($"fetch {id} {architecture}");
        var transfer = new ObjectTransfer(store, options, time);
        var total = chosen.Sum(a => a.Size ?? 0);
        long done = 0;
        foreach (var artifact in chosen)
        {
            var path = Path.Combine(into, artifact.Path);
            var key = RemoteBuilds.Key(id, architecture, artifact.Path);
            if (await IsHereAsync(path, artifact, cancellationToken))
            {
                steps.Add(new("keep", key, artifact.Size ?? 0));
                continue;
            }

            if (!request.DryRun)
            {
                await transfer.DownloadAsync(
                    key,
                    path,
                    artifact.Digest,
                    artifact.Size,
                    n => step.Progress(Interlocked.Add(ref done, n), total, artifact.Path, ProgressUnits.Bytes),
                    cancellationToken
                );
            }

            steps.Add(new("download", key, artifact.Size ?? 0));
        }

        foreach (var name in RemoteBuilds.Companions(architecture).Concat(chosen.Select(a => a.Path + ".sig")))
        {
            var key = RemoteBuilds.Key(id, architecture, name);
            if (!File.Exists(Path.Combine(into, name)) && await store.HeadAsync(key, cancellationToken) is { } head)
            {
                if (!request.DryRun)
                {
                    await transfer.DownloadAsync(key, Path.Combine(into, name), null, null, null, cancellationToken);
                }

                steps.Add(new("download", key, head.Size));
            }
        }

        step.Done($"{chosen.Count} artifacts, {ByteSize.FromBytes(total)}");
    }

    private static async Task<bool> IsHereAsync(string path, BuildArtifact artifact, CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        if (!file.Exists || (artifact.Size is { } size && file.Length != size))
        {
            return false;
        }

        await using var stream = file.OpenRead();
        return Digest.FromHash(await System.Security.Cryptography.SHA256.HashDataAsync(stream, cancellationToken)) == artifact.Digest;
    }
}
