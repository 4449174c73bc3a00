using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

/// <summary>
/// A place for objects addressed by key: a directory, an S3 bucket, a blob container. A write is whole or not there at all, and
/// every write can be made to depend on what was read before, so that two writers never lose each other's update.
/// </summary>
/// <remarks>
/// Failures of the store are <see cref="Model.Diagnostics.PipelineException"/> PL6001 (class 4, retry is sensible), PL6002 when access is
/// denied. The stores themselves never retry: <see cref="ReliableObjectStore"/> does, because only it knows what a lost answer means.
/// </remarks>
public interface IObjectStore : IDisposable
{
    /// <summary>Where it is, for messages; never holds credentials.</summary>
    string Address { get; }

    /// <summary>Size, tag and headers, or <c>null</c> when there is no such object.</summary>
    Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Reads a small object whole, or <c>null</c> when there is none.</summary>
    /// <param name="key">See <see cref="ObjectKey"/>.</param>
    /// <param name="limit">Most bytes that are read; a larger object is PL6004.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken);

    /// <summary>Streams an object from <paramref name="offset"/> on.</summary>
    /// <param name="key">See <see cref="ObjectKey"/>.</param>
    /// <param name="offset">First byte, from 0, below the object's size unless both are 0.</param>
    /// <param name="tag">The object must still have this tag, else PL6005.</param>
    /// <param name="cancellationToken">Ends the opening; the reads take their own.</param>
    Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken);

    /// <summary>Writes a small object whole.</summary>
    /// <returns>The new tag, or <c>null</c> when the condition does not hold and nothing was written.</returns>
    Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    );

    /// <summary>Deletes an object.</summary>
    /// <param name="key">See <see cref="ObjectKey"/>.</param>
    /// <param name="tag">Delete only while it has this tag; <c>null</c> for any. S3 checks just before, not atomically.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whether it was there (with that tag) and is gone now.</returns>
    Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken);

    /// <summary>
    /// All objects whose keys start with <paramref name="prefix"/>, in ordinal order of keys; the store's own bookkeeping is left out.
    /// </summary>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Begins an upload in parts, or goes on with an unfinished one of the same bytes.</summary>
    /// <param name="key">The object must not exist yet; it appears when the upload completes.</param>
    /// <param name="digest">SHA-256 of the whole content; kept with the object.</param>
    /// <param name="headers">Kept with the object.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Model.Diagnostics.PipelineException">PL6003 (class 5): other bytes are being uploaded under this key.</exception>
    Task<IPartUpload> BeginUploadAsync(string key, Digest digest, ObjectHeaders headers, CancellationToken cancellationToken);
}

/// <summary>
/// An upload in parts; nothing is visible under the key before <see cref="CompleteAsync"/>. Parts may be put in any order and at the same
/// time.
/// </summary>
public interface IPartUpload
{
    /// <summary>Whether exactly these bytes are in the store already, from an earlier try.</summary>
    Task<bool> HasPartAsync(UploadPart part, CancellationToken cancellationToken);

    /// <summary>Uploads one part; doing it again replaces it.</summary>
    Task PutPartAsync(UploadPart part, CancellationToken cancellationToken);

    /// <summary>Makes parts 1 to <paramref name="parts"/> the object, unless the key is taken by now.</summary>
    /// <returns>The tag, or <c>null</c> when the key is taken or another process ended this upload: look at the object.</returns>
    Task<string?> CompleteAsync(int parts, CancellationToken cancellationToken);

    /// <summary>Gives the upload up and frees what it holds.</summary>
    Task AbortAsync(CancellationToken cancellationToken);
}

/// <summary>One part of an upload.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Offset">Of its first byte in the whole.</param>
/// <param name="Content">Its bytes; owned by the caller, not kept after the call.</param>
public sealed record UploadPart(int Number, long Offset, ReadOnlyMemory<byte> Content);
