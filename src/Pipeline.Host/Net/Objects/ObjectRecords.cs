using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

/// <summary>Headers of an object for caches and clients.</summary>
/// <param name="ContentType">Media type.</param>
/// <param name="MaxAge">Seconds a cache may keep it (<c>Cache-Control: max-age</c>), or <c>null</c> for no word.</param>
/// <param name="Public">Readable by everyone, where the store has access control per object.</param>
public sealed record ObjectHeaders(string ContentType, int? MaxAge, bool Public)
{
    /// <summary>Images and whatever never changes: one year, public.</summary>
    public static ObjectHeaders Immutable { get; } = new("application/octet-stream", 31_536_000, true);

    /// <summary>Documents below <c>builds/</c> and release indices: five minutes, public.</summary>
    public static ObjectHeaders BuildDocument { get; } = new("application/json", 300, true);

    /// <summary>Stream metadata, updates and release notes: one minute, public.</summary>
    public static ObjectHeaders StreamDocument { get; } = new("application/json", 60, true);

    /// <summary>Our own bookkeeping: not cached, not public.</summary>
    public static ObjectHeaders Private { get; } = new("application/json", null, false);

    /// <summary>The header's value, or <c>null</c> for none.</summary>
    public string? CacheControl => MaxAge is { } seconds ? $"max-age={seconds}" : null;
}

/// <summary>An object without its bytes.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Tag">Changes with every change of the content; opaque, compared whole.</param>
/// <param name="Digest">SHA-256 the writer declared, or <c>null</c> for an object written by other tools.</param>
/// <param name="ContentType">Media type, if kept.</param>
/// <param name="CacheControl">Header value, if kept.</param>
public sealed record ObjectHead(string Key, long Size, string Tag, Digest? Digest, string? ContentType, string? CacheControl);

/// <summary>A small object with its bytes.</summary>
/// <param name="Bytes">All of them.</param>
/// <param name="Tag">For <see cref="WriteCondition.IfTag"/>.</param>
public sealed record ObjectContent(ReadOnlyMemory<byte> Bytes, string Tag);

/// <summary>One line of a listing.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Size">In bytes.</param>
public sealed record ObjectEntry(string Key, long Size);

/// <summary>When a write may happen.</summary>
public sealed record WriteCondition
{
    private WriteCondition(string? tag, bool absent)
    {
        Tag = tag;
        Absent = absent;
    }

    /// <summary>Whatever is there.</summary>
    public static WriteCondition Always { get; } = new(null, false);

    /// <summary>Only when there is no such object (<c>If-None-Match: *</c>).</summary>
    public static WriteCondition IfAbsent { get; } = new(null, true);

    /// <summary>The tag that must still be there, or <c>null</c>.</summary>
    public string? Tag { get; }

    /// <summary>Whether the key must be free.</summary>
    public bool Absent { get; }

    /// <summary>Only while the object has this tag (<c>If-Match</c>).</summary>
    public static WriteCondition IfTag(string tag) => new(tag, false);

    /// <summary>The condition that what was read is still so: the tag, or absence for <c>null</c>.</summary>
    public static WriteCondition Unchanged(ObjectContent? read) => read is null ? IfAbsent : IfTag(read.Tag);
}
