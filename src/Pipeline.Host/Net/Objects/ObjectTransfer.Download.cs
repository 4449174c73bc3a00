using System.Security.Cryptography;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

public sealed partial class ObjectTransfer
{
    private const int NoSpace = 28;

    /// <summary>An attempt that brought this much counts as one that worked; a byte at a time would go on for ever.</summary>
    private const int Progress = 1 << 20;

    /// <summary>Downloads an object to a file; the file appears when all of it is there and right.</summary>
    /// <param name="key">Where from.</param>
    /// <param name="path">Where to; replaced. An unfinished download waits beside it for the next run.</param>
    /// <param name="digest">What its bytes must hash to; <c>null</c> trusts the digest the store keeps, if it keeps one.</param>
    /// <param name="size">How large it must be, or <c>null</c>. Checked before anything is fetched.</param>
    /// <param name="onBytes">Called with the number of bytes that arrived, also those from an earlier run.</param>
    /// <param name="cancellationToken">Stops; what arrived is kept.</param>
    /// <exception cref="PipelineException">
    /// PL6012 there is no such object; PL6009 or PL6010 (class 5) its digest or size is not the expected one, also after a second fetch.
    /// </exception>
    public async Task DownloadAsync(
        string key,
        string path,
        Digest? digest,
        long? size,
        Action<long>? onBytes,
        CancellationToken cancellationToken
    )
    {
        for (var fresh = false; ; fresh = true)
        {
            var head =
                await store.HeadAsync(key, cancellationToken) ?? throw new PipelineException(ObjectDiagnostics.Missing(store.Address, key));
            if (size is { } wanted && head.Size != wanted)
            {
                throw new PipelineException(ObjectDiagnostics.WrongSize($"{store.Address}: '{key}'", wanted, head.Size));
            }

            var expected = digest ?? head.Digest;
            var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(directory);
            var partial = Path.Combine(directory, $".{Digest.Of($"{key} {expected?.Hex ?? head.Tag}").Hex[..32]}.part");
            if (fresh)
            {
                File.Delete(partial);
            }

            var actual = await FetchAsync(head, partial, onBytes, cancellationToken);
            if (expected is null || actual == expected)
            {
                File.Move(partial, path, overwrite: true);
                AtomicFile.SyncDirectory(directory);
                return;
            }

            File.Delete(partial);
            if (fresh)
            {
                throw new PipelineException(ObjectDiagnostics.WrongDigest($"{store.Address}: '{key}'", expected.Value, actual));
            }
        }
    }

    private async Task<Digest> FetchAsync(ObjectHead head, string partial, Action<long>? onBytes, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            partial,
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.Read,
            0,
            FileOptions.Asynchronous
        );
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (file.Length > head.Size)
        {
            file.SetLength(0);
        }

        var buffer = new byte[256 * 1024];
        int read;
        while ((read = await file.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        onBytes?.Invoke(file.Length);
        for (var (failures, delay) = (0, options.Retry.FirstDelay); file.Length < head.Size; )
        {
            var before = file.Length;
            try
            {
                await CopyAsync(head, file, hash, buffer, onBytes, cancellationToken);
            }
            catch (Exception e) when ((Retry.IsTransient(e) || e is IOException) && !cancellationToken.IsCancellationRequested)
            {
                (failures, delay) = file.Length - before >= Progress ? (0, options.Retry.FirstDelay) : (failures + 1, delay * 2);
                if (e is IOException && (e.HResult & 0xffff) == NoSpace)
                {
                    throw;
                }

                if (failures >= options.Retry.Attempts)
                {
                    throw e as PipelineException
                        ?? new PipelineException(ObjectDiagnostics.Failed(store.Address, $"reading '{head.Key}'", e.Message), e);
                }

                await Task.Delay(delay, time, cancellationToken);
            }
        }

        file.Flush(flushToDisk: true);
        return Digest.FromHash(hash.GetHashAndReset());
    }

    private async Task CopyAsync(
        ObjectHead head,
        FileStream file,
        IncrementalHash hash,
        byte[] buffer,
        Action<long>? onBytes,
        CancellationToken cancellationToken
    )
    {
        using var stall = new StallClock(options.StallLimit, time, cancellationToken) { Pace = Pace.RateOnly };
        await using var stream = await store.OpenAsync(head.Key, file.Length, head.Tag, cancellationToken);
        int read;
        while ((read = await stall.ReadAsync(stream, buffer)) > 0)
        {
            if (file.Length + read > head.Size)
            {
                throw new PipelineException(ObjectDiagnostics.WrongSize($"{store.Address}: '{head.Key}'", head.Size, file.Length + read));
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            hash.AppendData(buffer, 0, read);
            onBytes?.Invoke(read);
        }

        if (file.Length < head.Size)
        {
            throw new PipelineException(
                ObjectDiagnostics.Failed(store.Address, $"reading '{head.Key}'", $"ended after {file.Length} of {head.Size} bytes")
            );
        }
    }
}
