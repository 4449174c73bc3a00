using System.Security.Cryptography;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Net.Objects;

/// <summary>Mutable documents in a store, changed by compare-and-swap so that no update is lost.</summary>
public static class ObjectDocuments
{
    /// <summary>Most bytes of a document: 16 MiB.</summary>
    public const int Limit = 16 * 1024 * 1024;

    private const int MostTries = 100;

    /// <summary>Reads, changes and writes a document until no one else wrote in between.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="key">Its key.</param>
    /// <param name="headers">Kept with the new content.</param>
    /// <param name="change">
    /// Gets the current bytes, or <c>null</c> when there is no document, and returns the new ones; <c>null</c> or equal bytes leave the
    /// document alone. It may run several times, also over its own result after a lost answer, so it must say what shall be so ("these
    /// arches are in"), not count.
    /// </param>
    /// <param name="time">Clock for the waits between tries.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Whether this call wrote.</returns>
    /// <exception cref="PipelineException">PL6011 after 100 lost tries; whatever <paramref name="change"/> throws.</exception>
    public static async Task<bool> UpdateAsync(
        this IObjectStore store,
        string key,
        ObjectHeaders headers,
        Func<ReadOnlyMemory<byte>?, ReadOnlyMemory<byte>?> change,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        for (var tries = 1; tries <= MostTries; tries++)
        {
            var current = await store.ReadAsync(key, Limit, cancellationToken);
            var next = change(current?.Bytes);
            if (next is not { } bytes || (current is not null && bytes.Span.SequenceEqual(current.Bytes.Span)))
            {
                return false;
            }

            if (await store.WriteAsync(key, bytes, headers, WriteCondition.Unchanged(current), cancellationToken) is not null)
            {
                return true;
            }

            // Spread the writers: equal waits would collide again.
            var most = Math.Min(20 * tries, 500);
            await Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, most)), time, cancellationToken);
        }

        throw new PipelineException(ObjectDiagnostics.Contended(store.Address, key, MostTries));
    }

    /// <summary>Takes a name that only one may have, for example a version number.</summary>
    /// <param name="store">Where names are kept.</param>
    /// <param name="key">The name.</param>
    /// <param name="content">
    /// Must differ between takers (host, pid, a random number), so that a taker recognises its own write after a lost answer.
    /// </param>
    /// <param name="headers">Kept with the object.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Whether the name is ours; <c>false</c> when someone else has it.</returns>
    public static async Task<bool> TryTakeAsync(
        this IObjectStore store,
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        CancellationToken cancellationToken
    )
    {
        if (await store.WriteAsync(key, content, headers, WriteCondition.IfAbsent, cancellationToken) is not null)
        {
            return true;
        }

        var there = await store.ReadAsync(key, Limit, cancellationToken);
        return there is not null && there.Bytes.Span.SequenceEqual(content.Span);
    }
}
