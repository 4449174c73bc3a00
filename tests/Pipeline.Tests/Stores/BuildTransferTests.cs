using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Transfers;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary>Pushing, fetching and pruning builds, against a store that does what it wants.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BuildTransferTests : IDisposable
{
    private const string Id = "43.20260901.3.0";
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalObjectStore _store;

    public BuildTransferTests() => _store = new(_directory.File("store"));

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task A_pushed_build_is_fetched_byte_for_byte(CancellationToken cancellationToken)
    {
        var here = await MakeBuildAsync("here", Arch.X86_64);
        var pushed = await TransferRuns.PushAsync(here, _store, new(Id, [Arch.X86_64], []), cancellationToken);
        var there = Builds("there");
        var (id, fetched) = await TransferRuns.FetchAsync(there, _store, new(null, [], [], true), cancellationToken);
        var again = await TransferRuns.FetchAsync(there, _store, new(null, [], [], true), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(id, Is.EqualTo(Id));
            Assert.That(
                pushed.Select(s => $"{s.Action} {s.Key}"),
                Is.EqualTo([
                    $"upload builds/{Id}/x86_64/os-{Id}-metal.x86_64.raw",
                    $"upload builds/{Id}/x86_64/os-{Id}-qemu.x86_64.qcow2",
                    $"upload builds/{Id}/x86_64/commitmeta.json",
                    $"write builds/{Id}/x86_64/meta.json",
                    "write builds/builds.json",
                ])
            );
            Assert.That(Files(there, Arch.X86_64), Is.EqualTo(Files(here, Arch.X86_64)));
            Assert.That(fetched.Count(s => s.Action == "download"), Is.EqualTo(3));
            Assert.That(again.Steps.Where(s => s.Action != "keep"), Is.Empty);
            Assert.That((await there.ReadIndexAsync(cancellationToken)).Builds.Select(b => b.Id), Is.EqualTo([Id]));
            Assert.That(
                (await _store.HeadAsync($"builds/{Id}/x86_64/meta.json", cancellationToken))!.CacheControl,
                Is.EqualTo("max-age=300")
            );
            Assert.That(
                (await _store.HeadAsync($"builds/{Id}/x86_64/commitmeta.json", cancellationToken))!.CacheControl,
                Is.EqualTo("max-age=31536000")
            );
        }
    }

    [Test, CancelAfter(300_000)]
    public async Task A_push_that_dies_anywhere_leaves_whole_documents_and_a_rerun_completes(
        [Values] StoreFault fault,
        CancellationToken cancellationToken
    )
    {
        for (var n = 1; ; n++)
        {
            using var store = new LocalObjectStore(_directory.File($"store-{n}"));
            var here = await MakeBuildAsync($"here-{n}", Arch.X86_64);
            await store.WriteAsync(
                "builds/builds.json",
                """
                {"schema-version":"1.0.0","builds":[{"id":"43.20260801.3.0","arches":["x86_64"]}],
                "timestamp":"2026-08-01T00:00:00Z"}
                """u8.ToArray(),
                ObjectHeaders.BuildDocument,
                WriteCondition.IfAbsent,
                cancellationToken
            );
            var dying = new FaultyObjectStore(store, n, fault, forEver: true);
            var died = await DiesAsync(here, dying, cancellationToken);
            var index = BuildIndex.Parse("builds.json", (await store.ReadAsync("builds/builds.json", 10_000, cancellationToken))!.Bytes);
            if (index.Builds.Any(b => b.Id == Id))
            {
                await RequireWholeAsync(store, here, cancellationToken);
            }

            await TransferRuns.PushAsync(here, store, new(Id, [Arch.X86_64], []), cancellationToken);
            await RequireWholeAsync(store, here, cancellationToken);
            Assert.That(
                BuildIndex
                    .Parse("builds.json", (await store.ReadAsync("builds/builds.json", 10_000, cancellationToken))!.Bytes)
                    .Builds.Select(b => b.Id),
                Is.EqualTo([Id, "43.20260801.3.0"])
            );
            if (!died)
            {
                Assert.That(n, Is.GreaterThan(10));
                return;
            }
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Two_hosts_push_their_architectures_at_once_and_none_is_lost(CancellationToken cancellationToken)
    {
        var intel = await MakeBuildAsync("intel", Arch.X86_64);
        var arm = await MakeBuildAsync("arm", Arch.Aarch64);
        await Task.WhenAll(
            TransferRuns.PushAsync(intel, _store, new(Id, [Arch.X86_64], []), cancellationToken),
            TransferRuns.PushAsync(arm, _store, new(Id, [Arch.Aarch64], []), cancellationToken)
        );

        var (_, steps) = await TransferRuns.FetchAsync(Builds("there"), _store, new(Id, [], ["qemu"], false), cancellationToken);
        Assert.That(steps.Count(s => s.Action == "download" && s.Key.EndsWith(".qcow2", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [Test, CancelAfter(60_000)]
    public async Task Two_hosts_push_other_artifacts_of_one_build_and_meta_has_both(CancellationToken cancellationToken)
    {
        var here = await MakeBuildAsync("here", Arch.X86_64);
        await TransferRuns.PushAsync(here, _store, new(Id, [Arch.X86_64], ["qemu"]), cancellationToken);
        var first = Text(await _store.ReadAsync($"builds/{Id}/x86_64/meta.json", 10_000, cancellationToken));
        await TransferRuns.PushAsync(here, _store, new(Id, [Arch.X86_64], ["metal"]), cancellationToken);
        var second = Text(await _store.ReadAsync($"builds/{Id}/x86_64/meta.json", 10_000, cancellationToken));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Does.Contain("\"qemu\"").And.Not.Contain("\"metal\""), "what is not in the store is not promised");
            Assert.That(second, Does.Contain("\"qemu\"").And.Contain("\"metal\""));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Another_build_of_the_same_name_is_refused_before_anything_is_sent(CancellationToken cancellationToken)
    {
        await TransferRuns.PushAsync(await MakeBuildAsync("here", Arch.X86_64), _store, new(Id, [Arch.X86_64], []), cancellationToken);
        var before = Snapshot();
        var other = await MakeBuildAsync("other", Arch.X86_64, seed: "other");

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                TransferRuns.PushAsync(other, _store, new(Id, [Arch.X86_64], []), cancellationToken)
            )
        )!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL6024")));
            Assert.That(Snapshot(), Is.EqualTo(before));
        }
    }

    [TestCase("../../etc/passwd"), TestCase("/etc/passwd"), TestCase("a/b"), TestCase(".hidden"), TestCase("a\\u0000b")]
    public async Task A_path_that_leaves_the_build_is_refused(string path)
    {
        var meta = $$$$"""{"buildid":"{{{{Id}}}}","images":{"qemu":{"path":"{{{{path}}}}","sha256":"{{{{new string('0', 64)}}}}"}}}""";
        await _store.WriteAsync(
            $"builds/{Id}/x86_64/meta.json",
            Encoding.UTF8.GetBytes(meta),
            ObjectHeaders.BuildDocument,
            WriteCondition.Always,
            CancellationToken.None
        );
        await _store.WriteAsync(
            "builds/builds.json",
            Encoding.UTF8.GetBytes($$"""{"builds":[{"id":"{{Id}}","arches":["x86_64"]}]}"""),
            ObjectHeaders.BuildDocument,
            WriteCondition.Always,
            CancellationToken.None
        );

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                TransferRuns.FetchAsync(Builds("there"), _store, new(Id, [], [], true), CancellationToken.None)
            )
        )!;
        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL6020")));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_changed_artifact_is_not_fetched(CancellationToken cancellationToken)
    {
        await TransferRuns.PushAsync(await MakeBuildAsync("here", Arch.X86_64), _store, new(Id, [Arch.X86_64], []), cancellationToken);
        var file = Path.Combine(_directory.File("store"), $"builds/{Id}/x86_64/os-{Id}-qemu.x86_64.qcow2");
        var bytes = await File.ReadAllBytesAsync(file, cancellationToken);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, cancellationToken);
        var there = Builds("there");

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                TransferRuns.FetchAsync(there, _store, new(Id, [], ["qemu"], false), cancellationToken)
            )
        )!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL6009")));
            Assert.That((await there.ReadIndexAsync(cancellationToken)).Builds, Is.Empty);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_dry_run_changes_nothing(CancellationToken cancellationToken)
    {
        var here = await MakeBuildAsync("here", Arch.X86_64);
        var steps = await TransferRuns.PushAsync(here, _store, new(Id, [Arch.X86_64], []), cancellationToken, dryRun: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(steps, Has.Count.EqualTo(5));
            Assert.That(Snapshot(), Is.Empty);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Pruning_spares_the_newest_and_the_released_and_a_rerun_completes_it(CancellationToken cancellationToken)
    {
        foreach (var (day, i) in ((string, int)[])[("20260101", 0), ("20260201", 1), ("20260301", 2), ("20260401", 3)])
        {
            var here = await MakeBuildAsync($"h{i}", Arch.X86_64, id: $"43.{day}.3.0");
            await TransferRuns.PushAsync(here, _store, new($"43.{day}.3.0", [Arch.X86_64], []), cancellationToken);
        }

        await _store.WriteAsync(
            "releases.json",
            """
            {"releases":[{"commits":[],"version":"43.20260101.3.0","metadata":"https://example.com/r"}],
            "metadata":{"last-modified":"2026-01-01T00:00:00Z"},"stream":"stable"}
            """u8.ToArray(),
            ObjectHeaders.BuildDocument,
            WriteCondition.Always,
            cancellationToken
        );
        var request = new PruneRequest(1, null);
        var dying = new FaultyObjectStore(_store, 9, StoreFault.Fails, forEver: true);
        await Assert.CatchAsync(() => TransferRuns.PruneAsync(dying, request, cancellationToken));
        Assert.That(Snapshot().Count(k => k.Contains("20260201", StringComparison.Ordinal)), Is.GreaterThan(0), "it died in between");
        await TransferRuns.PruneAsync(_store, request, cancellationToken);

        var index = BuildIndex.Parse("builds.json", (await _store.ReadAsync("builds/builds.json", 10_000, cancellationToken))!.Bytes);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(index.Builds.Select(b => b.Id), Is.EqualTo(["43.20260401.3.0", "43.20260101.3.0"]));
            Assert.That(index.Tombstones, Is.EqualTo(["43.20260301.3.0", "43.20260201.3.0"]));
            Assert.That(
                Snapshot().Where(k => k.Contains("20260201", StringComparison.Ordinal) || k.Contains("20260301", StringComparison.Ordinal)),
                Is.Empty
            );
            Assert.That(Snapshot().Count(k => k.Contains("20260101", StringComparison.Ordinal)), Is.EqualTo(4));
            Assert.That(
                (
                    await Assert.ThrowsAsync<PipelineException>(async () =>
                        await TransferRuns.PushAsync(
                            await MakeBuildAsync("h9", Arch.X86_64, id: "43.20260201.3.0"),
                            _store,
                            new("43.20260201.3.0", [Arch.X86_64], []),
                            cancellationToken
                        )
                    )
                )!
                    .Diagnostics[0]
                    .Code,
                Is.EqualTo("PL6027")
            );
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_build_goes_to_a_real_bucket_and_back(CancellationToken cancellationToken)
    {
        using var bucket = new ReliableObjectStore(
            await StoreServers.BucketAsync("prod/streams/stable"),
            Retry.Default,
            TimeSpan.FromSeconds(60),
            TimeProvider.System
        );
        var here = await MakeBuildAsync("here", Arch.X86_64);
        await TransferRuns.PushAsync(here, bucket, new(Id, [Arch.X86_64], []), cancellationToken);
        var there = Builds("there");
        await TransferRuns.FetchAsync(there, bucket, new(null, [], [], true), cancellationToken);

        Assert.That(Files(there, Arch.X86_64), Is.EqualTo(Files(here, Arch.X86_64)));
    }

    private static async Task<bool> DiesAsync(BuildStore here, IObjectStore dying, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(500);
        try
        {
            await TransferRuns.PushAsync(here, dying, new(Id, [Arch.X86_64], []), patience.Token);
            return false;
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }

    private async Task RequireWholeAsync(LocalObjectStore store, BuildStore here, CancellationToken cancellationToken)
    {
        var there = Builds($"check-{Guid.NewGuid():n}");
        await TransferRuns.FetchAsync(there, store, new(Id, [], [], true), cancellationToken);
        Assert.That(Files(there, Arch.X86_64), Is.EqualTo(Files(here, Arch.X86_64)));
    }

    private BuildStore Builds(string name) => new(new WorkDirectory(_directory.File(name)), TimeProvider.System);

    private List<string> Snapshot()
    {
        var root = _directory.File("store");
        return !Directory.Exists(root)
            ? []
            :
            [
                .. Directory
                    .EnumerateFiles(root, "*", SearchOption.AllDirectories)
                    .Where(f => !f.Contains("/.store/", StringComparison.Ordinal))
                    .Select(f => $"{f[root.Length..]} {Digest.Of(File.ReadAllBytes(f)).Hex}")
                    .Order(StringComparer.Ordinal),
            ];
    }

    private static List<string> Files(BuildStore builds, Arch architecture) =>
        [
            .. Directory
                .EnumerateFiles(builds.Directory(Id, architecture))
                .Select(f => $"{Path.GetFileName(f)} {Digest.Of(File.ReadAllBytes(f)).Hex}")
                .Order(StringComparer.Ordinal),
        ];

    private static string Text(ObjectContent? content) => Encoding.UTF8.GetString(content!.Bytes.Span);

    private Task<BuildStore> MakeBuildAsync(string name, Arch architecture, string seed = "", string id = Id) =>
        TestBuild.MakeAsync(Builds(name), id, architecture, seed);
}
