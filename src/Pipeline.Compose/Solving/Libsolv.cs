using System.Runtime.InteropServices;

namespace Pipeline.Compose.Solving;

/// <summary>
/// libsolv 0.7 by its exported functions. Only five inline-only facts are used: the layout of Queue (public ABI), Pool.rels, Repo.priority,
/// and the steps of a Transaction; <see cref="SolverPool"/> tests them when it starts.
/// </summary>
#pragma warning disable IDE1006, CA1707 // the C names, so that the headers are one search away
internal static unsafe partial class Libsolv
{
    public const int DistributionDebian = 1;
    public const int DistributionRpm = 0;

    public const int JobSolvable = 0x01;
    public const int JobName = 0x02;
    public const int JobProvides = 0x03;
    public const int JobOneOf = 0x04;
    public const int JobInstall = 0x0100;
    public const int JobErase = 0x0200;
    public const int JobWeak = 0x010000;
    public const int JobSetEv = 0x01000000;
    public const int JobSetArchitecture = 0x02000000;

    public const int PoolFlagSameNameByColour = 10;

    public const int FlagIgnoreRecommended = 7;
    public const int FlagBestObeysPolicy = 12;
    public const int FlagKeepExplicitObsoletes = 11;
    public const int FlagYumObsoletes = 21;

    public const int ExtendSolvables = 1 << 4;

    public const int SelectName = 1;
    public const int SelectProvides = 2;
    public const int SelectFiles = 4;
    public const int SelectCanonical = 8;
    public const int SelectDotArch = 16;
    public const int SelectRelation = 32;

    public const int RelationOr = 17;
    public const int AlternativeOfRule = 1;

    [LibraryImport("libsolv.so.1")]
    public static partial nint pool_create();

    [LibraryImport("libsolv.so.1")]
    public static partial void pool_free(nint pool);

    [LibraryImport("libsolv.so.1")]
    public static partial int pool_setdisttype(nint pool, int type);

    [LibraryImport("libsolv.so.1", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void pool_setarch(nint pool, string architecture);

    [LibraryImport("libsolv.so.1")]
    public static partial int pool_set_flag(nint pool, int flag, int value);

    [LibraryImport("libsolv.so.1")]
    public static partial void pool_createwhatprovides(nint pool);

    [LibraryImport("libsolv.so.1")]
    public static partial void pool_addfileprovides(nint pool);

    [LibraryImport("libsolv.so.1")]
    public static partial void pool_addfileprovides_queue(nint pool, Queue* paths, Queue* installed);

    [LibraryImport("libsolv.so.1")]
    public static partial int repo_lookup_deparray(nint repo, int solvable, int key, Queue* dependencies, int marker);

    [LibraryImport("libsolv.so.1")]
    public static partial int pool_queuetowhatprovides(nint pool, Queue* solvables);

    [LibraryImport("libsolv.so.1")]
    public static partial void repo_free_solvable(nint repo, int solvable, int reuseIds);

    [LibraryImport("libsolv.so.1", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int pool_str2id(nint pool, string text, int create);

    [LibraryImport("libsolv.so.1")]
    public static partial int pool_rel2id(nint pool, int name, int version, int flags, int create);

    [LibraryImport("libsolv.so.1")]
    public static partial nint pool_errstr(nint pool);

    [LibraryImport("libsolv.so.1")]
    public static partial nint pool_dep2str(nint pool, int dependency);

    [LibraryImport("libsolv.so.1")]
    public static partial nint pool_lookup_str(nint pool, int solvable, int key);

    [LibraryImport("libsolv.so.1")]
    public static partial nint pool_lookup_checksum(nint pool, int solvable, int key, int* type);

    [LibraryImport("libsolv.so.1")]
    public static partial void pool_job2solvables(nint pool, Queue* found, int how, int what);

    [LibraryImport("libsolv.so.1", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int pool_evrcmp_str(nint pool, string left, string right, int mode);

    [LibraryImport("libsolv.so.1")]
    public static partial ulong pool_lookup_num(nint pool, int solvable, int key, ulong otherwise);

    [LibraryImport("libsolv.so.1")]
    public static partial int pool_lookup_void(nint pool, int solvable, int key);

    [LibraryImport("libsolv.so.1")]
    public static partial nint pool_id2str(nint pool, int id);

    [LibraryImport("libsolv.so.1", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint repo_create(nint pool, string name);

    [LibraryImport("libsolv.so.1")]
    public static partial void repo_free(nint repo, int reuseIds);

    [LibraryImport("libsolv.so.1")]
    public static partial int repo_add_solvable(nint repo);

    [LibraryImport("libsolv.so.1")]
    public static partial void repo_set_num(nint repo, int solvable, int key, ulong value);

    [LibraryImport("libsolv.so.1", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void repo_add_poolstr_array(nint repo, int solvable, int key, string text);

    [LibraryImport("libsolv.so.1")]
    public static partial int repo_lookup_idarray(nint repo, int solvable, int key, Queue* found);

    [LibraryImport("libsolv.so.1")]
    public static partial void repo_internalize(nint repo);

    [LibraryImport("libsolv.so.1")]
    public static partial int repo_add_solv(nint repo, nint file, int flags);

    [LibraryImport("libsolv.so.1")]
    public static partial int repo_write(nint repo, nint file);

    [LibraryImport("libsolvext.so.1")]
    public static partial int repo_add_debpackages(nint repo, nint file, int flags);

    [LibraryImport("libsolvext.so.1", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int repo_add_rpmmd(nint repo, nint file, string? language, int flags);

    [LibraryImport("libsolv.so.1", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int selection_make(nint pool, Queue* selection, string name, int flags);

    [LibraryImport("libsolv.so.1")]
    public static partial void selection_solvables(nint pool, Queue* selection, Queue* solvables);

    [LibraryImport("libsolv.so.1")]
    public static partial void queue_init(Queue* queue);

    [LibraryImport("libsolv.so.1")]
    public static partial void queue_free(Queue* queue);

    [LibraryImport("libsolv.so.1")]
    public static partial void queue_insert(Queue* queue, int position, int id);

    [LibraryImport("libsolv.so.1")]
    public static partial void queue_insert2(Queue* queue, int position, int first, int second);

    [LibraryImport("libsolv.so.1")]
    public static partial nint solver_create(nint pool);

    [LibraryImport("libsolv.so.1")]
    public static partial void solver_free(nint solver);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_set_flag(nint solver, int flag, int value);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_solve(nint solver, Queue* jobs);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_problem_count(nint solver);

    [LibraryImport("libsolv.so.1")]
    public static partial void solver_findallproblemrules(nint solver, int problem, Queue* rules);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_ruleclass(nint solver, int rule);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_rule2jobidx(nint solver, int rule);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_ruleinfo(nint solver, int rule, int* from, int* to, int* dependency);

    [LibraryImport("libsolv.so.1")]
    public static partial nint solver_problemruleinfo2str(nint solver, int type, int source, int target, int dependency);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_alternatives_count(nint solver);

    [LibraryImport("libsolv.so.1")]
    public static partial int solver_get_alternative(
        nint solver,
        int alternative,
        int* id,
        int* from,
        int* chosen,
        Queue* choices,
        int* level
    );

    [LibraryImport("libsolv.so.1")]
    public static partial nint solver_create_transaction(nint solver);

    [LibraryImport("libsolv.so.1")]
    public static partial void transaction_order(nint transaction, int flags);

    [LibraryImport("libsolv.so.1")]
    public static partial int transaction_installedresult(nint transaction, Queue* installed);

    [LibraryImport("libsolv.so.1")]
    public static partial void transaction_free(nint transaction);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint fopen(string path, string mode);

    [LibraryImport("libc")]
    public static partial int fclose(nint file);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint fmemopen(byte* buffer, nuint size, string mode);

    /// <summary>A C string, or <c>null</c>.</summary>
    public static string? Text(nint text) => Marshal.PtrToStringUTF8(text);

    /// <summary>queue.h: elements, count, allocation, room left.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Queue
    {
        public int* Elements;
        public int Count;
        public int* Allocated;
        public int Left;
    }
}

/// <summary>A libsolv queue of ids that is freed.</summary>
internal sealed unsafe class SolvQueue : IDisposable
{
    private readonly Libsolv.Queue* _queue = (Libsolv.Queue*)NativeMemory.AllocZeroed((nuint)sizeof(Libsolv.Queue));

    public SolvQueue() => Libsolv.queue_init(_queue);

    /// <summary>For native calls.</summary>
    public Libsolv.Queue* Native => _queue;

    /// <summary>How many ids it has.</summary>
    public int Count => _queue->Count;

    /// <summary>An id, from 0.</summary>
    public int this[int index] => index < _queue->Count ? _queue->Elements[index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Appends a pair.</summary>
    public void Add(int how, int what) => Libsolv.queue_insert2(_queue, _queue->Count, how, what);

    /// <summary>Appends an id.</summary>
    public void Append(int id) => Libsolv.queue_insert(_queue, _queue->Count, id);

    /// <summary>A copy of the ids.</summary>
    public int[] ToArray() => new ReadOnlySpan<int>(_queue->Elements, _queue->Count).ToArray();

    /// <inheritdoc/>
    public void Dispose()
    {
        Libsolv.queue_free(_queue);
        NativeMemory.Free(_queue);
    }
}
