using Pipeline.Model.Values;

namespace Pipeline.Host.Caches;

/// <summary>What the caches of a work directory hold.</summary>
public sealed record CacheReport
{
    /// <summary>The directory of all caches.</summary>
    public required string Directory { get; init; }

    /// <summary>One for each kind, also empty ones.</summary>
    public required ValueList<CacheKindReport> Kinds { get; init; }

    /// <summary>Size of the file system.</summary>
    public required ByteSize Disk { get; init; }

    /// <summary>What is free of it for this user.</summary>
    public required ByteSize Free { get; init; }

    /// <summary>What the caches are pruned to when nobody names a budget.</summary>
    public required ByteSize DefaultBudget { get; init; }

    /// <summary>All kinds together.</summary>
    public ByteSize Size => ByteSize.FromBytes(Kinds.Sum(k => k.Size.Bytes));
}

/// <summary>One kind.</summary>
public sealed record CacheKindReport
{
    /// <summary>One word.</summary>
    public required string Name { get; init; }

    /// <summary>What it holds.</summary>
    public required string Holds { get; init; }

    /// <summary>How many entries.</summary>
    public required int Count { get; init; }

    /// <summary>All of them.</summary>
    public required ByteSize Size { get; init; }

    /// <summary>The last use of any of them; <c>null</c> when there is none.</summary>
    public required DateTimeOffset? LastUse { get; init; }

    /// <summary>Whether pruning may remove its entries.</summary>
    public required bool CanPrune { get; init; }
}

/// <summary>What pruning did, or would do.</summary>
public sealed record CachePruning
{
    /// <summary>The budget.</summary>
    public required ByteSize Budget { get; init; }

    /// <summary>All caches before.</summary>
    public required ByteSize Before { get; init; }

    /// <summary>All caches afterwards; of a dry run an estimate.</summary>
    public required ByteSize After { get; init; }

    /// <summary>What was removed, the least recently used first.</summary>
    public required ValueList<PrunedEntry> Removed { get; init; }

    /// <summary>Kinds that a running step uses; nothing of them was removed.</summary>
    public required ValueList<string> InUse { get; init; }
}

/// <summary>An entry that was removed.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its path below the kind's directory.</param>
/// <param name="Size">What that freed, about.</param>
/// <param name="LastUse">When it was last used.</param>
public sealed record PrunedEntry(string Kind, string Name, ByteSize Size, DateTimeOffset LastUse);
