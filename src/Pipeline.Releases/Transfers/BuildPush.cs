using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Evidence;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Stores;

namespace Pipeline.Releases.Transfers;

/// <summary>What to push.</summary>
/// <param name="Id">The build.</param>
/// <param name="Architectures">Which of its architectures.</param>
/// <param name="Artifacts">Names as in meta.json; none for all.</param>
internal sealed record PushRequest(string Id, ValueList<Architecture> Architectures, ValueList<string> Artifacts);

/// <summary>
/// Plans how builds of a work directory get into a store: artifacts, then the files beside them, then meta.json, then builds.json, so
/// that whoever finds a build by the index finds all of it. Files are for ever; the two documents are merged by compare-and-swap.
/// </summary>
/// <param name="builds">The work directory's builds.</param>
/// <param name="store">A store that retries, at a stream's folder.</param>
/// <param name="time">Clock for the index's time stamp.</param>
internal sealed class BuildPush(BuildStore builds, IObjectStore store, TimeProvider time)
{
    /// <summary>Reads both sides and makes the plan; what is there already is in it as kept.</summary>
    /// <exception cref="PipelineException">PL6003 or PL6024 (class 5): the store holds another build of that name.</exception>
    public async Task<Plan> PlanAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var index = await store.ReadAsync(RemoteBuilds.Index, ObjectDocuments.Limit, cancellationToken);
        var addition = new IndexAddition(store.Address, request.Id, [.. request.Architectures.Select(a => a.Name)], time.GetUtcNow())
        {
            After = await AfterAsync(request, index, cancellationToken),
        };
        var listed = Write(RemoteBuilds.Index, index, addition);
        var stages = new List<PlanStage>();
        foreach (var architecture in request.Architectures)
        {
            stages.Add(await StageAsync(request, architecture, cancellationToken));
        }

        return new($"push-{request.Id}", [.. stages, .. listed is null ? [] : (PlanStage[])[new(null, null, [listed])]]);
    }

    /// <summary>Where the store lists the build: behind those that were composed later.</summary>
    private async Task<string?> AfterAsync(PushRequest request, ObjectContent? index, CancellationToken cancellationToken)
    {
        if (index is null || request.Architectures.Count == 0)
        {
            return null;
        }

        return await BuildOrder.AfterAsync(
            BuildIndex.Parse(RemoteBuilds.Index, index.Bytes),
            request.Id,
            await builds.ReadMetaAsync(request.Id, request.Architectures[0], cancellationToken),
            listed => FindMetaAsync(listed, cancellationToken)
        );
    }

    /// <summary>The meta.json of a build in the store, or <c>null</c> when it cannot be read as one.</summary>
    private async Task<JsonTextObject?> FindMetaAsync(IndexedBuild listed, CancellationToken cancellationToken)
    {
        var key = RemoteBuilds.Key(listed.Id, listed.Architectures is [var first, ..] ? first : "", "meta.json");
        return await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken) is { } meta
            ? JsonText.Parse(key, meta.Bytes, new DiagnosticBag()) as JsonTextObject
            : null;
    }

    private async Task<PlanStage> StageAsync(PushRequest request, Architecture architecture, CancellationToken cancellationToken)
    {
        var directory = builds.Directory(request.Id, architecture);
        var file = Path.Combine(directory, "meta.json");
        var text = await builds.ReadMetaBytesAsync(request.Id, architecture, cancellationToken);
        var chosen = RemoteBuilds.Choose(request.Id, RemoteBuilds.Artifacts(file, RemoteBuilds.Parse(file, text)), request.Artifacts);
        var names = Files(directory, architecture, chosen);

        // Before anything is hashed or moved: is it the same build at all?
        var key = RemoteBuilds.Key(request.Id, architecture.Name, "meta.json");
        var there = await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken);
        PushedArtifact[] pushed = [.. chosen.Select(a => new PushedArtifact(a.Name, a.Digest.Hex))];
        var meta = Write(key, there, new MetaMerge(store.Address, key, System.Text.Encoding.UTF8.GetString(text), pushed));
        var steps = new List<PlanStep>();
        foreach (var (name, digest) in names)
        {
            var path = Path.Combine(directory, name);
            steps.Add(
                await UploadAsync(
                    RemoteBuilds.Key(request.Id, architecture.Name, name),
                    path,
                    digest ?? await FileDigest.OfAsync(path, cancellationToken),
                    cancellationToken
                )
            );
        }

        var summary = $"{steps.Count} files, {ByteSize.FromBytes(steps.Sum(s => s.Bytes))}";
        steps.AddRange(await RecordsAsync(request.Id, architecture, RemoteBuilds.Parse(file, text), cancellationToken));
        return new($"push {request.Id} {architecture.Name}", summary, meta is null ? steps : [.. steps, meta]);
    }

    /// <summary>Records of the build that the store does not have as they are; a record of tests only when it proves this build.</summary>
    private async Task<List<PlanStep>> RecordsAsync(
        string id,
        Architecture architecture,
        JsonTextObject meta,
        CancellationToken cancellationToken
    )
    {
        var directory = builds.Directory(id, architecture);
        var steps = new List<PlanStep>();
        if (BuildOrigin.Of(directory) is { IsEmpty: false } origin)
        {
            await AddAsync(BuildOrigin.RecordPath, JsonTextWriter.Write(origin.ToJson(), JsonStyle.Pretty));
        }

        var tests = Path.Combine(directory, TestedBuildGate.RecordPath);
        if (
            RegularFile.Is(tests)
            && await RegularFile.ReadAsync(tests, cancellationToken) is var record
            && TestedBuildGate.Prove(meta, tests, record, TestPolicy.Any, new()) is not null
        )
        {
            await AddAsync(TestedBuildGate.RecordPath, System.Text.Encoding.UTF8.GetString(record));
        }

        return steps;

        async Task AddAsync(string name, string content)
        {
            var key = RemoteBuilds.Key(id, architecture.Name, name);
            var there = await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken);
            if (Write(key, there, new RecordMerge(content)) is { } step)
            {
                steps.Add(step);
            }
        }
    }

    /// <summary>What goes up, in order; a digest where meta.json has one.</summary>
    private static (string Name, Digest? Digest)[] Files(string directory, Architecture architecture, ValueList<BuildArtifact> chosen)
    {
        var extra = chosen
            .Select(a => a.Path + ".sig")
            .Concat(RemoteBuilds.Companions(architecture.Name))
            .Where(n => File.Exists(Path.Combine(directory, n)));
        var problems = new DiagnosticBag();
        foreach (var artifact in chosen.Where(a => !File.Exists(Path.Combine(directory, a.Path))))
        {
            problems.Add(BuildStoreDiagnostics.NoFile(Path.Combine(directory, artifact.Path)));
        }

        problems.ThrowIfErrors();
        return [.. chosen.Select(a => (a.Path, (Digest?)a.Digest)), .. extra.Select(n => (n, (Digest?)null))];
    }

    private async Task<UploadObject> UploadAsync(string key, string path, Digest digest, CancellationToken cancellationToken)
    {
        var size = new FileInfo(path).Length;
        var head = await store.HeadAsync(key, cancellationToken);
        return head is not null && (head.Size != size || (head.Digest is { } other && other != digest))
            ? throw new PipelineException(
                ObjectDiagnostics.Immutable(store.Address, key, head.Digest?.ToString() ?? $"{head.Size} bytes", digest)
            )
            : new(key, path, digest.Hex, size, Present: head is not null);
    }

    private static WriteObject? Write(string key, ObjectContent? there, DocumentMerge merge) =>
        merge.Apply(there?.Bytes) is not { } bytes || (there is not null && bytes.Span.SequenceEqual(there.Bytes.Span))
            ? null
            : new(key, there?.Tag, bytes, ObjectHeaders.BuildDocument, merge);
}
