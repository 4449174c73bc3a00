using Pipeline.Compose.Families;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Manifests;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>
/// Manifest → verified indices → locked packages.
/// </summary>
internal sealed class LockStep(ComposerServices services)
{
    /// <summary>Timeouts and attempts of downloads; tests use shorter ones.</summary>
    public DownloadPolicy Downloads { get; init; } = DownloadPolicy.Default;

    /// <summary>Where the configuration and state of the host's package manager are; <c>/</c> but in tests.</summary>
    public string HostRoot { get; init; } = "/";

    /// <summary>Chooses the family of a manifest's packages; <c>null</c> after a problem.</summary>
    public Func<RepositorySource, DiagnosticBag, IPackageFamily?> Families { get; init; } = PackageFamilies.Choose;

    /// <summary>Changes the manifest that was read, before its repositories are.</summary>
    public Func<Manifest, Manifest> Change { get; init; } = m => m;

    /// <summary>Whether what is odd about a manifest was reported already.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Resolves.</summary>
    /// <exception cref="PipelineException">
    /// Class 2: manifest, repositories, packages. Class 4: network. Class 5: signature, expiry, digest.
    /// </exception>
    public async Task<LockedManifest> RunAsync(LockRequest request, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var source = await ReadAsync(request, problems, cancellationToken);
        problems.ThrowIfErrors();
        return await ResolveAsync(request, source, cancellationToken);
    }

    /// <summary>Resolves what was read without a problem.</summary>
    /// <exception cref="PipelineException">As <see cref="RunAsync"/>.</exception>
    public async Task<LockedManifest> ResolveAsync(LockRequest request, LockSource source, CancellationToken cancellationToken)
    {
        using var step = services.Reporter.Step("resolve packages");
        var (manifest, family, repositories) = (source.Manifest, source.Family!, source.Repositories);
        using var share = await SharedCache.JoinAsync(request.WorkDirectory, cancellationToken);
        var store = new ContentStore(SharedCache.Files(request.WorkDirectory));
        var updating = Services(request.WorkDirectory, store);
        var states = await UpdateAsync(request, family, repositories, updating, cancellationToken);
        var resolver = new Resolver(family.Indices, store, Path.Combine(request.WorkDirectory.Cache, "indices"));
        Lockfile lockfile;
        if (request.LockFile is { } path)
        {
            var given = await ReadLockAsync(path, request.Architecture, cancellationToken);
            lockfile = new()
            {
                Architecture = request.Architecture,
                Generated = given.Generated,
                Packages = resolver.Pin(manifest, given, states),
                Repos = given.Repos,
            };
        }
        else
        {
            lockfile = new()
            {
                Architecture = request.Architecture,
                Generated = states.Max(s => s.Date),
                Packages = await new SolveStep(family, resolver, store, updating).RunAsync(request, manifest, states, cancellationToken),
                Repos = states
                    .Select(s => new LockedRepo(s.Repository.Id, s.Release, s.Date))
                    .OrderBy(r => r.Id, StringComparer.Ordinal)
                    .ToValueList(),
            };
        }

        step.Done($"{lockfile.Packages.Count} packages, indices of {lockfile.Generated:yyyy-MM-dd HH:mm}Z");
        return new(family, manifest, lockfile, LockfileWriter.Write(lockfile), new(states.Select(s => s.Repository).ToValueList()))
        {
            States = states,
        };
    }

    /// <summary>Adds what commitmeta.json says of the repositories.</summary>
    /// <exception cref="PipelineException">Those of fetching an index.</exception>
    public async Task<LockedManifest> DescribeAsync(LockRequest request, LockedManifest locked, CancellationToken cancellationToken)
    {
        using var share = await SharedCache.JoinAsync(request.WorkDirectory, cancellationToken);
        var store = new ContentStore(SharedCache.Files(request.WorkDirectory));
        var updating = Services(request.WorkDirectory, store);
        return locked with
        {
            RepositoryMetadata = await RepositoryNotes.OfAsync(locked, store, updating, request.Offline, cancellationToken),
        };
    }

    /// <summary>Names of the packages that some of a manifest's requests alone would give.</summary>
    /// <param name="request">What was locked.</param>
    /// <param name="locked">The result.</param>
    /// <param name="requests">The texts of the requests that count.</param>
    /// <param name="cancellationToken">Ends the waiting for the cache.</param>
    /// <exception cref="PipelineException">PL14xx.</exception>
    public async Task<IReadOnlySet<string>> NamesAsync(
        LockRequest request,
        LockedManifest locked,
        IReadOnlySet<string> requests,
        CancellationToken cancellationToken
    )
    {
        using var share = await SharedCache.JoinAsync(request.WorkDirectory, cancellationToken);
        var store = new ContentStore(SharedCache.Files(request.WorkDirectory));
        var resolver = new Resolver(locked.Family.Indices, store, Path.Combine(request.WorkDirectory.Cache, "indices"));
        var some = locked.Manifest with { Packages = [.. locked.Manifest.Packages.Where(p => requests.Contains(p.Text))] };
        var solving = new SolveStep(locked.Family, resolver, store, Services(request.WorkDirectory, store));
        var packages = await solving.RunAsync(request, some, locked.States, cancellationToken);
        return packages.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// The packages of this machine's architecture whose programs stand in for those of a locked tree of another: the family's list as far
    /// as the tree has it, with what those need.
    /// </summary>
    /// <returns><c>null</c> when the family has no such list.</returns>
    /// <exception cref="PipelineException">As <see cref="RunAsync"/>.</exception>
    public async Task<LockedManifest?> NativeAsync(
        LockRequest request,
        LockedManifest locked,
        Architecture machine,
        CancellationToken cancellationToken
    )
    {
        var names = locked.Family.NativePrograms.Select(p => p.Package).ToHashSet(StringComparer.Ordinal);
        var wanted = locked.Lockfile.Packages.Select(p => p.Name).Where(names.Contains).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (wanted.Length == 0)
        {
            return null;
        }

        using var step = services.Reporter.Step($"resolve programs of {machine.Name} that stand in");
        var manifest = locked.Manifest with
        {
            Architecture = machine,
            Packages = [.. wanted.Select(w => new Sourced(w, new(request.ManifestDisplay, 1, 1)))],
            RepoPackages = [],
            Recommends = false,
        };
        using var share = await SharedCache.JoinAsync(request.WorkDirectory, cancellationToken);
        var store = new ContentStore(SharedCache.Files(request.WorkDirectory));
        var there = request with { Architecture = machine };
        var updating = Services(request.WorkDirectory, store);
        var states = await UpdateAsync(there, locked.Family, locked.Repositories, updating, cancellationToken);
        var resolver = new Resolver(locked.Family.Indices, store, Path.Combine(request.WorkDirectory.Cache, "indices"));
        var lockfile = new Lockfile
        {
            Architecture = machine,
            Generated = locked.Lockfile.Generated,
            Packages = await new SolveStep(locked.Family, resolver, store, updating).RunAsync(there, manifest, states, cancellationToken),
        };
        step.Done($"{lockfile.Packages.Count} packages");
        return new(locked.Family, manifest, lockfile, LockfileWriter.Write(lockfile), locked.Repositories);
    }

    /// <summary>A downloader with this step's timeouts.</summary>
    internal Downloader NewDownloader() => new(services.Http, services.Time, Downloads, services.Credentials);

    /// <summary>Reads the manifest and its repositories, and finds everything that is wrong with them.</summary>
    /// <exception cref="PipelineException">The root manifest cannot be read at all.</exception>
    public async Task<LockSource> ReadAsync(LockRequest request, DiagnosticBag problems, CancellationToken cancellationToken)
    {
        var read = ManifestReader.Read(
            new()
            {
                Path = request.ManifestPath,
                Display = request.ManifestDisplay,
                Architecture = request.Architecture,
                Variables = request.Variables,
            },
            problems
        );
        if (read is null)
        {
            throw new PipelineException(problems.Items);
        }

        foreach (var problem in read.Blocking)
        {
            problems.Add(problem);
        }

        read = read with { Manifest = Change(read.Manifest) };
        foreach (var remark in read.Remarks.Where(_ => !IsQuiet))
        {
            services.Reporter.Report(remark);
        }

        var source = new RepositorySource(
            Path.GetDirectoryName(request.ManifestPath)!,
            Path.GetDirectoryName(request.ManifestDisplay) ?? "",
            read.Manifest
        )
        {
            IsLocked = request.LockFile is not null,
            AllowsInsecure = request.Insecure,
        };
        if (Families(source, problems) is not { } family)
        {
            return new(read.Manifest, null, new([]));
        }

        var mirrors = NewMirrorResolver(request.WorkDirectory, request.Mirrors, request.Offline);
        return new(read.Manifest, family, await family.ReadRepositoriesAsync(source, mirrors, problems, cancellationToken));
    }

    /// <summary>Whether the last verified index of a repository is here; what is wrong with it is added to the problems.</summary>
    public async Task<bool> IsCachedAsync(
        LockRequest request,
        LockSource source,
        Repository repository,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        using var share = await SharedCache.JoinAsync(request.WorkDirectory, cancellationToken);
        var updating = Services(request.WorkDirectory, new(SharedCache.Files(request.WorkDirectory)));
        try
        {
            await source.Family!.VerifyAsync(repository, request.Architecture, true, updating, _ => { }, cancellationToken);
            return true;
        }
        catch (PipelineException e)
        {
            foreach (var problem in e.Diagnostics.Where(d => d.Exit != ExitClass.OutsideWorld))
            {
                problems.Add(problem);
            }

            return false;
        }
    }

    /// <summary>Answers <c>${mirror:ID}</c> for repositories.</summary>
    public MirrorResolver NewMirrorResolver(WorkDirectory work, IReadOnlyDictionary<string, string> given, bool offline) =>
        new(
            given,
            services.Environment("PIPELINE_MIRROR"),
            PackageFamilies.HostMirrors(HostRoot, Path.Combine(work.Cache, "mirrors.json"), offline, NewDownloader()),
            services.Credentials
        );

    private RepositoryServices Services(WorkDirectory work, ContentStore store) =>
        new(
            NewDownloader(),
            new SignatureVerifier(services.Tools, SharedCache.Verifying(work)),
            store,
            Path.Combine(work.Cache, "repos"),
            services.Time
        );

    private async Task<IReadOnlyList<RepositoryState>> UpdateAsync(
        LockRequest request,
        IPackageFamily family,
        RepositorySet repositories,
        RepositoryServices updating,
        CancellationToken cancellationToken
    )
    {
        var updates = repositories.Items.Select(r => Task.Run(() => UpdateAsync(r), cancellationToken)).ToArray();
        await Outcomes.AllAsync(updates);
        return [.. updates.Select(u => u.Result)];

        async Task<RepositoryState> UpdateAsync(Repository repository)
        {
            try
            {
                return await family.VerifyAsync(
                    repository,
                    request.Architecture,
                    request.Offline,
                    updating,
                    services.Reporter.Report,
                    cancellationToken
                );
            }
            catch (PipelineException e)
            {
                throw OutOfStep.Explain(e, repository, request.Architecture);
            }
        }
    }

    private static async Task<LockEntries> ReadLockAsync(string path, Architecture architecture, CancellationToken cancellationToken)
    {
        if (!RegularFile.Is(path) || new FileInfo(path).Length > LockfileReader.MaxSize)
        {
            throw new PipelineException(LockDiagnostics.Unreadable(path));
        }

        var problems = new DiagnosticBag();
        var read = LockfileReader.Read(
            path,
            await RegularFile.ReadAsync(path, LockfileReader.MaxSize, cancellationToken),
            architecture,
            problems
        );
        return read ?? throw new PipelineException(problems.Items);
    }
}

/// <summary>A manifest and where its packages come from.</summary>
/// <param name="Manifest">The flattened manifest.</param>
/// <param name="Family">The kind of its packages; <c>null</c> after a problem.</param>
/// <param name="Repositories">Those that could be read.</param>
internal sealed record LockSource(Manifest Manifest, IPackageFamily? Family, RepositorySet Repositories);
