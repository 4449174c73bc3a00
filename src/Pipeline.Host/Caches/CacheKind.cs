using Pipeline.Model.Values;

namespace Pipeline.Host.Caches;

/// <summary>One thing in a cache that can be made or fetched again.</summary>
/// <param name="Name">Its path below the kind's directory.</param>
/// <param name="Size">What its removal frees, without <see cref="Shared"/>.</param>
/// <param name="LastUse">When a run last took it from the cache, or put it there.</param>
public sealed record CacheEntry(string Name, ByteSize Size, DateTimeOffset LastUse)
{
    /// <summary>Files with other names, perhaps in other entries: freed with the last of these.</summary>
    public ValueList<SharedFile> Shared { get; init; } = [];
}

/// <summary>A file with several names.</summary>
/// <param name="Device">Its file system.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Bytes">What it takes on the disk.</param>
public readonly record struct SharedFile(ulong Device, ulong Inode, long Bytes);

/// <summary>
/// The lock that keeps the users of some caches away from whoever prunes them. Kinds with one lock share one object of this class.
/// </summary>
/// <param name="tryHold">Takes the lock, or gives <c>null</c> when a run has it.</param>
public sealed class CacheGuard(Func<CancellationToken, Task<IDisposable?>> tryHold)
{
    /// <summary>A guard for entries that are locked one by one when they are removed.</summary>
    public static CacheGuard None { get; } = new(_ => Task.FromResult<IDisposable?>(new Nothing()));

    /// <summary>Takes the lock without waiting; <c>null</c> when a running step uses what it guards.</summary>
    public Task<IDisposable?> TryHoldAsync(CancellationToken cancellationToken) => tryHold(cancellationToken);

    private sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }
}

/// <summary>Removes entries of one kind; those that turn out to be in use stay.</summary>
/// <param name="entries">What to remove.</param>
/// <param name="cancellationToken">Stops between two of them.</param>
public delegate Task RemoveEntries(IReadOnlyList<CacheEntry> entries, CancellationToken cancellationToken);

/// <summary>A kind of things below <c>cache/</c>. The project that fills it says what is in it and how it is emptied.</summary>
public sealed record CacheKind
{
    /// <summary>One word.</summary>
    public required string Name { get; init; }

    /// <summary>What it holds, for people.</summary>
    public required string Holds { get; init; }

    /// <summary>Absolute path; need not exist.</summary>
    public required string Directory { get; init; }

    /// <summary>Lists what is there; called only when <see cref="Directory"/> exists.</summary>
    public required Func<string, IReadOnlyList<CacheEntry>> Entries { get; init; }

    /// <summary>Held while entries are listed and removed.</summary>
    public CacheGuard Guard { get; init; } = CacheGuard.None;

    /// <summary>How entries are removed; <c>null</c> for what is never pruned.</summary>
    public RemoveEntries? RemoveAsync { get; init; }
}
