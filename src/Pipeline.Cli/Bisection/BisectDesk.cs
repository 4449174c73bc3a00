using Pipeline.Cli.Answers;
using Pipeline.Compose;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Bisection;

/// <summary>Two builds and the tests that tell them apart.</summary>
/// <param name="Good">The build on which the tests pass: an id or what stands for one.</param>
/// <param name="Bad">The build on which they fail.</param>
/// <param name="Compose">How trials are composed; lock and work directory are replaced.</param>
/// <param name="Tests">Which tests, and how often each runs.</param>
/// <param name="Revisions">Whether to search among commits of the configuration instead of packages.</param>
/// <param name="Again">Whether to forget the trials of an earlier run.</param>
internal sealed record BisectRequest(string Good, string Bad, ComposeRequest Compose, KolaRequest Tests, bool Revisions, bool Again);

/// <summary>Finds the change between two builds that turns a test red, by composing and testing builds between them.</summary>
/// <param name="services">The services of verbs.</param>
/// <param name="tryAsync">Composes and tests; the number is that of the trial, from 1.</param>
internal sealed class BisectDesk(Services services, Func<ComposeRequest, int, CancellationToken, Task<Trial>> tryAsync)
{
    private readonly RevisionSource _revisions = new(services.Tools);

    /// <summary>Searches.</summary>
    /// <exception cref="PipelineException">PL0401–PL0409; those of composes, images and tests.</exception>
    public async Task<BisectAnswer> RunAsync(BisectRequest request, CancellationToken cancellationToken)
    {
        var (work, architecture) = (request.Compose.WorkDirectory, request.Compose.Architecture);
        var builds = new BuildStore(work, services.Time);
        var good = await builds.ResolveAsync(request.Good, architecture, cancellationToken);
        var bad = await builds.ResolveAsync(request.Bad, architecture, cancellationToken);
        var before = await LockAsync(builds, good, architecture, cancellationToken);
        var after = await LockAsync(builds, bad, architecture, cancellationToken);
        var key = Digest.Of(
            string.Join(
                '\n',
                [
                    LockfileWriter.Write(before),
                    LockfileWriter.Write(after),
                    request.Compose.Lock.ManifestPath,
                    $"{request.Revisions} {request.Tests.Multiply} {request.Tests.Boot.Firmware}",
                    .. request.Tests.Directories,
                    .. request.Tests.Globs,
                    .. request.Tests.Tags,
                ]
            )
        );
        var folder = Path.Combine(work.Temporary, $"bisect-{key.Hex[..16]}");
        Directory.CreateDirectory(folder);
        using var hold = await FileLock.AcquireAsync(
            folder + ".lock",
            wait: true,
            holder => services.Reporter.Note($"waiting for {holder}"),
            services.Time,
            cancellationToken
        );
        if (request.Again)
        {
            File.Delete(Path.Combine(folder, "trials"));
        }

        var record = await TrialRecord.OpenAsync(Path.Combine(folder, "trials"), cancellationToken);
        if (record.Count > 0)
        {
            services.Reporter.Note($"going on after {record.Count} trials of an earlier run in {folder}; --again forgets them");
        }

        var search = new Search(services, tryAsync, record, request, new(Path.Combine(folder, "work")));
        search.Prepare();
        return request.Revisions
            ? await RevisionsAsync(builds, search, good, bad, cancellationToken)
            : await PackagesAsync(search, (good, before), (bad, after), cancellationToken);
    }

    private static async Task<BisectAnswer> PackagesAsync(
        Search search,
        (string Id, Lockfile Lock) good,
        (string Id, Lockfile Lock) bad,
        CancellationToken cancellationToken
    )
    {
        var changes = PackageChange.Between(good.Lock, bad.Lock);
        if (changes.Count == 0)
        {
            throw new PipelineException(BisectDiagnostics.Same(good.Id, bad.Id));
        }

        return await search.RunAsync(
            (good.Id, bad.Id),
            new("packages", [.. changes.Select(c => c.Text)], $"the packages of {good.Id}", $"the packages of {bad.Id}")
            {
                Request = numbers =>
                    search.Locked(PackageChange.Apply(good.Lock, bad.Lock, [.. numbers.Select(n => changes[n])]), cancellationToken),
                CanStandAlone = true,
            },
            cancellationToken
        );
    }

    private async Task<BisectAnswer> RevisionsAsync(
        BuildStore builds,
        Search search,
        string good,
        string bad,
        CancellationToken cancellationToken
    )
    {
        var compose = search.Request.Compose;
        var (from, to) = (await RevisionAsync(good), await RevisionAsync(bad));
        var checkout = await _revisions.FindAsync(compose.Lock.ManifestPath, cancellationToken);
        var commits = await _revisions.CommitsAsync(checkout, from, to, cancellationToken);
        return commits.Count == 0
            ? throw new PipelineException(BisectDiagnostics.NoCommits(from, to, checkout.Folder))
            : await search.RunAsync(
                (good, bad),
                new("revisions", [.. commits.Select(c => c.Text)], $"the configuration of {from}", $"the configuration of {to}")
                {
                    Request = async numbers =>
                    {
                        var revision = numbers.Count == 0 ? from : commits[numbers.Max()].Id;
                        var manifest = await _revisions.CheckOutAsync(checkout, revision, search.Work.Temporary, cancellationToken);
                        return search.Unlocked(manifest, revision);
                    },
                },
                cancellationToken
            );

        async Task<string> RevisionAsync(string id)
        {
            var meta = await builds.ReadBuildAsync(id, compose.Architecture, cancellationToken);
            if (meta.ConfigGit?.Dirty == "true")
            {
                services.Reporter.Report(BisectDiagnostics.Dirty(id));
            }

            return meta.ConfigGit?.Commit is { Length: > 0 } revision
                ? revision
                : throw new PipelineException(BisectDiagnostics.NoRevision(id));
        }
    }

    private static async Task<Lockfile> LockAsync(
        BuildStore builds,
        string id,
        Architecture architecture,
        CancellationToken cancellationToken
    )
    {
        var path = Path.Combine(builds.Directory(id, architecture), Lockfile.GeneratedName(architecture.Name));
        if (!RegularFile.Is(path))
        {
            throw new PipelineException(BisectDiagnostics.NoLock(id));
        }

        var problems = new DiagnosticBag();
        var entries = LockfileReader.Read(path, await RegularFile.ReadAsync(path, cancellationToken), architecture, problems);
        problems.ThrowIfErrors();
        return entries?.Complete(architecture) ?? throw new PipelineException(BisectDiagnostics.NoLock(id));
    }
}
