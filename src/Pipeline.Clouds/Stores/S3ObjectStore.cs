using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Stores;

/// <summary>
/// An S3 bucket, also of other servers with the S3 API. Conditions are the service's own (If-Match, If-None-Match); uploads in parts, which
/// not every server lets depend on one, are ordered by a claim (<see cref="S3PartUpload"/>).
/// </summary>
internal sealed class S3ObjectStore(IAmazonS3 client, StoreAddress address, TimeProvider time) : IObjectStore
{
    private readonly string _prefix = address.Prefix.Length == 0 ? "" : address.Prefix + "/";

    /// <inheritdoc/>
    public string Address { get; } = address.ToString();

    /// <summary>Stands for the tag of an object whose server sends none; no condition holds for it.</summary>
    private const string NoTag = "untagged";

    internal string Bucket => address.Container;

    internal IAmazonS3 Client => client;

    /// <summary>The clock for the age of what the server dates.</summary>
    internal TimeProvider Time => time;

    /// <summary>A client with our HTTP stack and without retries of its own.</summary>
    /// <param name="address">Bucket and options.</param>
    /// <param name="credentials"><c>null</c> for the SDK's chain: environment, profiles, web identity, instance role.</param>
    /// <param name="time">Clock.</param>
    public static S3ObjectStore Open(StoreAddress address, AWSCredentials? credentials, TimeProvider time)
    {
        var configuration = new AmazonS3Config { MaxErrorRetry = 0, HttpClientFactory = new StackFactory() };
        if (address.Endpoint is { } endpoint)
        {
            configuration.ServiceURL = endpoint.ToString();
            configuration.ForcePathStyle = true;
            configuration.AuthenticationRegion = address.Region ?? "us-east-1";
            // Other servers do not support checksum trailers; they check the signature of every chunk instead.
            configuration.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            configuration.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }
        else if (address.Region is { } region)
        {
            configuration.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(region);
        }

        try
        {
            return new(
                credentials is null ? new AmazonS3Client(configuration) : new AmazonS3Client(credentials, configuration),
                address,
                time
            );
        }
        catch (AmazonClientException e)
        {
            throw new PipelineException(ObjectDiagnostics.Denied(address.ToString(), "opening", e.Message), e);
        }
    }

    /// <inheritdoc/>
    public Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken) =>
        CallAsync(
            $"looking at '{key}'",
            async () =>
            {
                var head = await client.GetObjectMetadataAsync(
                    new GetObjectMetadataRequest { BucketName = Bucket, Key = Full(key) },
                    cancellationToken
                );
                Digest? digest = Digest.TryParse(head.Metadata["sha256"], out var known) ? known : null;
                return new ObjectHead(
                    key,
                    head.ContentLength,
                    head.ETag ?? NoTag,
                    digest,
                    head.Headers.ContentType,
                    head.Headers.CacheControl
                );
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken) =>
        ReadAnyAsync(Full(key), key, limit, cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest
        {
            BucketName = Bucket,
            Key = Full(key),
            EtagToMatch = tag,
        };
        if (offset > 0)
        {
            request.ByteRange = new ByteRange(FormattableString.Invariant($"bytes={offset}-"));
        }

        try
        {
            return await ConditionalAsync(
                    $"reading '{key}'",
                    async () => new ResponseStream((await client.GetObjectAsync(request, cancellationToken)).ResponseStream),
                    cancellationToken
                ) ?? throw new PipelineException(ObjectDiagnostics.Missing(Address, key));
        }
        catch (ConditionFailedException)
        {
            throw new PipelineException(ObjectDiagnostics.Changed(Address, key));
        }
    }

    /// <inheritdoc/>
    public Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    ) => WriteAnyAsync(Full(key), key, content, headers, condition, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken) =>
        await HeadAsync(key, cancellationToken) is { } head
        && (tag is null || head.Tag == tag)
        && await DeleteAnyAsync(Full(key), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = Bucket, Prefix = _prefix + ObjectKey.CheckPrefix(prefix) };
        do
        {
            var page =
                await CallAsync($"listing '{prefix}'", () => client.ListObjectsV2Async(request, cancellationToken), cancellationToken)
                ?? throw new PipelineException(ObjectDiagnostics.Missing(Address, prefix));
            foreach (var entry in page.S3Objects ?? [])
            {
                if (!entry.Key.StartsWith(request.Prefix, StringComparison.Ordinal))
                {
                    throw new PipelineException(ObjectDiagnostics.Failed(Address, $"listing '{prefix}'", $"it lists '{entry.Key}'"));
                }

                var key = entry.Key[_prefix.Length..];
                if (!key.StartsWith(ObjectKey.Reserved + "/", StringComparison.Ordinal))
                {
                    yield return new(key, entry.Size ?? 0);
                }
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        } while (request.ContinuationToken is not null);
    }

    /// <inheritdoc/>
    public Task<IPartUpload> BeginUploadAsync(string key, Digest digest, ObjectHeaders headers, CancellationToken cancellationToken)
    {
        Full(key);
        return S3PartUpload.BeginAsync(this, key, digest, headers, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    /// <summary>The key as the bucket knows it.</summary>
    internal string Full(string key) => _prefix + ObjectKey.Check(key);

    /// <summary>A key of our own bookkeeping.</summary>
    internal string Own(string name) => $"{_prefix}{ObjectKey.Reserved}/{name}";

    internal S3CannedACL? AclOf(ObjectHeaders headers) => headers.Public && address.UsesAcl ? S3CannedACL.PublicRead : null;

    internal Task<ObjectContent?> ReadAnyAsync(string fullKey, string key, int limit, CancellationToken cancellationToken) =>
        CallAsync(
            $"reading '{key}'",
            async () =>
            {
                using var response = await client.GetObjectAsync(
                    new GetObjectRequest { BucketName = Bucket, Key = fullKey },
                    cancellationToken
                );
                if (response.ContentLength > limit)
                {
                    throw new PipelineException(ObjectDiagnostics.TooLarge(Address, key, response.ContentLength, limit));
                }

                var bytes = new byte[response.ContentLength];
                await response.ResponseStream.ReadExactlyAsync(bytes, cancellationToken);
                return new ObjectContent(bytes, response.ETag ?? NoTag);
            },
            cancellationToken
        );

    internal async Task<string?> WriteAnyAsync(
        string fullKey,
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    )
    {
        var request = new PutObjectRequest
        {
            BucketName = Bucket,
            Key = fullKey,
            InputStream = StreamOf(content),
            ContentType = headers.ContentType,
            CannedACL = AclOf(headers),
            IfMatch = address.Endpoint is null ? condition.Tag : condition.Tag?.Trim('"'), // Ceph up to 17 compares it with the bare hash
            IfNoneMatch = condition.Absent ? "*" : null,
        };
        request.Metadata["sha256"] = Digest.Of(content.Span).Hex;
        if (headers.CacheControl is { } cache)
        {
            request.Headers.CacheControl = cache;
        }

        try
        {
            // Some servers answer 404 to If-Match on a missing object, which is the same refusal.
            return (
                await ConditionalAsync($"writing '{key}'", () => client.PutObjectAsync(request, cancellationToken), cancellationToken)
            )?.ETag;
        }
        catch (ConditionFailedException)
        {
            return null;
        }
    }

    internal async Task<bool> DeleteAnyAsync(string fullKey, CancellationToken cancellationToken) =>
        await CallAsync(
            $"deleting '{fullKey}'",
            () => client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = fullKey }, cancellationToken),
            cancellationToken
        )
            is not null;

    internal static MemoryStream StreamOf(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var array)
            ? new(array.Array!, array.Offset, array.Count, writable: false)
            : new(content.ToArray(), writable: false);

    /// <summary>Runs a request without a condition; <c>null</c> for what is not there, diagnostics for the rest.</summary>
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
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
        catch (AmazonS3Exception e)
            when (e.StatusCode is HttpStatusCode.PreconditionFailed
                || (e.StatusCode is HttpStatusCode.Conflict && e.ErrorCode is "ConditionalRequestConflict" or "ConcurrentModification")
            )
        {
            throw new ConditionFailedException();
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            throw new PipelineException(ObjectDiagnostics.Denied(Address, what, $"{e.ErrorCode}: {e.Message}"), e);
        }
        catch (AmazonServiceException e)
        {
            throw new PipelineException(
                ObjectDiagnostics.Failed(Address, what, e.ErrorCode is null ? e.Message : $"{e.ErrorCode}: {e.Message}"),
                e
            );
        }
        catch (AmazonClientException e)
        {
            throw new PipelineException(ObjectDiagnostics.Denied(Address, what, e.Message), e);
        }
#pragma warning disable CA1031 // a vendor's client fails in many ways when a server answers nonsense; all of them are the server's
        catch (Exception e)
            when (e is not PipelineException && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
#pragma warning restore CA1031
        {
            throw new PipelineException(ObjectDiagnostics.Failed(Address, what, e.Message), e);
        }
    }

    private sealed class StackFactory : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => HttpStack.Create();

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}

/// <summary>A write depended on something that is not so; an answer, not a failure.</summary>
internal sealed class ConditionFailedException() : Exception("the server says that a condition does not hold");
