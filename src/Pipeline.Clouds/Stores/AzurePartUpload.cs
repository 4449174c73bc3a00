using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Stores;

/// <summary>
/// Blocks whose names hold their own SHA-256, so a later run knows which ones are there without fetching a byte, and writers of other
/// bytes cannot mix. Committing the list is conditional, so the first one wins.
/// </summary>
internal sealed class AzurePartUpload(
    AzureObjectStore store,
    string key,
    BlockBlobClient blob,
    Digest digest,
    ObjectHeaders headers,
    FrozenSet<string> there
) : IPartUpload
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, string> _blocks = new();

    public static async Task<IPartUpload> BeginAsync(
        AzureObjectStore store,
        string key,
        BlockBlobClient blob,
        Digest digest,
        ObjectHeaders headers,
        CancellationToken cancellationToken
    )
    {
        var list = await store.CallAsync(
            $"listing the parts of '{key}'",
            async () => (await blob.GetBlockListAsync(BlockListTypes.Uncommitted, null, null, cancellationToken)).Value,
            cancellationToken
        );
        var names = (list?.UncommittedBlocks ?? []).Select(b => b.Name).ToFrozenSet(StringComparer.Ordinal);
        return new AzurePartUpload(store, key, blob, digest, headers, names);
    }

    public Task<bool> HasPartAsync(UploadPart part, CancellationToken cancellationToken)
    {
        var name = NameOf(part);
        _blocks[part.Number] = name;
        return Task.FromResult(there.Contains(name));
    }

    public async Task PutPartAsync(UploadPart part, CancellationToken cancellationToken)
    {
        var name = NameOf(part);
        using var stream = S3ObjectStore.StreamOf(part.Content);
        var options = new BlockBlobStageBlockOptions { TransferValidation = AzureObjectStore.Md5() };
        await store.CallAsync(
            $"uploading part {part.Number} of '{key}'",
            async () => (await blob.StageBlockAsync(name, stream, options, cancellationToken)).Value,
            cancellationToken
        );
        _blocks[part.Number] = name;
    }

    public async Task<string?> CompleteAsync(int parts, CancellationToken cancellationToken)
    {
        var options = new CommitBlockListOptions
        {
            HttpHeaders = AzureObjectStore.HeadersOf(headers),
            Metadata = AzureObjectStore.MetadataOf(digest),
            Conditions = new BlobRequestConditions { IfNoneMatch = Azure.ETag.All },
        };
        try
        {
            var names = Enumerable.Range(1, parts).Select(n => _blocks[n]);
            return (
                await store.ConditionalAsync(
                    $"completing '{key}'",
                    async () => (await blob.CommitBlockListAsync(names, options, cancellationToken)).Value,
                    cancellationToken
                )
            )?.ETag.ToString("H");
        }
        catch (ConditionFailedException)
        {
            return null;
        }
        catch (Model.Diagnostics.PipelineException e)
            when (e.InnerException is Azure.RequestFailedException { ErrorCode: "InvalidBlockList" })
        {
            // Another writer committed first, which throws the blocks of everyone else away.
            return null;
        }
    }

    /// <summary>Uncommitted blocks cannot be dropped one by one; the service deletes them after a week.</summary>
    public Task AbortAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string NameOf(UploadPart part) =>
        Convert.ToBase64String(
            Encoding.ASCII.GetBytes(part.Number.ToString("D6", CultureInfo.InvariantCulture) + Digest.Of(part.Content.Span).Hex[..40])
        );
}
