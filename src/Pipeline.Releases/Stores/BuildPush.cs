using Pipeline.Host.Builds;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Stores;

/// <summary>What to push.</summary>
/// <param name="Id">The build.</param>
/// <param name="Architectures">Which of its architectures.</param>
/// <param name="Artifacts">Names as in meta.json; none for all.</param>
/// <param name="DryRun">Only tell.</param>
internal sealed record PushRequest(string Id, ValueList<Architecture> Architectures, ValueList<string> Artifacts, bool DryRun);

/// <summary>
/// Pushes builds of a work directory to a store: artifacts, then the files beside them, then meta.json, then builds.json, so that whoever
/// finds a build by the index finds all of it. Files are for ever; the two documents are merged by compare-and-swap. A push that was
/// interrupted, anywhere, is completed by the same command.
/// </summary>
/// <param name="builds">The work directory's builds.</param>
/// <param name="store">A store that retries, at a stream's folder.</param>
/// <param name="options">How files are moved.</param>
/// <param name="time">Clock.</param>
/// <param name="reporter">Told the progress.</param>
internal sealed class BuildPush(BuildStore builds, IObjectStore store, TransferOptions options, TimeProvider time, IReporter reporter)
{
    /// <summary>Members of meta.json that say which build it is; two that differ here are two builds.</summary>
    private static readonly string[] Identity =
    [
        "buildid",
        "name",
        "ostree-commit",
        "ostree-content-checksum",
        "coreos-assembler.image-config-checksum",
    ];

    /// <summary>Pushes.</summary>
    /// <returns>What was done, in order.</returns>
    /// <exception cref="PipelineException">PL6003 or PL6024 (class 5): the store holds another build of that name.</exception>
    public async Task<IReadOnlyList<TransferStep>> RunAsync(PushRequest request, CancellationToken cancellationToken)
    {
        if (await RemoteBuilds.ReadIndexAsync(store, cancellationToken) is { } index && index.HasTombstone(request.Id))
        {
            throw new PipelineException(BuildStoreDiagnostics.Tombstone(store.Address, request.Id));
        }

        var steps = new List<TransferStep>();
        foreach (var architecture in request.Architectures)
        {
            await PushAsync(request, architecture, steps, cancellationToken);
        }

        if (
            request.DryRun
            || await store.UpdateAsync(RemoteBuilds.Index, ObjectHeaders.BuildDocument, old => With(old, request), time, cancellationToken)
        )
        {
            steps.Add(new("write", RemoteBuilds.Index, 0));
        }

        return steps;
    }

    private async Task PushAsync(
        PushRequest request,
        Architecture architecture,
        List<TransferStep> steps,
        CancellationToken cancellationToken
    )
    {
        var directory = builds.Directory(request.Id, architecture);
        var file = Path.Combine(directory, "meta.json");
        var meta = RemoteBuilds.Parse(file, await builds.ReadMetaBytesAsync(request.Id, architecture, cancellationToken));
        var chosen = RemoteBuilds.Choose(request.Id, RemoteBuilds.Artifacts(file, meta), request.Artifacts);
        var uploads = chosen
            .Select(a => (a.Path, (Digest?)a.Digest))
            .Concat(chosen.Select(a => (a.Path + ".sig", (Digest?)null)).Where(s => File.Exists(Path.Combine(directory, s.Item1))))
            .Concat(
                RemoteBuilds
                    .Companions(architecture.Name)
                    .Select(c => (c, (Digest?)null))
                    .Where(c => File.Exists(Path.Combine(directory, c.c)))
            )
            .ToArray();
        var problems = new DiagnosticBag();
        foreach (var (name, _) in uploads.Where(u => !File.Exists(Path.Combine(directory, u.Item1))))
        {
            problems.Add(BuildStoreDiagnostics.NoFile(Path.Combine(directory, name)));
        }

        problems.ThrowIfErrors();
        var key = RemoteBuilds.Key(request.Id, architecture.Name, "meta.json");

        // Before gigabytes move: is it the same build at all?
        if (await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken) is { } there)
        {
            Merge(key, meta, chosen, RemoteBuilds.Parse(key, there.Bytes));
        }

        await UploadAsync(request, architecture.Name, directory, uploads, steps, cancellationToken);
        if (
            request.DryRun
            || await store.UpdateAsync(
                key,
                ObjectHeaders.BuildDocument,
                old => RemoteBuilds.Print(Merge(key, meta, chosen, old is { } o ? RemoteBuilds.Parse(key, o) : null)),
                time,
                cancellationToken
            )
        )
        {
            steps.Add(new("write", key, 0));
        }
    }

    private async Task UploadAsync(
        PushRequest request,
        string architecture,
        string directory,
        (string Name, Digest? Digest)[] files,
        List<TransferStep> steps,
        CancellationToken cancellationToken
    )
    {
        var total = files.Sum(f => new FileInfo(Path.Combine(directory, f.Name)).Length);
        var transfer = new ObjectTransfer(store, options, time);
        using var step = reporter.Step($"push {request.Id} {architecture}");
        long done = 0;
        foreach (var (name, digest) in files)
        {
            var path = Path.Combine(directory, name);
            var key = RemoteBuilds.Key(request.Id, architecture, name);
            var size = new FileInfo(path).Length;
            if (request.DryRun)
            {
                steps.Add(new(await store.HeadAsync(key, cancellationToken) is null ? "upload" : "keep", key, size));
                continue;
            }

            var known = digest ?? await HashAsync(path, cancellationToken);
            var outcome = await transfer.UploadAsync(
                key,
                path,
                known,
                ObjectHeaders.Immutable,
                n => step.Progress(Interlocked.Add(ref done, n), total, name, ProgressUnits.Bytes),
                cancellationToken
            );
            steps.Add(new(outcome == UploadOutcome.Uploaded ? "upload" : "keep", key, size));
        }

        step.Done($"{files.Length} files, {ByteSize.FromBytes(total)}");
    }

    /// <summary>
    /// The meta.json that the store shall have: ours, with what others added kept, and of artifacts only those that are in the store
    /// or were pushed now.
    /// </summary>
    private JsonTextObject Merge(string key, JsonTextObject ours, ValueList<BuildArtifact> pushed, JsonTextObject? theirs)
    {
        var images = ours.Find("images") as JsonTextObject ?? new([]);
        var others = theirs?.Find("images") as JsonTextObject ?? new([]);
        foreach (var member in Identity)
        {
            if (theirs?.Find(member) is { } their && ours.Find(member) is { } our && !their.Equals(our))
            {
                throw new PipelineException(ObjectsDiffer(key, member));
            }
        }

        foreach (var artifact in pushed)
        {
            if (
                (others.Find(artifact.Name) as JsonTextObject)?.Find("sha256") is JsonTextString sum
                && !sum.Value.Equals(artifact.Digest.Hex, StringComparison.OrdinalIgnoreCase)
            )
            {
                throw new PipelineException(ObjectsDiffer(key, $"images.{artifact.Name}"));
            }
        }

        var names = others
            .Members.Select(m => m.Name)
            .Concat(pushed.Select(p => p.Name))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        var merged = new JsonTextObject([
            .. names.Select(n => new JsonTextMember(n, pushed.Any(p => p.Name == n) ? images.Find(n)! : others.Find(n)!)),
        ]);
        var result = ours.With("images", merged);
        foreach (var member in theirs?.Members.Where(m => ours.Find(m.Name) is null) ?? [])
        {
            result = result.With(member.Name, member.Value);
        }

        return result;
    }

    private Diagnostic ObjectsDiffer(string key, string member) => BuildStoreDiagnostics.OtherBuild(store.Address, key, member);

    private ReadOnlyMemory<byte>? With(ReadOnlyMemory<byte>? old, PushRequest request)
    {
        var index = old is { } bytes ? BuildIndex.Parse(RemoteBuilds.Index, bytes) : BuildIndex.Empty;
        if (index.HasTombstone(request.Id))
        {
            throw new PipelineException(BuildStoreDiagnostics.Tombstone(store.Address, request.Id));
        }

        var missing = request
            .Architectures.Where(a => !index.Builds.Any(b => b.Id == request.Id && b.Architectures.Contains(a.Name)))
            .ToArray();
        return missing.Length == 0
            ? old
            : System.Text.Encoding.UTF8.GetBytes(missing.Aggregate(index, (i, a) => i.With(request.Id, a.Name, time.GetUtcNow())).Write());
    }

    private static async Task<Digest> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return Digest.FromHash(await System.Security.Cryptography.SHA256.HashDataAsync(stream, cancellationToken));
    }
}
