using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using static Pipeline.Compose.Solving.Libsolv;

namespace Pipeline.Compose.Solving;

/// <summary>A set of repositories in libsolv's memory. Not thread-safe.</summary>
/// <remarks>
/// libsolv holds a whole row of each package: what its own reader leaves out is added once, when an index is read, and is part of the
/// cached form. So there is one cached file per index, and a row is found by the id of its solvable.
/// </remarks>
#pragma warning disable CA2216 // freed by its one user; a finalizer could free it under a running solver
internal sealed unsafe partial class SolverPool : IDisposable
#pragma warning restore CA2216
{
    /// <summary>Part of the name of cached forms. Raised when they hold something else.</summary>
    private const int CacheVersion = 2;

    private const int RelationsOffset = 56;
    private const int StepsOffset = 8;
    private const int RepoPoolOffset = 24;
    private const int RepoStartOffset = 32;
    private const int RepoPriorityOffset = 48;

    /// <summary>SOLVID_META: attributes of a whole repository.</summary>
    private const int WholeRepository = -1;

    private static readonly Lazy<string?> SelfTest = new(Test);

    private readonly nint _pool;
    private readonly IIndexFormat _format;
    private readonly string _architecture;
    private readonly Keys _keys;
    private readonly List<Index> _indices = [];
    private ILookup<string, Obsolete>? _obsoletes;
    private bool _disposed;

    /// <summary>An empty pool.</summary>
    /// <exception cref="PipelineException">PL1401 (class 3): the library is missing or not the one we know.</exception>
    public SolverPool(IIndexFormat format, Architecture architecture)
    {
        if (SelfTest.Value is { } problem)
        {
            throw new PipelineException(SolverDiagnostics.NoLibrary(problem));
        }

        (_pool, _format) = (pool_create(), format);
        if (pool_setdisttype(_pool, format.Syntax == IndexSyntax.DebianPackages ? DistributionDebian : DistributionRpm) < 0)
        {
            pool_free(_pool);
            throw new PipelineException(SolverDiagnostics.NoLibrary($"it was built without support for {format.Syntax}"));
        }

        _architecture = format.Spell(architecture);
        pool_setarch(_pool, _architecture);
        if (format.Syntax == IndexSyntax.RpmPrimary)
        {
            // Libraries of two word sizes go side by side under one name.
            _ = pool_set_flag(_pool, PoolFlagSameNameByColour, 1);
        }

        _keys = new(_pool);
    }

    /// <summary>For native calls.</summary>
    public nint Native => _pool;

    /// <summary>Names of the essential packages of all indices, sorted.</summary>
    public IReadOnlyList<string> Essential
    {
        get
        {
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var index in _indices)
            {
                using var ids = new SolvQueue();
                _ = repo_lookup_idarray(index.Native, WholeRepository, _keys.Essential, ids.Native);
                names.UnionWith(ids.ToArray().Select(i => Text(pool_id2str(_pool, i)) ?? ""));
            }

            return [.. names];
        }
    }

    /// <summary>Whether of alternatives the first wins, as for apt; otherwise the solver's own policy decides, which is dnf's.</summary>
    public bool TakesFirstAlternative => _format.Syntax == IndexSyntax.DebianPackages;

    /// <summary>Every package name, with repetitions.</summary>
    public IEnumerable<string> Names() =>
        _indices.SelectMany(i => Enumerable.Range(i.First, i.End - i.First)).Select(NameOfPackage).Where(n => n.Length > 0);

    /// <summary>Whether two versions are the same one for the family.</summary>
    public bool IsSameVersion(string left, string right) =>
        left == right || (!TakesFirstAlternative && pool_evrcmp_str(_pool, left, right, 0) == 0);

    /// <summary>Ends the adding: builds the index of what provides what.</summary>
    /// <returns>The paths that packages depend on; who ships them is only known for those that the indices list.</returns>
    public IReadOnlyList<string> Seal()
    {
        using var paths = new SolvQueue();
        using var installed = new SolvQueue();
        pool_addfileprovides_queue(_pool, paths.Native, installed.Native);
        pool_createwhatprovides(_pool);
        return [.. paths.ToArray().Select(p => Text(pool_id2str(_pool, p)) ?? "")];
    }

    /// <summary>The job that installs one of some packages.</summary>
    public (int How, int What) OneOf(IEnumerable<int> solvables)
    {
        using var queue = new SolvQueue();
        foreach (var solvable in solvables)
        {
            queue.Append(solvable);
        }

        return (JobOneOf, pool_queuetowhatprovides(_pool, queue.Native));
    }

    /// <summary>Whether a package is of the tree's own architecture, or of none.</summary>
    public bool IsNative(int solvable) => Look(solvable, _keys.Architecture) is var arch && (arch == _architecture || arch == "noarch");

    /// <summary>The packages that take the place of any of <paramref name="solvables"/>, which have one name.</summary>
    public IEnumerable<int> Obsoleters(string name, int[] solvables)
    {
        _obsoletes ??= FindObsoletes().ToLookup(o => o.Name, StringComparer.Ordinal);
        return _obsoletes[name].Where(o => solvables.Any(s => o.Matches(_pool, Look(s, _keys.Version)))).Select(o => o.Solvable).Distinct();
    }

    /// <summary>Id of the repository of a package.</summary>
    public string RepoOf(int solvable) => _indices.Find(i => solvable >= i.First && solvable < i.End)!.Repo;

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

    /// <summary>The rows of the packages that have exactly this name, in the order of their indices.</summary>
    public IEnumerable<PackageRow> Named(string name) => Select(name, SelectName).Solvables.Order().Select(Row);

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

    /// <summary>A package's name.</summary>
    public string NameOfPackage(int solvable) => Look(solvable, _keys.Name);

    /// <summary>A package's priority, 0 is the highest.</summary>
    public int PriorityOf(int solvable) => (int)pool_lookup_num(_pool, solvable, _keys.Priority, checked((ulong)_format.DefaultPriority));

    /// <summary>Everything about a package.</summary>
    public PackageRow Row(int solvable)
    {
        var name = NameOfPackage(solvable);
        int type;
        var size = pool_lookup_num(_pool, solvable, _keys.Size, ulong.MaxValue);
        return new()
        {
            Repo = RepoOf(solvable),
            Name = name,
            Version = Look(solvable, _keys.Version),
            Architecture = Look(solvable, _keys.Architecture),
            Digest = Digest.TryParse(Text(pool_lookup_checksum(_pool, solvable, _keys.Checksum, &type)), out var digest) ? digest : null,
            Size = size > long.MaxValue ? -1 : (long)size,
            Location = Location(solvable),
            Source = Text(pool_lookup_str(_pool, solvable, _keys.Source)) ?? name,
            Essential = pool_lookup_num(_pool, solvable, _keys.Essential, 0) != 0,
        };
    }

    /// <summary>The packages of a transaction in installation order.</summary>
    /// <exception cref="PipelineException">
    /// PL1401: the order does not hold the packages of the result, so the library's layout is not ours.
    /// </exception>
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

    /// <summary>The id that the next solvable gets.</summary>
    private int NextId()
    {
        var scratch = repo_create(_pool, "");
        var id = repo_add_solvable(scratch);
        repo_free(scratch, 1);
        return id;
    }

    /// <summary>solvable.c: a directory named as the architecture and a file named as RPM names packages are stored without text.</summary>
    private string Location(int solvable)
    {
        var (version, architecture) = (Look(solvable, _keys.Version), Look(solvable, _keys.Architecture));
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var file = Stored(_keys.File, $"{NameOfPackage(solvable)}-{version[(colon + 1)..]}.{architecture}.rpm");
        var directory = Stored(_keys.Directory, architecture);
        return directory.Length == 0 ? file : $"{directory}/{file}";

        string Stored(int key, string implied) =>
            Text(pool_lookup_str(_pool, solvable, key)) ?? (pool_lookup_void(_pool, solvable, key) != 0 ? implied : "");
    }

    private string Look(int solvable, int key) => Text(pool_lookup_str(_pool, solvable, key)) ?? "";

    private IEnumerable<Obsolete> FindObsoletes() =>
        from index in _indices
        from solvable in Enumerable.Range(index.First, index.End - index.First)
        where NameOfPackage(solvable).Length > 0
        from dependency in Obsoleted(index.Native, solvable)
        let words = (Text(pool_dep2str(_pool, dependency)) ?? "").Split(' ')
        select new Obsolete(solvable, words[0], words.Length == 3 ? words[1] : "", words.Length == 3 ? words[2] : "");

    private int[] Obsoleted(nint repo, int solvable)
    {
        using var found = new SolvQueue();
        _ = repo_lookup_deparray(repo, solvable, _keys.Obsoletes, found.Native, 0);
        return found.ToArray();
    }

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
            var repo = repo_create(pool, "r");
            var solvable = repo_add_solvable(repo);
            var isRepo =
                *(nint*)(repo + RepoPoolOffset) == pool
                && *(int*)(repo + RepoStartOffset) == solvable
                && *(int*)(repo + RepoPriorityOffset) == 0;
            pool_free(pool);
            return found == (a, b, RelationOr) && isRepo ? null : "its memory layout is unknown";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return e.Message.Split('\n')[0];
        }
    }

    /// <summary>An index in the pool: its solvables have the ids from <paramref name="First"/> to below <paramref name="End"/>.</summary>
    private sealed record Index(string Repo, nint Native, int First, int End);

    /// <summary>That a package takes the place of others.</summary>
    private sealed record Obsolete(int Solvable, string Name, string Operator, string Version)
    {
        private const int ReleaseOnlyWhereBothHaveOne = 1;

        public bool Matches(nint pool, string version)
        {
            var order = Operator.Length == 0 ? 0 : pool_evrcmp_str(pool, version, Version, ReleaseOnlyWhereBothHaveOne);
            return Operator switch
            {
                "" => true,
                "<" => order < 0,
                "<=" => order <= 0,
                ">" => order > 0,
                ">=" => order >= 0,
                _ => order == 0,
            };
        }
    }

    /// <summary>Ids of attribute names; those that libsolv does not know are ours.</summary>
    private sealed class Keys(nint pool)
    {
        public int Name { get; } = pool_str2id(pool, "solvable:name", 1);

        public int Version { get; } = pool_str2id(pool, "solvable:evr", 1);

        public int Architecture { get; } = pool_str2id(pool, "solvable:arch", 1);

        public int Obsoletes { get; } = pool_str2id(pool, "solvable:obsoletes", 1);

        public int Checksum { get; } = pool_str2id(pool, "solvable:checksum", 1);

        public int Size { get; } = pool_str2id(pool, "solvable:downloadsize", 1);

        public int Directory { get; } = pool_str2id(pool, "solvable:mediadir", 1);

        public int File { get; } = pool_str2id(pool, "solvable:mediafile", 1);

        public int Source { get; } = pool_str2id(pool, "solvable:sourcename", 1);

        public int Priority { get; } = pool_str2id(pool, "pipeline:priority", 1);

        public int Essential { get; } = pool_str2id(pool, "pipeline:essential", 1);
    }
}
