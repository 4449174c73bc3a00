using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Stores;

namespace Pipeline.Releases.Transfers;

/// <summary>What to fetch.</summary>
/// <param name="Id">The build, as <see cref="RemoteSelection"/> takes it: an id, a tag, <c>latest</c>, <c>latest:WORD</c>.</param>
/// <param name="Architectures">Which architectures; none for all the build has.</param>
/// <param name="Artifacts">Names as in meta.json; none for documents only.</param>
/// <param name="AllArtifacts">Every artifact, whatever <paramref name="Artifacts"/> says.</param>
internal sealed record FetchRequest(string? Id, ValueList<Architecture> Architectures, ValueList<string> Artifacts, bool AllArtifacts);

/// <summary>Plans how a build gets from a store into the work directory: verified, and in the index only when all of it is there.</summary>
/// <param name="builds">The work directory's builds.</param>
/// <param name="store">A store at a stream's folder; the web address of one is enough.</param>
internal sealed class BuildFetch(BuildStore builds, IObjectStore store)
{
    private const int MostOfSignature = 1 << 20;

    /// <summary>Reads both sides and makes the plan.</summary>
    /// <returns>The build's id and the plan.</returns>
    /// <exception cref="PipelineException">PL6025, PL6026 not there; PL6024 another build of that name is here.</exception>
    public async Task<(string Id, Plan Plan)> PlanAsync(FetchRequest request, CancellationToken cancellationToken)
    {
        var index =
            await RemoteBuilds.ReadIndexAsync(store, cancellationToken)
            ?? throw new PipelineException(ObjectDiagnostics.Missing(store.Address, RemoteBuilds.Index));
        var wanted = request.Architectures.Select(a => a.Name).ToArray();
        var build = await new RemoteSelection(store).FindAsync(index, request.Id, wanted, cancellationToken);
        var arches = request.Architectures.Count == 0 ? build.Architectures : request.Architectures.Select(a => a.Name).ToValueList();
        if (arches.Except(build.Architectures, StringComparer.Ordinal).ToArray() is { Length: > 0 } missing)
        {
            throw new PipelineException(BuildStoreDiagnostics.NoArchitectures(store.Address, build.Id, missing));
        }

        var stages = new List<PlanStage>();
        foreach (var name in arches)
        {
            if (!Architecture.TryParse(name, out var architecture))
            {
                throw new PipelineException(
                    BuildStoreDiagnostics.Damaged($"{store.Address}: {RemoteBuilds.Index}", $"'{name}' is not an architecture")
                );
            }

            stages.Add(await StageAsync(request, build.Id, architecture, cancellationToken));
        }

        return (build.Id, new($"fetch-{build.Id}", stages));
    }

    private async Task<PlanStage> StageAsync(
        FetchRequest request,
        string id,
        Architecture architecture,
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
        var steps = await DownloadsAsync(id, architecture.Name, chosen, into, cancellationToken);
        var summary = $"{chosen.Count} artifacts, {ByteSize.FromBytes(chosen.Sum(a => a.Size ?? 0))}";
        return new(
            $"fetch {id} {architecture.Name}",
            summary,
            here ? steps : [.. steps, new PublishBuild(into, id, architecture.Name, content.Bytes, key)]
        );
    }

    private async Task<List<PlanStep>> DownloadsAsync(
        string id,
        string architecture,
        ValueList<BuildArtifact> chosen,
        string into,
        CancellationToken cancellationToken
    )
    {
        var steps = new List<PlanStep>();
        foreach (var artifact in chosen)
        {
            var path = Path.Combine(into, artifact.Path);
            var key = RemoteBuilds.Key(id, architecture, artifact.Path);
            steps.Add(
                await IsHereAsync(path, artifact, cancellationToken)
                    ? new KeepObject(key, artifact.Size ?? 0)
                    : new DownloadObject(key, path, artifact.Digest.Hex, artifact.Size, artifact.Size ?? 0)
            );
        }

        foreach (
            var name in (string[])
                [.. RemoteBuilds.Companions(architecture), .. RemoteBuilds.Records, .. chosen.Select(a => a.Path + ".sig")]
        )
        {
            var key = RemoteBuilds.Key(id, architecture, name);
            var path = Path.Combine(into, name);
            if (!File.Exists(path) && await CompanionAsync(key, path, cancellationToken) is { } step)
            {
                steps.Add(step);
            }
        }

        return steps;
    }

    /// <summary>
    /// A file that meta.json does not vouch for: a small one, and exactly the one that was there when the plan was made.
    /// </summary>
    private async Task<DownloadObject?> CompanionAsync(string key, string path, CancellationToken cancellationToken)
    {
        if (await store.HeadAsync(key, cancellationToken) is not { } head)
        {
            return null;
        }

        var limit = key.EndsWith(".sig", StringComparison.Ordinal) ? MostOfSignature : ObjectDocuments.Limit;
        if (head.Size > limit)
        {
            throw new PipelineException(ObjectDiagnostics.TooLarge(store.Address, key, head.Size, limit));
        }

        if (head.Digest is { } known)
        {
            return new(key, path, known.Hex, head.Size, head.Size);
        }

        var content = await store.ReadAsync(key, limit, cancellationToken);
        return content is null ? null : new(key, path, Digest.Of(content.Bytes.Span).Hex, content.Bytes.Length, content.Bytes.Length);
    }

    private static async Task<bool> IsHereAsync(string path, BuildArtifact artifact, CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        return file.Exists
            && (artifact.Size is not { } size || file.Length == size)
            && await FileDigest.OfAsync(path, cancellationToken) == artifact.Digest;
    }
}
