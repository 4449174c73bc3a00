using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using static Pipeline.Compose.Solving.Libsolv;

namespace Pipeline.Compose.Solving;

/// <summary>Package families the solver knows.</summary>
internal enum PackageFamily
{
    /// <summary>Debian packages.</summary>
    Debian,

    /// <summary>RPM packages.</summary>
    Rpm,
}

/// <summary>A set of repositories in libsolv's memory. Not thread-safe.</summary>
#pragma warning disable CA2216 // freed by its one user; a finalizer could free it under a running solver
internal sealed unsafe class SolverPool : IDisposable
#pragma warning restore CA2216
{
    private const int RelationsOffset = 56;
    private const int StepsOffset = 8;
    private static readonly Lazy<string?> SelfTest = new(Test);

    private readonly nint _pool;
    private bool _disposed;

    /// <summary>An empty pool.</summary>
    /// <exception cref="PipelineException">PL1401 (class 3): the library is missing or not the one we know.</exception>
    public SolverPool(PackageFamily family, Architecture architecture)
    {
        if (SelfTest.Value is { } problem)
        {
            throw new PipelineException(SolverDiagnostics.NoLibrary(problem));
        }

        _pool = pool_create();
        if (pool_setdisttype(_pool, family == PackageFamily.Debian ? DistributionDebian : DistributionRpm) < 0)
        {
            pool_free(_pool);
            throw new PipelineException(SolverDiagnostics.NoLibrary($"it was built without support for {family} packages"));
        }

        pool_setarch(_pool, family == PackageFamily.Debian ? architecture.Debian : architecture.Name);
        Checksum = pool_str2id(_pool, "solvable:checksum", 1);
        Name = pool_str2id(_pool, "solvable:name", 1);
        Version = pool_str2id(_pool, "solvable:evr", 1);
        Architecture = pool_str2id(_pool, "solvable:arch", 1);
    }

    /// <summary>For native calls.</summary>
    public nint Native => _pool;

    private int Checksum { get; }

    private int Name { get; }

    private int Version { get; }

    private int Architecture { get; }

    /// <summary>Adds an index: from its cached form when that is readable, else from text, and then caches it.</summary>
    /// <param name="name">Name of the repository.</param>
    /// <param name="cache">Path of the cached form.</param>
    /// <param name="text">Gives the unpacked Packages text.</param>
    public void AddPackages(string name, string cache, Func<byte[]> text)
    {
        var repo = repo_create(_pool, name);
        if (File.Exists(cache) && WithFile(cache, "r", f => repo_add_solv(repo, f, 0)) == 0)
        {
            return;
        }

        var bytes = text();
        fixed (byte* start = bytes)
        {
            var file = bytes.Length == 0 ? 0 : fmemopen(start, (nuint)bytes.Length, "r");
            if (file != 0)
            {
                var failed = repo_add_debpackages(repo, file, 0) != 0;
                _ = fclose(file);
                if (failed)
                {
                    throw new PipelineException(
                        Repos.RepositoryDiagnostics.BadIndex(name, $"cannot be parsed: {Text(pool_errstr(_pool))}")
                    );
                }
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(cache)!);
        var temporary = $"{cache}.{Guid.NewGuid():n}.tmp";
        if (WithFile(temporary, "w", f => repo_write(repo, f)) != 0)
        {
            File.Delete(temporary);
            throw new PipelineException(SolverDiagnostics.BadCache(cache));
        }

        File.Move(temporary, cache, overwrite: true);
    }

    /// <summary>Adds the primary metadata of an RPM repository.</summary>
    public void AddRpmMetadata(string name, byte[] primary)
    {
        var repo = repo_create(_pool, name);
        fixed (byte* start = primary)
        {
            var file = fmemopen(start, (nuint)primary.Length, "r");
            var failed = file == 0 || repo_add_rpmmd(repo, file, null, 0) != 0;
            _ = file == 0 ? 0 : fclose(file);
            if (failed)
            {
                throw new PipelineException(Repos.RepositoryDiagnostics.BadIndex(name, $"cannot be parsed: {Text(pool_errstr(_pool))}"));
            }
        }
    }

    /// <summary>Ends the adding: builds the index of what provides what.</summary>
    public void Seal()
    {
        pool_addfileprovides(_pool);
        pool_createwhatprovides(_pool);
    }

    /// <summary>The packages a request such as <c>name</c> or <c>name &gt;= 1</c> means, and the job that installs one of them.</summary>
    public (int How, int What, int[] Solvables) Select(string request, int flags)
    {
        using var selection = new SolvQueue();
        if (selection_make(_pool, selection.Native, request, flags) == 0 || selection.Count < 2)
        {
            return (0, 0, []);
        }

        using var solvables = new SolvQueue();
        selection_solvables(_pool, selection.Native, solvables.Native);
        return (selection[0], selection[1], solvables.ToArray());
    }

    /// <summary>What provides a dependency.</summary>
    public int[] Providers(int dependency)
    {
        using var found = new SolvQueue();
        pool_job2solvables(_pool, found.Native, JobProvides, dependency);
        return found.ToArray();
    }

    /// <summary>The branches of <c>a | b | c</c>, first to last; one branch for a plain dependency.</summary>
    public IEnumerable<int> Branches(int dependency)
    {
        while (Relation(_pool, dependency) is { } relation && relation.Flags == RelationOr)
        {
            yield return relation.Name;
            dependency = relation.Version;
        }

        yield return dependency;
    }

    /// <summary>The name a dependency asks for, without version and architecture.</summary>
    public string NameOf(int dependency) => (Text(pool_dep2str(_pool, dependency)) ?? "").Split(' ', ':')[0];

    /// <summary>Name, version and architecture of a package.</summary>
    public (string Name, string Version, string Architecture) Describe(int solvable) =>
        (Look(solvable, Name), Look(solvable, Version), Look(solvable, Architecture));

    /// <summary>The sha256 its index gives, or <c>null</c>.</summary>
    public Digest? DigestOf(int solvable)
    {
        int type;
        return Digest.TryParse(Text(pool_lookup_checksum(_pool, solvable, Checksum, &type)), out var digest) ? digest : null;
    }

    /// <summary>The packages of a transaction in installation order.</summary>
    /// <exception cref="PipelineException">PL1401: the order does not hold the packages of the result, so the library's layout is not ours.</exception>
    public static int[] Ordered(nint transaction)
    {
        using var installed = new SolvQueue();
        _ = transaction_installedresult(transaction, installed.Native);
        transaction_order(transaction, 0);
        var steps = (Queue*)(transaction + StepsOffset);
        var ordered = steps->Count == installed.Count ? new ReadOnlySpan<int>(steps->Elements, steps->Count).ToArray() : [];
        return ordered.Order().SequenceEqual(installed.ToArray().Order())
            ? ordered
            : throw new PipelineException(SolverDiagnostics.NoLibrary("the layout of its transactions is unknown"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            pool_free(_pool);
        }
    }

    private string Look(int solvable, int key) => Text(pool_lookup_str(_pool, solvable, key)) ?? "";

    private static (int Name, int Version, int Flags)? Relation(nint pool, int id)
    {
        if (id >= 0)
        {
            return null;
        }

        // poolid.h: a relation's id has the top bit set; Reldep is three ints.
        var relation = *(int**)(pool + RelationsOffset) + (3L * (id & 0x7fffffff));
        return (relation[0], relation[1], relation[2]);
    }

    private static int WithFile(string path, string mode, Func<nint, int> action)
    {
        var file = fopen(path, mode);
        if (file == 0)
        {
            return -1;
        }

        var result = action(file);
        return fclose(file) == 0 ? result : -1;
    }

    private static string? Test()
    {
        try
        {
            var pool = pool_create();
            var (a, b) = (pool_str2id(pool, "a", 1), pool_str2id(pool, "b", 1));
            var found = Relation(pool, pool_rel2id(pool, a, b, RelationOr, 1));
            pool_free(pool);
            return found == (a, b, RelationOr) ? null : "its memory layout is unknown";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return e.Message.Split('\n')[0];
        }
    }
}
