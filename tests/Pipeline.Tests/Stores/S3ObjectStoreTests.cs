using System.Net;
using System.Text;
using Amazon.Runtime;
using Pipeline.Clouds.Stores;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>The promises of a store, kept by a real S3 server.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class S3ObjectStoreTests : ObjectStoreContract
{
    // The test server takes small parts; real ones want 5 MiB.
    protected override ByteSize PartSize => ByteSize.FromKiB(256);

    protected override async Task<IObjectStore> OpenAsync() => await StoreServers.BucketAsync("prod/streams");

    [Test, CancelAfter(60_000)]
    public async Task A_public_object_is_readable_by_everyone_and_a_private_one_by_no_one(CancellationToken cancellationToken)
    {
        using var store = await StoreServers.BucketAsync();
        await store.WriteAsync("open.json", "{}"u8.ToArray(), ObjectHeaders.StreamDocument, WriteCondition.IfAbsent, cancellationToken);
        await store.WriteAsync("shut.json", "{}"u8.ToArray(), ObjectHeaders.Private, WriteCondition.IfAbsent, cancellationToken);
        using var http = HttpStack.Create();
        var root = $"{store.Client.Config.ServiceURL}{store.Bucket}";

        using var open = await http.GetAsync(new Uri($"{root}/open.json"), cancellationToken);
        using var shut = await http.GetAsync(new Uri($"{root}/shut.json"), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((open.StatusCode, open.Headers.CacheControl?.ToString()), Is.EqualTo((HttpStatusCode.OK, "max-age=60")));
            Assert.That(shut.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_wrong_secret_is_a_privilege_problem_that_is_not_retried(CancellationToken cancellationToken)
    {
        using var good = await StoreServers.BucketAsync();
        using var store = S3ObjectStore.Open(
            StoreAddress.Parse($"s3://{good.Bucket}?endpoint={good.Client.Config.ServiceURL}", "/"),
            new BasicAWSCredentials(TestKit.RadosGateway.AccessKey, "wrong"),
            TimeProvider.System
        );

        var e = (await Assert.ThrowsAsync<PipelineException>(() => store.ReadAsync("x", 10, cancellationToken)))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.MissingTool));
            Assert.That(e.Message, Does.Contain("SignatureDoesNotMatch").And.Not.Contain("wrong"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_missing_bucket_is_another_error_than_a_missing_object(CancellationToken cancellationToken)
    {
        using var good = await StoreServers.BucketAsync();
        using var store = S3ObjectStore.Open(
            StoreAddress.Parse($"s3://none-{good.Bucket[..8]}?endpoint={good.Client.Config.ServiceURL}", "/"),
            new BasicAWSCredentials(TestKit.RadosGateway.AccessKey, TestKit.RadosGateway.SecretKey),
            TimeProvider.System
        );

        Assert.That(
            (await Assert.ThrowsAsync<PipelineException>(() => store.ReadAsync("x", 10, cancellationToken)))!.Message,
            Does.Contain("NoSuchBucket")
        );
    }

    [Test, CancelAfter(120_000)]
    public async Task A_finished_upload_leaves_no_bookkeeping_behind(CancellationToken cancellationToken)
    {
        using var store = await StoreServers.BucketAsync();
        var (path, digest) = MakeFile("f", 6 * 1024 * 1024, 1);
        await new ObjectTransfer(store, TransferOptions.Default with { PartSize = PartSize }, TimeProvider.System).UploadAsync(
            "os.raw",
            path,
            digest,
            ObjectHeaders.Immutable,
            null,
            cancellationToken
        );

        var all = await store.Client.ListObjectsV2Async(new() { BucketName = store.Bucket }, cancellationToken);
        var unfinished = await store.Client.ListMultipartUploadsAsync(
            new Amazon.S3.Model.ListMultipartUploadsRequest { BucketName = store.Bucket },
            cancellationToken
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.S3Objects.Select(o => o.Key), Is.EqualTo(["os.raw"]));
            Assert.That(unfinished.MultipartUploads ?? [], Is.Empty);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task An_upload_that_nobody_goes_on_with_gives_way_to_other_bytes(CancellationToken cancellationToken)
    {
        using var store = await StoreServers.BucketAsync();
        using var later = StoreServers.Again(
            store,
            new UpdateServer.StandingClock(TimeProvider.System.GetUtcNow() + S3PartUpload.Patience + TimeSpan.FromMinutes(1))
        );
        var (path, digest) = MakeFile("f", 6 * 1024 * 1024, 1);
        var dead = await store.BeginUploadAsync("os.raw", Digest.Of("else"), ObjectHeaders.Immutable, cancellationToken);
        await dead.PutPartAsync(new(1, 0, new byte[10]), cancellationToken);
        async Task<UploadOutcome> Upload(S3ObjectStore to) =>
            await new ObjectTransfer(to, TransferOptions.Default with { PartSize = PartSize }, TimeProvider.System).UploadAsync(
                "os.raw",
                path,
                digest,
                ObjectHeaders.Immutable,
                null,
                cancellationToken
            );

        var early = (await Assert.ThrowsAsync<PipelineException>(async () => await Upload(store)))!;
        var taken = await Upload(later);
        await dead.PutPartAsync(new(2, 10, new byte[10]), cancellationToken);
        var woken = await dead.CompleteAsync(2, cancellationToken);
        var all = await store.Client.ListObjectsV2Async(new() { BucketName = store.Bucket }, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((early.Exit, early.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL6014")));
            Assert.That(taken, Is.EqualTo(UploadOutcome.Uploaded));
            Assert.That(woken, Is.Null, "its upload was ended");
            Assert.That((await store.HeadAsync("os.raw", cancellationToken))!.Digest, Is.EqualTo(digest));
            Assert.That(all.S3Objects.Select(o => o.Key), Is.EqualTo(["os.raw"]), "and no claim is left");
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_claim_without_an_upload_holds_nobody_up(CancellationToken cancellationToken)
    {
        using var store = await StoreServers.BucketAsync();
        await store.WriteAnyAsync(
            store.Own($"claims/{Digest.Of("os.raw").Hex}.json"),
            "os.raw",
            "garbage"u8.ToArray(),
            ObjectHeaders.Private,
            WriteCondition.IfAbsent,
            cancellationToken
        );
        var (path, digest) = MakeFile("f", 6 * 1024 * 1024, 1);

        Assert.That(
            await new ObjectTransfer(store, TransferOptions.Default with { PartSize = PartSize }, TimeProvider.System).UploadAsync(
                "os.raw",
                path,
                digest,
                ObjectHeaders.Immutable,
                null,
                cancellationToken
            ),
            Is.EqualTo(UploadOutcome.Uploaded)
        );
    }

    [Test, CancelAfter(120_000)]
    public async Task Files_of_other_tools_are_recognised_by_their_bytes(CancellationToken cancellationToken)
    {
        using var store = await StoreServers.BucketAsync();
        var (path, digest) = MakeFile("f", 1000, 1);
        var (other, otherDigest) = MakeFile("g", 1000, 2);
        await store.Client.PutObjectAsync(
            new()
            {
                BucketName = store.Bucket,
                Key = "os.raw",
                FilePath = path,
                UseChunkEncoding = true,
            },
            cancellationToken
        );
        var transfer = new ObjectTransfer(store, TransferOptions.Default, TimeProvider.System);

        Assert.That(
            await transfer.UploadAsync("os.raw", path, digest, ObjectHeaders.Immutable, null, cancellationToken),
            Is.EqualTo(UploadOutcome.AlreadyThere)
        );
        Assert.That(
            (
                await Assert.ThrowsAsync<PipelineException>(() =>
                    transfer.UploadAsync("os.raw", other, otherDigest, ObjectHeaders.Immutable, null, cancellationToken)
                )
            )!.Exit,
            Is.EqualTo(ExitClass.Refused)
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task The_address_opens_a_store_with_the_credentials_of_the_environment(CancellationToken cancellationToken)
    {
        using var bucket = await StoreServers.BucketAsync();
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", TestKit.RadosGateway.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", TestKit.RadosGateway.SecretKey);
        using var store = ObjectStores.Open(
            StoreAddress.Parse($"s3://{bucket.Bucket}/a?endpoint={bucket.Client.Config.ServiceURL}", "/"),
            _ => null,
            TimeProvider.System
        );

        await store.WriteAsync("doc", "x"u8.ToArray(), ObjectHeaders.Private, WriteCondition.IfAbsent, cancellationToken);

        Assert.That(Encoding.UTF8.GetString((await bucket.ReadAsync("a/doc", 10, cancellationToken))!.Bytes.Span), Is.EqualTo("x"));
    }
}
