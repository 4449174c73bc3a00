using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3.Model;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Stores;

/// <summary>
/// A multipart upload behind a claim: a small private object, made with If-None-Match, that says which bytes are on their way to a key and
/// under which upload id. So two writers of other bytes never both complete, on any server; writers of the same bytes share one
/// upload; and a later run finds the parts of an earlier one. The claim goes away when the object is there. One that nobody went on with
/// for
/// <see cref="Patience"/> gives way to other bytes: its upload is ended first, so its writer, if it resumes, cannot complete any more.
/// </summary>
internal sealed class S3PartUpload : IPartUpload
{
    private const int MostTries = 8;

    /// <summary>
    /// Longest pause of a writer that still runs: a part takes at most the time limit of a request times its tries, some ten minutes; the
    /// rest is for clocks that differ from the server's.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly S3ObjectStore _store;
    private readonly string _key;
    private readonly string _claim;
    private readonly string? _upload;
    private readonly ConcurrentDictionary<int, (string Tag, long Size)> _parts;

    private S3PartUpload(
        S3ObjectStore store,
        string key,
        string claim,
        string? upload,
        ConcurrentDictionary<int, (string Tag, long Size)> parts
    )
    {
        _store = store;
        _key = key;
        _claim = claim;
        _upload = upload;
        _parts = parts;
    }

    public static async Task<IPartUpload> BeginAsync(
        S3ObjectStore store,
        string key,
        Digest digest,
        ObjectHeaders headers,
        CancellationToken cancellationToken
    )
    {
        var claim = store.Own($"claims/{Digest.Of(key).Hex}.json");
        for (var tries = 0; tries < MostTries; tries++)
        {
            var condition = WriteCondition.IfAbsent;
            if (await store.ReadAnyAsync(claim, key, ObjectDocuments.Limit, cancellationToken) is { } there)
            {
                var (theirs, upload) = Read(there);
                var parts = await PartsAsync(store, key, upload, cancellationToken);
                if (parts is not null && theirs == digest)
                {
                    return new S3PartUpload(store, key, claim, upload, parts.Value.Parts);
                }

                if (parts is not null)
                {
                    await EndAsync(store, key, claim, (theirs, digest), upload, parts.Value.Newest, cancellationToken);
                }

                // Of several that take over, the one whose condition holds; also from someone who completed and was killed before dropping
                // the claim.
                condition = WriteCondition.IfTag(there.Tag);
            }

            if (await ClaimAsync(store, key, claim, digest, headers, condition, cancellationToken) is { } made)
            {
                return made;
            }
        }

        throw new PipelineException(ObjectDiagnostics.Contended(store.Address, key, MostTries));
    }

    public Task<bool> HasPartAsync(UploadPart part, CancellationToken cancellationToken) =>
        Task.FromResult(
            _upload is null
                || (
                    _parts.TryGetValue(part.Number, out var there)
                    && there.Size == part.Content.Length
                    && there.Tag.Trim('"') == Md5(part.Content.Span)
                )
        );

    public async Task PutPartAsync(UploadPart part, CancellationToken cancellationToken)
    {
        var request = new UploadPartRequest
        {
            BucketName = _store.Bucket,
            Key = _store.Full(_key),
            UploadId = _upload,
            PartNumber = part.Number,
            InputStream = S3ObjectStore.StreamOf(part.Content),
            PartSize = part.Content.Length,
        };
        var response = await _store.CallAsync(
            $"uploading part {part.Number} of '{_key}'",
            () => _store.Client.UploadPartAsync(request, cancellationToken),
            cancellationToken
        );

        // Without an answer the upload has ended meanwhile; completing shows how.
        _parts[part.Number] = (response?.ETag ?? "", part.Content.Length);
    }

    public async Task<string?> CompleteAsync(int parts, CancellationToken cancellationToken)
    {
        if (_upload is null)
        {
            return null;
        }

        var request = new CompleteMultipartUploadRequest
        {
            BucketName = _store.Bucket,
            Key = _store.Full(_key),
            UploadId = _upload,
            PartETags = [.. Enumerable.Range(1, parts).Select(n => new PartETag(n, _parts[n].Tag))],
            IfNoneMatch = "*",
        };
        string? tag;
        try
        {
            tag = (
                await _store.ConditionalAsync(
                    $"completing '{_key}'",
                    () => _store.Client.CompleteMultipartUploadAsync(request, cancellationToken),
                    cancellationToken
                )
            )?.ETag;
        }
        catch (ConditionFailedException)
        {
            tag = null;
            await DropAsync(cancellationToken);
        }
        catch (PipelineException e) when (e.Exit == ExitClass.OutsideWorld)
        {
            // Ceph goes on calling a completion "in progress" after another writer of the same bytes has completed.
            if (await _store.HeadAsync(_key, cancellationToken) is null)
            {
                throw;
            }

            tag = null;
        }

        await DropClaimAsync(cancellationToken);
        return tag;
    }

    public async Task AbortAsync(CancellationToken cancellationToken)
    {
        if (_upload is not null)
        {
            await DropAsync(cancellationToken);
            await DropClaimAsync(cancellationToken);
        }
    }

    /// <summary>Ends an upload of other bytes that nobody goes on with.</summary>
    /// <exception cref="PipelineException">PL6014: somebody may.</exception>
    private static async Task EndAsync(
        S3ObjectStore store,
        string key,
        string claim,
        (Digest Theirs, Digest Ours) digests,
        string upload,
        DateTimeOffset newest,
        CancellationToken cancellationToken
    )
    {
        var head = await store.CallAsync(
            $"looking at the claim of '{key}'",
            () =>
                store.Client.GetObjectMetadataAsync(
                    new GetObjectMetadataRequest { BucketName = store.Bucket, Key = claim },
                    cancellationToken
                ),
            cancellationToken
        );
        var claimed = head?.LastModified is { } time ? new DateTimeOffset(time.ToUniversalTime()) : DateTimeOffset.MinValue;
        var alive = claimed > newest ? claimed : newest;
        if (store.Time.GetUtcNow() < alive + Patience)
        {
            throw new PipelineException(ObjectDiagnostics.Claimed(store.Address, key, digests.Theirs, digests.Ours, alive, Patience));
        }

        await DropAsync(store, key, upload, cancellationToken);
    }

    private static async Task<IPartUpload?> ClaimAsync(
        S3ObjectStore store,
        string key,
        string claim,
        Digest digest,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    )
    {
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = store.Bucket,
            Key = store.Full(key),
            ContentType = headers.ContentType,
            CannedACL = store.AclOf(headers),
        };
        request.Metadata["sha256"] = digest.Hex;
        if (headers.CacheControl is { } cache)
        {
            request.Headers.CacheControl = cache;
        }

        var begun =
            await store.CallAsync(
                $"beginning the upload of '{key}'",
                () => store.Client.InitiateMultipartUploadAsync(request, cancellationToken),
                cancellationToken
            ) ?? throw new PipelineException(ObjectDiagnostics.Missing(store.Address, key));
        if (begun.UploadId is null)
        {
            throw new PipelineException(
                ObjectDiagnostics.Failed(store.Address, $"beginning the upload of '{key}'", "the server names none")
            );
        }

        var made = new S3PartUpload(store, key, claim, begun.UploadId, new());
        var text = JsonTextWriter.Write(
            new JsonTextObject([
                new("key", new JsonTextString(key)),
                new("sha256", new JsonTextString(digest.Hex)),
                new("upload", new JsonTextString(begun.UploadId)),
            ]),
            JsonStyle.Pretty
        );
        if (
            await store.WriteAnyAsync(claim, key, Encoding.UTF8.GetBytes(text), ObjectHeaders.Private, condition, cancellationToken) is null
        )
        {
            await made.DropAsync(cancellationToken);
            return null;
        }

        // Whoever had the claim before may have completed since the caller looked.
        if (await store.HeadAsync(key, cancellationToken) is null)
        {
            return made;
        }

        await made.AbortAsync(cancellationToken);
        return new S3PartUpload(store, key, claim, null, new());
    }

    private static (Digest Digest, string Upload) Read(ObjectContent claim)
    {
        var node = JsonText.Parse("claim", claim.Bytes, new DiagnosticBag()) as JsonTextObject;
        return Digest.TryParse((node?.Find("sha256") as JsonTextString)?.Value, out var digest)
            ? (digest, (node!.Find("upload") as JsonTextString)?.Value ?? "none")
            : (default, "none");
    }

    /// <summary>The parts of an upload and when the newest came; <c>null</c> when it has ended.</summary>
    private static async Task<(ConcurrentDictionary<int, (string Tag, long Size)> Parts, DateTimeOffset Newest)?> PartsAsync(
        S3ObjectStore store,
        string key,
        string upload,
        CancellationToken cancellationToken
    )
    {
        var parts = new ConcurrentDictionary<int, (string Tag, long Size)>();
        var newest = DateTimeOffset.MinValue;
        var request = new ListPartsRequest
        {
            BucketName = store.Bucket,
            Key = store.Full(key),
            UploadId = upload,
        };
        while (true)
        {
            if (
                await store.CallAsync(
                    $"listing the parts of '{key}'",
                    () => store.Client.ListPartsAsync(request, cancellationToken),
                    cancellationToken
                )
                is not { } page
            )
            {
                return null;
            }

            foreach (var part in page.Parts ?? [])
            {
                parts[part.PartNumber ?? 0] = (part.ETag, part.Size ?? 0);
                newest = part.LastModified is { } time && time.ToUniversalTime() > newest ? time.ToUniversalTime() : newest;
            }

            if (page.IsTruncated != true)
            {
                return (parts, newest);
            }

            request.PartNumberMarker = page.NextPartNumberMarker?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Only our own: after a long pause another writer may have taken it over.</summary>
    private async Task DropClaimAsync(CancellationToken cancellationToken)
    {
        if (await _store.ReadAnyAsync(_claim, _key, ObjectDocuments.Limit, cancellationToken) is { } there && Read(there).Upload == _upload)
        {
            await _store.DeleteAnyAsync(_claim, cancellationToken);
        }
    }

    private Task<AbortMultipartUploadResponse?> DropAsync(CancellationToken cancellationToken) =>
        DropAsync(_store, _key, _upload!, cancellationToken);

    private static Task<AbortMultipartUploadResponse?> DropAsync(
        S3ObjectStore store,
        string key,
        string upload,
        CancellationToken cancellationToken
    ) =>
        store.CallAsync(
            $"giving up '{key}'",
            () =>
                store.Client.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest
                    {
                        BucketName = store.Bucket,
                        Key = store.Full(key),
                        UploadId = upload,
                    },
                    cancellationToken
                ),
            cancellationToken
        );

#pragma warning disable CA5351 // S3 tags a part with its MD5; the SHA-256 of the whole is what is trusted
    private static string Md5(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
}
