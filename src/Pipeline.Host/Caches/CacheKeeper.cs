using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Host.Caches;

/// <summary>
/// Measures the caches of a work directory, and keeps them below a budget: the least recently used entries go first, of all kinds
/// together. Entries that a running step uses stay, because their lock is held.
/// </summary>
/// <param name="work">Where the caches are.</param>
/// <param name="kinds">What is in them.</param>
public sealed class CacheKeeper(WorkDirectory work, IEnumerable<CacheKind> kinds)
{
    /// <summary>What may fill a disk without a word: a quarter of it.</summary>
    private const int DefaultShare = 4;

    private readonly CacheKind[] _kinds = [.. kinds];

    /// <summary>What is there.</summary>
    public CacheReport Show()
    {
        var listed = Measure([]).ToLookup(e => e.Kind, e => e.Entry);
        var drive = new DriveInfo(Existing(work.Root));
        return new()
        {
            Directory = work.Cache,
            Kinds =
            [
                .. _kinds.Select(k => new CacheKindReport
                {
                    Name = k.Name,
                    Holds = k.Holds,
                    Count = listed[k].Count(),
                    Size = Sum(listed[k]),
                    LastUse = listed[k].Max(e => (DateTimeOffset?)e.LastUse),
                    CanPrune = k.RemoveAsync is not null,
                }),
                Rest(),
            ],
            Disk = ByteSize.FromBytes(drive.TotalSize),
            Free = ByteSize.FromBytes(drive.AvailableFreeSpace),
            DefaultBudget = DefaultBudget(drive),
        };
    }

    /// <summary>Removes what was not used for longest until all caches together take <paramref name="budget"/> at most.</summary>
    /// <param name="budget">The budget; <c>null</c> for a quarter of the disk.</param>
    /// <param name="dryRun">Whether to find out only.</param>
    /// <param name="cancellationToken">Stops it between two entries.</param>
    public async Task<CachePruning> PruneAsync(ByteSize? budget, bool dryRun, CancellationToken cancellationToken)
    {
        var most = budget ?? DefaultBudget(new DriveInfo(Existing(work.Root)));
        var holds = new List<IDisposable>();
        try
        {
            var inUse = await HoldAsync(holds, cancellationToken);
            var measured = Measure(inUse);
            var before = Sum(measured.Select(m => m.Entry)) + Rest().Size;
            var chosen = Choose(measured, before, most, inUse);
            foreach (var kind in dryRun ? [] : chosen.GroupBy(c => c.Kind))
            {
                await kind.Key.RemoveAsync!([.. kind.Select(c => c.Entry)], cancellationToken);
            }

            // Measured anew only where something went: most runs remove nothing, and a measurement looks at every file.
            var estimate = ByteSize.FromBytes(before.Bytes - Sum(chosen.Select(c => c.Entry)).Bytes);
            return new()
            {
                Budget = most,
                Before = before,
                After = dryRun || chosen.Count == 0 ? estimate : Show().Size,
                Removed = [.. chosen.Select(c => new PrunedEntry(c.Kind.Name, c.Entry.Name, c.Entry.Size, c.Entry.LastUse))],
                InUse = [.. inUse.Select(k => k.Name)],
            };
        }
        finally
        {
            holds.ForEach(h => h.Dispose());
        }
    }

    /// <summary>Takes the locks of all kinds that hold something, each once.</summary>
    /// <returns>The kinds whose lock a run has.</returns>
    private async Task<CacheKind[]> HoldAsync(List<IDisposable> holds, CancellationToken cancellationToken)
    {
        var busy = new List<CacheKind>();
        foreach (var guarded in _kinds.Where(k => k.RemoveAsync is not null && Directory.Exists(k.Directory)).GroupBy(k => k.Guard))
        {
            if (await guarded.Key.TryHoldAsync(cancellationToken) is { } hold)
            {
                holds.Add(hold);
            }
            else
            {
                busy.AddRange(guarded);
            }
        }

        return [.. busy];
    }

    /// <summary>All entries; a file that several have counts for the one that stays longest.</summary>
    private List<KindEntry> Measure(CacheKind[] inUse)
    {
        var counted = new HashSet<SharedFile>();
        return
        [
            .. _kinds
                .SelectMany(k => List(k).Select(e => new KindEntry(k, e)))
                .OrderByDescending(e => IsFixed(e.Kind, inUse))
                .ThenByDescending(e => e.Entry.LastUse)
                .ThenBy(e => e.Kind.Name, StringComparer.Ordinal)
                .ThenBy(e => e.Entry.Name, StringComparer.Ordinal)
                .Select(e =>
                    e with
                    {
                        Entry = e.Entry with
                        {
                            Size = ByteSize.FromBytes(e.Entry.Size.Bytes + e.Entry.Shared.Where(counted.Add).Sum(f => f.Bytes)),
                        },
                    }
                ),
        ];
    }

    private static bool IsFixed(CacheKind kind, CacheKind[] inUse) => kind.RemoveAsync is null || inUse.Contains(kind);

    /// <summary>What has to go, from the end of the list.</summary>
    private static List<KindEntry> Choose(List<KindEntry> measured, ByteSize now, ByteSize most, CacheKind[] inUse)
    {
        var chosen = new List<KindEntry>();
        var left = now.Bytes;
        foreach (var candidate in measured.AsEnumerable().Reverse().Where(c => !IsFixed(c.Kind, inUse)))
        {
            if (left <= most.Bytes)
            {
                break;
            }

            chosen.Add(candidate);
            left -= candidate.Entry.Size.Bytes;
        }

        return chosen;
    }

    private static IReadOnlyList<CacheEntry> List(CacheKind kind) => Directory.Exists(kind.Directory) ? kind.Entries(kind.Directory) : [];

    /// <summary>Everything else below <c>cache/</c>: small notes.</summary>
    private CacheKindReport Rest()
    {
        var known = _kinds.Select(k => k.Directory).ToHashSet(StringComparer.Ordinal);
        string[] others = Directory.Exists(work.Cache)
            ? [.. Directory.EnumerateFileSystemEntries(work.Cache).Where(p => !known.Contains(p))]
            : [];
        return new()
        {
            Name = "notes",
            Holds = "mirrors that were found, digests of tools, how fast guests run",
            Count = others.Length,
            Size = ByteSize.FromBytes(others.Sum(o => CacheFiles.SizeOf(o).Bytes)),
            LastUse = others.Length == 0 ? null : others.Max(o => new DateTimeOffset(File.GetLastWriteTimeUtc(o), TimeSpan.Zero)),
            CanPrune = false,
        };
    }

    private static ByteSize Sum(IEnumerable<CacheEntry> entries) => ByteSize.FromBytes(entries.Sum(e => e.Size.Bytes));

    private static ByteSize DefaultBudget(DriveInfo drive) => ByteSize.FromBytes(drive.TotalSize / DefaultShare);

    private static string Existing(string directory)
    {
        while (!Directory.Exists(directory))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    private sealed record KindEntry(CacheKind Kind, CacheEntry Entry);
}
