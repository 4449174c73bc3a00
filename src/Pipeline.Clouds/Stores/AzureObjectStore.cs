using System.Runtime.CompilerServices;
using Azure;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Stores;

/// <summary>
/// An Azure blob container. Every condition is the service's own, also that of a committed block list; who may read is decided by the
/// container.
/// </summary>
internal sealed class AzureObjectStore(BlobContainerClient container, StoreAddress address) : IObjectStore
{
    private readonly string _prefix = address.Prefix.Length == 0 ? "" : address.Prefix + "/";

    /// <inheritdoc/>
    public string Address { get; } = address.ToString();

    /// <summary>
    /// A client with our HTTP stack and without retries of its own. Credentials: AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY,
    /// AZURE_STORAGE_SAS_TOKEN, then the SDK's chain (environment, workload and managed identity, the az command's login).
    /// </summary>
    public static AzureObjectStore Open(StoreAddress address, Func<string, string?> environment)
    {
        var options = new BlobClientOptions { Transport = new HttpClientTransport(HttpStack.Create()), Retry = { MaxRetries = 0 } };
        var service = address.Endpoint ?? new Uri($"https://{address.Account}.blob.core.windows.net");
        var container = new Uri($"{service.ToString().TrimEnd('/')}/{address.Container}");
        if (address.Anonymous)
        {
            return new(new BlobContainerClient(container, options), address);
        }

        if (environment("AZURE_STORAGE_CONNECTION_STRING") is { Length: > 0 } connection)
        {
            return new(new BlobServiceClient(connection, options).GetBlobContainerClient(address.Container), address);
        }

        if (environment("AZURE_STORAGE_KEY") is { Length: > 0 } key)
        {
            return new(new BlobContainerClient(container, new StorageSharedKeyCredential(address.Account, key), options), address);
        }

        return new(
            environment("AZURE_STORAGE_SAS_TOKEN") is { Length: > 0 } token
                ? new BlobContainerClient(container, new AzureSasCredential(token), options)
                : new BlobContainerClient(container, new DefaultAzureCredential(), options),
            address
        );
    }

    /// <inheritdoc/>
    public Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken) =>
        CallAsync(
            $"looking at '{key}'",
            async () =>
            {
                var head = (await Blob(key).GetPropertiesAsync(null, cancellationToken)).Value;
                Digest? digest = head.Metadata.TryGetValue("sha256", out var hex) && Digest.TryParse(hex, out var known) ? known : null;
                return new ObjectHead(key, head.ContentLength, head.ETag.ToString("H"), digest, head.ContentType, head.CacheControl);
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken) =>
        CallAsync(
            $"reading '{key}'",
            async () =>
            {
                using var answer = (await Blob(key).DownloadStreamingAsync(new BlobDownloadOptions(), cancellationToken)).Value;
                var length = answer.Details.ContentLength;
                if (length > limit)
                {
                    throw new PipelineException(ObjectDiagnostics.TooLarge(Address, key, length, limit));
                }

                var bytes = new byte[length];
                await answer.Content.ReadExactlyAsync(bytes, cancellationToken);
                return new ObjectContent(bytes, answer.Details.ETag.ToString("H"));
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken)
    {
        var request = new BlobDownloadOptions
        {
            Conditions = new BlobRequestConditions { IfMatch = new ETag(tag) },
            Range = new HttpRange(offset),
        };
        try
        {
            return await ConditionalAsync(
                    $"reading '{key}'",
                    async () => new ResponseStream((await Blob(key).DownloadStreamingAsync(request, cancellationToken)).Value.Content),
                    cancellationToken
                ) ?? throw new PipelineException(ObjectDiagnostics.Missing(Address, key));
        }
        catch (ConditionFailedException)
        {
            throw new PipelineException(ObjectDiagnostics.Changed(Address, key));
        }
    }

    /// <inheritdoc/>
    public async Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    )
    {
        var options = new BlobUploadOptions
        {
            HttpHeaders = HeadersOf(headers),
            Metadata = MetadataOf(Digest.Of(content.Span)),
            Conditions = ConditionsOf(condition),
            TransferValidation = Md5(),
            // One request whatever the size: staged blocks of two writers would have the same names and mix.
            TransferOptions = new StorageTransferOptions { InitialTransferSize = int.MaxValue, MaximumTransferSize = int.MaxValue },
        };
        try
        {
            using var stream = S3ObjectStore.StreamOf(content);
            return (
                await ConditionalAsync(
                    $"writing '{key}'",
                    async () => (await Blob(key).UploadAsync(stream, options, cancellationToken)).Value,
                    cancellationToken
                )
            )?.ETag.ToString("H");
        }
        catch (ConditionFailedException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken)
    {
        var conditions = tag is null ? null : new BlobRequestConditions { IfMatch = new ETag(tag) };
        try
        {
            return await ConditionalAsync(
                $"deleting '{key}'",
                () => Blob(key).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions, cancellationToken),
                cancellationToken
            )
                is not null;
        }
        catch (ConditionFailedException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var full = _prefix + ObjectKey.CheckPrefix(prefix);
        string? next = null;
        do
        {
            var page =
                await CallAsync($"listing '{prefix}'", () => PageAsync(full, next, cancellationToken), cancellationToken)
                ?? throw new PipelineException(ObjectDiagnostics.Missing(Address, prefix));
            foreach (var blob in page.Values)
            {
                if (blob.Name?.StartsWith(full, StringComparison.Ordinal) is not true)
                {
                    throw new PipelineException(ObjectDiagnostics.Failed(Address, $"listing '{prefix}'", $"it lists '{blob.Name}'"));
                }

                yield return new(blob.Name[_prefix.Length..], blob.Properties.ContentLength ?? 0);
            }

            next = page.ContinuationToken;
        } while (!string.IsNullOrEmpty(next));
    }

    /// <inheritdoc/>
    public Task<IPartUpload> BeginUploadAsync(string key, Digest digest, ObjectHeaders headers, CancellationToken cancellationToken) =>
        AzurePartUpload.BeginAsync(this, key, Blob(key), digest, headers, cancellationToken);

    /// <summary>Nothing is held between calls.</summary>
    public void Dispose() { }

    internal static BlobHttpHeaders HeadersOf(ObjectHeaders headers) =>
        new() { ContentType = headers.ContentType, CacheControl = headers.CacheControl };

    internal static Dictionary<string, string> MetadataOf(Digest digest) => new(StringComparer.Ordinal) { ["sha256"] = digest.Hex };

    internal static UploadTransferValidationOptions Md5() => new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };

    /// <summary>As the S3 store's: <c>null</c> for what is not there, diagnostics for the rest.</summary>
    internal Task<T?> CallAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
        where T : class => UnconditionalCall.RunAsync(Address, what, () => ConditionalAsync(what, call, cancellationToken));

    /// <summary>As <see cref="CallAsync"/>; <see cref="ConditionFailedException"/> for a condition that does not hold.</summary>
    internal async Task<T?> ConditionalAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode != "ContainerNotFound")
        {
            return null;
        }
        catch (RequestFailedException e) when (e.Status == 412 || (e.Status == 409 && e.ErrorCode == "BlobAlreadyExists"))
        {
            throw new ConditionFailedException();
        }
        catch (RequestFailedException e) when (e.Status is 401 or 403)
        {
            throw new PipelineException(ObjectDiagnostics.Denied(Address, what, e.ErrorCode ?? "forbidden"), e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new PipelineException(ObjectDiagnostics.Denied(Address, what, e.Message.Split('\n')[0]), e);
        }
        catch (RequestFailedException e)
        {
            throw new PipelineException(ObjectDiagnostics.Failed(Address, what, e.ErrorCode ?? e.Message.Split('\n')[0]), e);
        }
#pragma warning disable CA1031 // a vendor's client fails in many ways when a server answers nonsense; all of them are the server's
        catch (Exception e)
            when (e is not PipelineException && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
#pragma warning restore CA1031
        {
            throw new PipelineException(ObjectDiagnostics.Failed(Address, what, e.Message), e);
        }
    }

    private static BlobRequestConditions ConditionsOf(WriteCondition condition) =>
        new() { IfMatch = condition.Tag is { } tag ? new ETag(tag) : null, IfNoneMatch = condition.Absent ? ETag.All : null };

    private async Task<Page<BlobItem>> PageAsync(string prefix, string? next, CancellationToken cancellationToken)
    {
        await foreach (var page in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken).AsPages(next))
        {
            return page;
        }

        return Page<BlobItem>.FromValues([], null, null!);
    }

    private BlockBlobClient Blob(string key) => container.GetBlockBlobClient(_prefix + ObjectKey.Check(key));
}
