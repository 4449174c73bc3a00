using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>From a manifest and verified indices to exact packages: by solving, or by looking up what a lockfile names.</summary>
internal sealed class Resolver(ContentStore store, string indexDirectory)
{
    private readonly Dictionary<Digest, byte[]> _texts = [];

    /// <summary>Solves.</summary>
    /// <exception cref="PipelineException">PL14xx, all at once.</exception>
    public async Task<ValueList<LockedPackage>> SolveAsync(
        Manifest manifest,
        IReadOnlyList<RepositoryState> states,
        CancellationToken cancellationToken
    )
    {
        var indices = await OpenAsync(states, cancellationToken);
        var problems = new DiagnosticBag();
        var chosen = Choose(manifest, indices, problems);
        problems.ThrowIfErrors();
        var wanted = chosen.Select(c => c.Digest).OfType<Digest>().ToHashSet();
        var rows = new Dictionary<Digest, (PackageRow Row, string Repo)>();
        foreach (var index in indices)
        {
            foreach (var (digest, row) in index.Find(wanted))
            {
                rows.TryAdd(digest, (row, index.File.Repo));
            }
        }

        var packages = new List<LockedPackage>();
        foreach (var choice in chosen)
        {
            if (
                choice.Digest is { } digest
                && rows.TryGetValue(digest, out var found)
                && found.Row.Name == choice.Name
                && found.Row.Version == choice.Version
            )
            {
                packages.Add(Lock(found.Row, found.Repo));
            }
            else
            {
                problems.Add(SolverDiagnostics.NotIndexed($"{choice.Name} {choice.Version}"));
            }
        }

        problems.ThrowIfErrors();
        return packages.ToValueList();
    }

    /// <summary>Looks up every package of a lockfile.</summary>
    /// <exception cref="PipelineException">PL1504–PL1507, all at once.</exception>
    public async Task<ValueList<LockedPackage>> PinAsync(
        Manifest manifest,
        LockDocument document,
        IReadOnlyList<RepositoryState> states,
        CancellationToken cancellationToken
    )
    {
        var indices = await OpenAsync(states, cancellationToken);
        var names = document.Entries.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        var rows = indices
            .SelectMany(i => i.FindNames(names).Select(r => (Row: r, i.File.Repo)))
            .ToLookup(r => r.Row.Name, StringComparer.Ordinal);
        var problems = new DiagnosticBag();
        var packages = new List<LockedPackage>();
        foreach (var entry in document.Entries.OrderBy(e => e.Order ?? int.MaxValue).ThenBy(e => e.Name, StringComparer.Ordinal))
        {
            var same = rows[entry.Name]
                .Where(r => r.Row.Version == entry.Version && (entry.Architecture is null || r.Row.Architecture == entry.Architecture))
                .ToArray();
            var found = same.FirstOrDefault(r => entry.Digest is null || r.Row.Digest == entry.Digest);
            if (found.Row is not null)
            {
                packages.Add(Lock(found.Row, found.Repo));
                continue;
            }

            var wanted = new LockedPackage
            {
                Name = entry.Name,
                Version = entry.Version,
                PackageArchitecture = entry.Architecture ?? "?",
                Digest = default,
                Size = 0,
                Repo = "",
                Location = "",
            };
            problems.Add(same.Length == 0 ? LockDiagnostics.Missing(wanted, entry.Span) : LockDiagnostics.OtherDigest(wanted, entry.Span));
        }

        CheckRequests(manifest, names, indices, problems);
        problems.ThrowIfErrors();
        return packages.ToValueList();
    }

    private static void CheckRequests(Manifest manifest, HashSet<string> locked, List<PackageIndex> indices, DiagnosticBag problems)
    {
        foreach (var excluded in manifest.ExcludePackages.Where(e => locked.Contains(e.Text)))
        {
            problems.Add(LockDiagnostics.ExcludedButLocked(excluded.Text, excluded.Span));
        }

        // A request for a name no package has is for something provided; which locked package provides it is the lockfile's business.
        var missing = manifest.Packages.Where(p => !locked.Contains(BareName(p.Text))).ToDictionary(p => p.Text, StringComparer.Ordinal);
        var bare = missing.Values.Select(m => BareName(m.Text)).ToHashSet(StringComparer.Ordinal);
        var real = indices.SelectMany(i => i.FindNames(bare)).Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var request in missing.Values.Where(m => real.Contains(BareName(m.Text))))
        {
            problems.Add(LockDiagnostics.NotLocked(request.Text, request.Span));
        }
    }

    private static string BareName(string request) => request.Split(' ', '=', '(', '<', '>', ':')[0];

    private IReadOnlyList<ChosenPackage> Choose(Manifest manifest, List<PackageIndex> indices, DiagnosticBag problems)
    {
        using var pool = new SolverPool(PackageFamily.Debian, manifest.Architecture);
        foreach (var index in indices)
        {
            pool.AddPackages(
                index.File.Repo,
                Path.Combine(indexDirectory, $"{index.File.Digest.Hex}.solv"),
                () => _texts.GetValueOrDefault(index.File.Digest) ?? PackageIndex.Unpack(index.File, store)
            );
        }

        _texts.Clear();
        pool.Seal();
        var essential = indices.SelectMany(i => i.Essential).Distinct().Order(StringComparer.Ordinal).ToArray();
        return new PackageSolver(pool, d => Priorities(indices, d)).Solve(
            manifest.Packages,
            manifest.ExcludePackages,
            essential,
            manifest.Recommends,
            () => indices.SelectMany(i => i.Names()),
            problems
        );
    }

    private static Dictionary<Digest, int> Priorities(List<PackageIndex> indices, IReadOnlySet<Digest> wanted)
    {
        var priorities = new Dictionary<Digest, int>();
        foreach (var (digest, row) in indices.SelectMany(i => i.Find(wanted)))
        {
            priorities.TryAdd(digest, row.Priority);
        }

        return priorities;
    }

    private async Task<List<PackageIndex>> OpenAsync(IReadOnlyList<RepositoryState> states, CancellationToken cancellationToken)
    {
        var indices = new List<PackageIndex>();
        foreach (var file in states.SelectMany(s => s.Indices))
        {
            indices.Add(await PackageIndex.OpenAsync(file, store, indexDirectory, t => _texts[file.Digest] = t, cancellationToken));
        }

        return indices;
    }

    private static LockedPackage Lock(PackageRow row, string repo) =>
        new()
        {
            Name = row.Name,
            Version = row.Version,
            PackageArchitecture = row.Architecture,
            Digest = row.Digest,
            Size = row.Size,
            Repo = repo,
            Location = row.Location,
            Source = row.Source,
            Essential = row.Essential,
        };
}
