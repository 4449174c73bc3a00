using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

/// <summary>How files are moved.</summary>
/// <param name="PartSize">Size of a part; a file of at most one part goes in a single request. S3 wants at least 5 MiB.</param>
/// <param name="Parallel">Parts under way at the same time; each holds a buffer of one part.</param>
/// <param name="StallLimit">Longest time without a byte before a download is resumed on a new connection.</param>
/// <param name="Retry">For downloads: how often in a row without a single new byte.</param>
public sealed record TransferOptions(ByteSize PartSize, int Parallel, TimeSpan StallLimit, Retry Retry)
{
    /// <summary>16 MiB, four at a time, 30 seconds, four tries.</summary>
    public static TransferOptions Default { get; } = new(ByteSize.FromMiB(16), 4, TimeSpan.FromSeconds(30), Retry.Default);
}

/// <summary>What an upload found.</summary>
public enum UploadOutcome
{
    /// <summary>The bytes were sent.</summary>
    Uploaded,

    /// <summary>The same bytes were there already.</summary>
    AlreadyThere,
}

/// <summary>
/// Moves immutable files between disk and store: in parts and in parallel, going on where an earlier run stopped, the SHA-256 checked
/// from end to end.
/// </summary>
/// <param name="store">A store that retries by itself (<see cref="ReliableObjectStore"/>).</param>
/// <param name="options">Sizes and time limits.</param>
/// <param name="time">Clock.</param>
public sealed partial class ObjectTransfer(IObjectStore store, TransferOptions options, TimeProvider time)
{
    /// <summary>S3 takes at most 10 000 parts; a few are kept in reserve.</summary>
    private const int MostParts = 9_000;

    /// <summary>Uploads a file under a name that is for ever.</summary>
    /// <param name="key">Where to.</param>
    /// <param name="path">The file.</param>
    /// <param name="digest">What its bytes must hash to; checked on exactly the bytes that are sent.</param>
    /// <param name="headers">Kept with the object.</param>
    /// <param name="onBytes">Called with the number of bytes that are stored, part by part, from several threads.</param>
    /// <param name="cancellationToken">Stops; parts that arrived are kept for the next run.</param>
    /// <exception cref="PipelineException">
    /// PL6003 (class 5) the key holds other bytes; PL6009 (class 5) the file is not what <paramref name="digest"/> says.
    /// </exception>
    public async Task<UploadOutcome> UploadAsync(
        string key,
        string path,
        Digest digest,
        ObjectHeaders headers,
        Action<long>? onBytes,
        CancellationToken cancellationToken
    )
    {
        await using var file = RegularFile.OpenStream(path, 0);
        var length = file.Length;
        if (await store.HeadAsync(key, cancellationToken) is { } there)
        {
            await RequireSameAsync(there, digest, length, cancellationToken);
            onBytes?.Invoke(length);
            return UploadOutcome.AlreadyThere;
        }

        var tag =
            length <= options.PartSize.Bytes
                ? await UploadWholeAsync(key, file, digest, headers, cancellationToken)
                : await UploadPartsAsync(key, file, digest, headers, onBytes, cancellationToken);
        if (tag is null)
        {
            // Someone else was first, or an earlier answer of ours was lost: what counts is what is there.
            there =
                await store.HeadAsync(key, cancellationToken)
                ?? throw new PipelineException(
                    ObjectDiagnostics.Failed(store.Address, $"uploading '{key}'", "another process ended the upload")
                );
            await RequireSameAsync(there, digest, length, cancellationToken);
        }

        if (length <= options.PartSize.Bytes)
        {
            onBytes?.Invoke(length);
        }

        return UploadOutcome.Uploaded;
    }

    /// <summary>Hashes an object that its writer left no digest with.</summary>
    /// <exception cref="PipelineException">The object changed or the store failed.</exception>
    public async Task<Digest> DigestOfAsync(ObjectHead head, CancellationToken cancellationToken)
    {
        if (head.Digest is { } known)
        {
            return known;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        await using var stream = await store.OpenAsync(head.Key, 0, head.Tag, cancellationToken);
        using var stall = new StallClock(options.StallLimit, time, cancellationToken) { Pace = Pace.RateOnly };
        long done = 0;
        int read;
        while (done <= head.Size && (read = await stall.ReadAsync(stream, buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            done += read;
        }

        return done == head.Size
            ? Digest.FromHash(hash.GetHashAndReset())
            : throw new PipelineException(
                ObjectDiagnostics.Failed(store.Address, $"reading '{head.Key}'", $"ended after {done} of {head.Size} bytes")
            );
    }

    private async Task RequireSameAsync(ObjectHead there, Digest digest, long length, CancellationToken cancellationToken)
    {
        if (there.Size != length)
        {
            throw new PipelineException(ObjectDiagnostics.Immutable(store.Address, there.Key, $"{there.Size} bytes", digest));
        }

        var actual = await DigestOfAsync(there, cancellationToken);
        if (actual != digest)
        {
            throw new PipelineException(ObjectDiagnostics.Immutable(store.Address, there.Key, actual.ToString(), digest));
        }
    }

    private async Task<string?> UploadWholeAsync(
        string key,
        FileStream file,
        Digest digest,
        ObjectHeaders headers,
        CancellationToken cancellationToken
    )
    {
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return Digest.Of(bytes) == digest
            ? await store.WriteAsync(key, bytes, headers, WriteCondition.IfAbsent, cancellationToken)
            : throw new PipelineException(ObjectDiagnostics.WrongDigest($"'{file.Name}'", digest, Digest.Of(bytes)));
    }

    private async Task<string?> UploadPartsAsync(
        string key,
        FileStream file,
        Digest digest,
        ObjectHeaders headers,
        Action<long>? onBytes,
        CancellationToken cancellationToken
    )
    {
        var least = ((file.Length - 1) / MostParts) + 1;
        var size = least <= options.PartSize.Bytes ? options.PartSize.Bytes : ByteSize.FromBytes(least).RoundUp(ByteSize.FromMiB(1)).Bytes;
        var count = (int)(((file.Length - 1) / size) + 1);
        var upload = await store.BeginUploadAsync(key, digest, headers, cancellationToken);
        var buffers = new ConcurrentBag<byte[]>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await Parallel.ForEachAsync(
            ReadPartsAsync(file, checked((int)size), count, buffers, hash, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken },
            async (part, c) =>
            {
                if (!await upload.HasPartAsync(part.Part, c))
                {
                    await upload.PutPartAsync(part.Part, c);
                }

                onBytes?.Invoke(part.Part.Content.Length);
                buffers.Add(part.Buffer);
            }
        );
        var actual = Digest.FromHash(hash.GetHashAndReset());
        if (actual != digest)
        {
            await upload.AbortAsync(cancellationToken);
            throw new PipelineException(ObjectDiagnostics.WrongDigest($"'{file.Name}'", digest, actual));
        }

        return await upload.CompleteAsync(count, cancellationToken);
    }

    /// <summary>Reads in order, so that one pass hashes the whole, while the workers send.</summary>
    private static async IAsyncEnumerable<(UploadPart Part, byte[] Buffer)> ReadPartsAsync(
        FileStream file,
        int size,
        int count,
        ConcurrentBag<byte[]> buffers,
        IncrementalHash hash,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var number = 1; number <= count; number++)
        {
            var buffer = buffers.TryTake(out var free) ? free : GC.AllocateUninitializedArray<byte>(size);
            var offset = file.Position;
            var read = await file.ReadAtLeastAsync(buffer, size, throwOnEndOfStream: false, cancellationToken);
            hash.AppendData(buffer, 0, read);
            yield return (new(number, offset, buffer.AsMemory(0, read)), buffer);
        }
    }
}
