using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Stores;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary>A push whose n-th request goes wrong on the wire, for every n, below the vendors' own clients.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StoreWireTests : IDisposable
{
    private const string Id = "43.20260901.3.0";
    private const string Before = "43.20260801.3.0";
    private static readonly string[] Old = [Before];
    private static readonly string[] New = [Id, Before];
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(300_000)]
    public async Task Of_a_push_to_a_bucket_that_fails_anywhere_documents_are_whole_and_a_rerun_completes(
        [Values] StoreFault fault,
        CancellationToken cancellationToken
    )
    {
        using var bucket = await StoreServers.BucketAsync();
        await using var proxy = new FaultyProxy(new(bucket.Client.Config.ServiceURL));
        await EverywhereAsync(
            proxy,
            fault,
            StoreServers.Again(bucket, TimeProvider.System, proxy.Address),
            bucket,
            least: 14,
            cancellationToken
        );
    }

    [Test, CancelAfter(300_000)]
    public async Task Of_a_push_to_a_container_that_fails_anywhere_documents_are_whole_and_a_rerun_completes(
        [Values] StoreFault fault,
        CancellationToken cancellationToken
    )
    {
        var (container, address) = await StoreServers.ContainerAsync();
        await using var proxy = new FaultyProxy(address.Endpoint!);
        await EverywhereAsync(proxy, fault, StoreServers.Again(address, proxy.Address), container, least: 11, cancellationToken);
    }

    private async Task EverywhereAsync(
        FaultyProxy proxy,
        StoreFault fault,
        IObjectStore through,
        IObjectStore straight,
        int least,
        CancellationToken cancellationToken
    )
    {
        var builds = await TestBuild.MakeAsync(
            new BuildStore(new WorkDirectory(_directory.File("work")), TimeProvider.System),
            Id,
            Arch.X86_64,
            metal: 100_000
        );
        using var owned = through;
        using var reference = straight;
        for (var n = 1; ; n++)
        {
            // One store for all: what an earlier n left is another folder's.
            var there = new FolderOfStore(straight, $"{n}");
            await there.WriteAsync(
                "builds/builds.json",
                Encoding.UTF8.GetBytes(
                    $$"""{"schema-version":"1.0.0","builds":[{"id":"{{Before}}","arches":["x86_64"]}],"timestamp":"2026-08-01T00:00:00Z"}"""
                ),
                ObjectHeaders.BuildDocument,
                WriteCondition.IfAbsent,
                cancellationToken
            );
            proxy.Arm(n, fault);
            using var impatient = new ReliableObjectStore(
                new FolderOfStore(through, $"{n}"),
                new Retry(1, TimeSpan.FromMilliseconds(1)),
                TimeSpan.FromSeconds(fault == StoreFault.Stalls ? 0.4 : 20),
                TimeProvider.System
            );
            var failure = await FailureAsync(builds, impatient, cancellationToken);
            var hit = proxy.Requests >= n;
            Assert.That(failure?.Exit, Is.Null.Or.EqualTo(ExitClass.OutsideWorld), $"request {n}: {failure?.Message}");
            var index = await IndexAsync(there, cancellationToken);
            Assert.That(index, Is.EqualTo(Old).Or.EqualTo(New), $"request {n}");
            if (index.Length == New.Length || failure is null)
            {
                await RequireWholeAsync(there, cancellationToken);
            }

            proxy.Arm(0, fault);
            using var patient = new ReliableObjectStore(
                new FolderOfStore(through, $"{n}"),
                new Retry(3, TimeSpan.FromMilliseconds(20)),
                TimeSpan.FromSeconds(60),
                TimeProvider.System
            );
            await TransferRuns.PushAsync(builds, patient, new(Id, [Arch.X86_64], ["metal"]), cancellationToken);
            Assert.That(await IndexAsync(there, cancellationToken), Is.EqualTo(New), $"request {n}");
            await RequireWholeAsync(there, cancellationToken);
            if (!hit)
            {
                Assert.That(n, Is.GreaterThan(least), "the push was shorter than it can be");
                return;
            }
        }
    }

    private static async Task<PipelineException?> FailureAsync(BuildStore builds, IObjectStore store, CancellationToken cancellationToken)
    {
        try
        {
            await TransferRuns.PushAsync(builds, store, new(Id, [Arch.X86_64], ["metal"]), cancellationToken);
            return null;
        }
        catch (PipelineException e)
        {
            return e;
        }
    }

    private static async Task<string[]> IndexAsync(IObjectStore store, CancellationToken cancellationToken) =>
        [
            .. BuildIndex
                .Parse("builds.json", (await store.ReadAsync("builds/builds.json", 10_000, cancellationToken))!.Bytes)
                .Builds.Select(b => b.Id),
        ];

    /// <summary>meta.json is there whole, and each file it names with the very bytes.</summary>
    private static async Task RequireWholeAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        var meta = (await store.ReadAsync($"builds/{Id}/x86_64/meta.json", 10_000, cancellationToken))!;
        foreach (var artifact in RemoteBuilds.Artifacts("meta.json", RemoteBuilds.Parse("meta.json", meta.Bytes)))
        {
            var head = (await store.HeadAsync($"builds/{Id}/x86_64/{artifact.Path}", cancellationToken))!;
            Assert.That(
                await new ObjectTransfer(store, TransferRuns.Options, TimeProvider.System).DigestOfAsync(
                    head with
                    {
                        Digest = null,
                    },
                    cancellationToken
                ),
                Is.EqualTo(artifact.Digest)
            );
        }
    }

    /// <summary>A folder of a store as a store.</summary>
    private sealed class FolderOfStore(IObjectStore store, string folder) : IObjectStore
    {
        public string Address => $"{store.Address}/{folder}";

        public Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken) =>
            Moved(store.HeadAsync(Full(key), cancellationToken), key);

        public Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken) =>
            store.ReadAsync(Full(key), limit, cancellationToken);

        public Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken) =>
            store.OpenAsync(Full(key), offset, tag, cancellationToken);

        public Task<string?> WriteAsync(
            string key,
            ReadOnlyMemory<byte> content,
            ObjectHeaders headers,
            WriteCondition condition,
            CancellationToken cancellationToken
        ) => store.WriteAsync(Full(key), content, headers, condition, cancellationToken);

        public Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken) =>
            store.DeleteAsync(Full(key), tag, cancellationToken);

        public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IPartUpload> BeginUploadAsync(string key, Digest digest, ObjectHeaders headers, CancellationToken cancellationToken) =>
            store.BeginUploadAsync(Full(key), digest, headers, cancellationToken);

        public void Dispose() { }

        private string Full(string key) => $"{folder}/{key}";

        private static async Task<ObjectHead?> Moved(Task<ObjectHead?> head, string key) =>
            await head is { } h ? h with { Key = key } : null;
    }
}
