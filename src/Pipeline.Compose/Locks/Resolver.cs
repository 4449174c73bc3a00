using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>From a manifest and verified indices to exact packages: by solving, or by looking up what a lockfile names.</summary>
/// <param name="format">The family's.</param>
/// <param name="store">Holds the indices.</param>
/// <param name="indexDirectory">Where the solver's form of each index is kept.</param>
internal sealed class Resolver(IIndexFormat format, ContentStore store, string indexDirectory)
{
    /// <summary>
    /// Whether a path that a package or the manifest asks for may be one that only the list of all files has.
    /// </summary>
    public bool NeedsFiles(Manifest manifest, IReadOnlyList<RepositoryState> states)
    {
        if (states.All(s => s.FilesDigest is null))
        {
            return false;
        }

        var requests = manifest.Packages.Concat(manifest.RepoPackages.Select(p => p.Package)).Select(p => p.Text.Split(' ')[0]);
        if (requests.Any(r => r.StartsWith('/') && !IsInPrimary(r)))
        {
            return true;
        }

        using var pool = NewPool(manifest.Architecture, states);
        return pool.Seal().Any(p => !IsInPrimary(p));
    }

    /// <summary>The names of packages that there are, of those given.</summary>
    public IReadOnlySet<string> Known(Architecture architecture, IReadOnlyList<RepositoryState> states, IEnumerable<string> names)
    {
        using var pool = NewPool(architecture, states);
        var all = pool.Names().ToHashSet(StringComparer.Ordinal);
        return names.Where(all.Contains).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Solves.</summary>
    /// <param name="manifest">The request.</param>
    /// <param name="packages">The manifest's packages, with groups replaced by theirs.</param>
    /// <param name="states">The repositories.</param>
    /// <exception cref="PipelineException">PL14xx, all at once.</exception>
    public ValueList<LockedPackage> Solve(Manifest manifest, IReadOnlyList<Sourced> packages, IReadOnlyList<RepositoryState> states)
    {
        using var pool = Open(manifest.Architecture, states);
        var problems = new DiagnosticBag();
        var chosen = new PackageSolver(pool).Solve(
            packages,
            manifest.ExcludePackages,
            manifest.Recommends,
            problems,
            manifest.RepoPackages
        );
        problems.ThrowIfErrors();
        foreach (var row in chosen.Where(r => !format.IsUsable(r)))
        {
            problems.Add(SolverDiagnostics.NotIndexed($"{row.Name} {row.Version}"));
        }

        problems.ThrowIfErrors();
        return chosen.Select(Lock).ToValueList();
    }

    /// <summary>Looks up every package of a lockfile.</summary>
    /// <exception cref="PipelineException">PL1504–PL1507, all at once.</exception>
    public ValueList<LockedPackage> Pin(Manifest manifest, LockEntries lockfile, IReadOnlyList<RepositoryState> states)
    {
        using var pool = Open(manifest.Architecture, states);
        var problems = new DiagnosticBag();
        var packages = new List<LockedPackage>();
        foreach (
            var entry in lockfile
                .Entries.OrderBy(e => e.Order ?? long.MaxValue)
                .ThenBy(e => e.Name, StringComparer.Ordinal)
                .ThenBy(e => e.PackageArchitecture, StringComparer.Ordinal)
        )
        {
            var same = pool.Named(entry.Name)
                .Where(r => format.IsUsable(r))
                .Where(r =>
                    pool.IsSameVersion(r.Version, entry.Version)
                    && (entry.PackageArchitecture is null || r.Architecture == entry.PackageArchitecture)
                )
                .ToArray();
            if (same.FirstOrDefault(r => entry.Digest is null || r.Digest == entry.Digest) is { } found)
            {
                packages.Add(Lock(found));
                continue;
            }

            problems.Add(
                same.Length == 0
                    ? LockDiagnostics.Missing(entry.Name, entry.Version, entry.PackageArchitecture, entry.Span)
                    : LockDiagnostics.OtherDigest(entry.Name, entry.Version, entry.Span)
            );
        }

        CheckRequests(manifest, lockfile.Entries.Select(e => e.Name).ToHashSet(StringComparer.Ordinal), pool, problems);
        problems.ThrowIfErrors();
        return packages.ToValueList();
    }

    private static void CheckRequests(Manifest manifest, HashSet<string> locked, SolverPool pool, DiagnosticBag problems)
    {
        foreach (var excluded in manifest.ExcludePackages.Where(e => locked.Contains(e.Text)))
        {
            problems.Add(LockDiagnostics.ExcludedButLocked(excluded.Text, excluded.Span));
        }

        // A request for a name no package has is for something provided; the lockfile decides which locked package provides it.
        foreach (
            var request in manifest
                .Packages.Where(p => !locked.Contains(BareName(p.Text)))
                .DistinctBy(p => p.Text)
                .Where(p => pool.Named(BareName(p.Text)).Any())
        )
        {
            problems.Add(LockDiagnostics.NotLocked(request.Text, request.Span));
        }
    }

    private static string BareName(string request) => request.Split(' ', '=', '(', '<', '>', ':')[0];

    /// <summary>The rule by which createrepo chooses what primary.xml lists.</summary>
    private static bool IsInPrimary(string path) =>
        path.StartsWith("/etc/", StringComparison.Ordinal)
        || path.Contains("bin/", StringComparison.Ordinal)
        || path == "/usr/lib/sendmail";

    private SolverPool Open(Architecture architecture, IReadOnlyList<RepositoryState> states)
    {
        var pool = NewPool(architecture, states);
        pool.Seal();
        return pool;
    }

    private SolverPool NewPool(Architecture architecture, IReadOnlyList<RepositoryState> states)
    {
        var pool = new SolverPool(format, architecture);
        try
        {
            foreach (var (state, file) in states.SelectMany(s => s.Indices.Select(i => (s, i))))
            {
                var cache = Path.Combine(indexDirectory, file.Digest.Hex);
                pool.Add(
                    new(
                        file.Repo,
                        state.Files is { } files ? $"{cache}-{files.Digest.Hex[..16]}" : cache,
                        () => IndexText.Unpack(file, store)
                    )
                    {
                        Files = state.Files is { } list ? () => IndexText.Unpack(list, store) : null,
                        Rules = state.Repository.Rules,
                    }
                );
            }

            return pool;
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    private static LockedPackage Lock(PackageRow row) =>
        new()
        {
            Name = row.Name,
            Version = row.Version,
            PackageArchitecture = row.Architecture,
            Digest = row.Digest!.Value,
            Size = row.Size,
            Repo = row.Repo,
            Location = row.Location,
            Source = row.Source,
            Essential = row.Essential,
        };
}
