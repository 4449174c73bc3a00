using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Transfers;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary>Builds of a work directory: who may replace one, which is the newest, and which is the latest.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BuildStoreTests : IDisposable
{
    private const string Old = "43.20260801.3.0";
    private const string New = "43.20260901.3.0";
    private const string Newest = "43.20261001.3.0";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("step"), TestCase("test run"), CancelAfter(60_000)]
    public async Task Replacing_a_build_waits_for_who_works_on_it(string holder, CancellationToken cancellationToken)
    {
        var builds = Builds("here");
        await TestBuild.MakeAsync(builds, New, Arch.X86_64, "old");
        using IDisposable held =
            holder == "step"
                ? await builds.LockBuildAsync(New, Arch.X86_64, wait: false, _ => { }, cancellationToken)
                : await builds.UseAsync(New, [Arch.X86_64], cancellationToken);
        var waiting = new TaskCompletionSource<string>();
        var publishing = builds.PublishAsync(
            Staging(builds),
            New,
            Arch.X86_64,
            replace: true,
            w => waiting.TrySetResult(w),
            cancellationToken
        );

        var first = await Task.WhenAny(publishing, waiting.Task);
        var during = File.Exists(Path.Combine(builds.Directory(New, Arch.X86_64), "new"));

        // Who works on it may take the store's lock, and must not wait for who waits for it.
        using (await builds.LockAsync(_ => { }, cancellationToken)) { }
        held.Dispose();
        await publishing;

        Assert.That((first == waiting.Task, during), Is.EqualTo((true, false)));
        Assert.That(File.Exists(Path.Combine(builds.Directory(New, Arch.X86_64), "new")), Is.True);
    }

    /// <summary>The lock file lies in the directory that is replaced.</summary>
    [Test, CancelAfter(60_000)]
    public async Task Who_waited_for_a_build_that_was_replaced_holds_the_lock_of_the_new_one(CancellationToken cancellationToken)
    {
        var builds = Builds("here");
        await TestBuild.MakeAsync(builds, New, Arch.X86_64);
        var directory = builds.Directory(New, Arch.X86_64);
        var first = await builds.LockBuildAsync(New, Arch.X86_64, wait: false, _ => { }, cancellationToken);
        var waiting = new TaskCompletionSource();
        var second = builds.LockBuildAsync(New, Arch.X86_64, wait: true, _ => waiting.TrySetResult(), cancellationToken);
        await waiting.Task;
        Directory.Move(directory, directory + ".old");
        Directory.CreateDirectory(directory);
        first.Dispose();
        using var held = await second;

        await Assert.ThatAsync(
            () => builds.LockBuildAsync(New, Arch.X86_64, wait: false, _ => { }, cancellationToken),
            Throws.TypeOf<PipelineException>()
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task A_build_is_used_by_several_and_gone_builds_by_none(CancellationToken cancellationToken)
    {
        var builds = Builds("here");
        await TestBuild.MakeAsync(builds, New, Arch.X86_64);
        using var one = await builds.UseAsync(New, [Arch.X86_64], cancellationToken);
        using var two = await builds.UseAsync(New, [Arch.X86_64], cancellationToken);

        await Assert.ThatAsync(
            () => builds.UseAsync(Old, [Arch.X86_64], cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL0361")
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task Latest_is_what_the_last_compose_made_or_found_and_the_list_is_in_the_order_of_composition(
        CancellationToken cancellationToken
    )
    {
        var builds = Builds("here");
        await TestBuild.MakeAsync(builds, Old, Arch.X86_64);
        await TestBuild.MakeAsync(builds, New, Arch.X86_64);
        var made = await builds.ResolveAsync("latest", Arch.X86_64, cancellationToken);
        await builds.PointLatestAsync(Old, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made, Is.EqualTo(New));
            Assert.That(await builds.ResolveAsync(null, Arch.X86_64, cancellationToken), Is.EqualTo(Old));
            Assert.That(await ListAsync(builds), Is.EqualTo([New, Old]));
        }

        await TestBuild.MakeAsync(builds, Newest, Arch.Aarch64);
        Assert.That(await builds.ResolveAsync("latest", Arch.X86_64, cancellationToken), Is.EqualTo(New), "the newest that has it");
    }

    [Test, CancelAfter(60_000)]
    public async Task Latest_of_a_name_or_stream_is_what_its_last_compose_made_or_found(CancellationToken cancellationToken)
    {
        var builds = Builds("here");
        await TestBuild.MakeAsync(builds, Old, Arch.X86_64, name: "minimal", stream: "next");
        await TestBuild.MakeAsync(builds, New, Arch.X86_64, name: "minimal", stream: "stable");
        await TestBuild.MakeAsync(builds, Newest, Arch.X86_64, name: "container-host", stream: "stable");

        Assert.That((await Of("minimal"), await Of("next"), await Of("stable")), Is.EqualTo((New, Old, Newest)));
        await builds.PointLatestAsync(Old, cancellationToken);
        Assert.That((await Of("minimal"), await Of("next"), await Of("stable")), Is.EqualTo((Old, Old, Newest)));
        await builds.PointLatestAsync(New, cancellationToken);
        Assert.That((await Of("minimal"), await Of("stable")), Is.EqualTo((New, New)));
        Assert.That(await builds.DescribeAsync(New, Arch.X86_64, cancellationToken), Is.EqualTo($"{New} (minimal, stable, x86_64)"));

        Task<string> Of(string word) => builds.ResolveAsync($"latest:{word}", Arch.X86_64, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_name_wins_over_a_stream_of_the_same_spelling(CancellationToken cancellationToken)
    {
        var builds = Builds("here");
        await TestBuild.MakeAsync(builds, Old, Arch.X86_64, name: "stable", stream: "next");
        await TestBuild.MakeAsync(builds, New, Arch.X86_64, name: "minimal", stream: "stable");

        Assert.That(await builds.ResolveAsync("latest:stable", Arch.X86_64, cancellationToken), Is.EqualTo(Old));
    }

    [Test, CancelAfter(60_000)]
    public async Task Latest_of_a_name_without_a_build_names_those_there_are(CancellationToken cancellationToken)
    {
        var builds = Builds("here");
        await TestBuild.MakeAsync(builds, Old, Arch.X86_64, name: "minimal", stream: "next");

        var error = Assert.ThrowsAsync<PipelineException>(() => builds.ResolveAsync("latest:minmal", Arch.X86_64, cancellationToken));
        var lack = Assert.ThrowsAsync<PipelineException>(() => builds.ResolveAsync("latest:next", Arch.Aarch64, cancellationToken));

        Assert.That((await error)!.Diagnostics.Single().ToString(), Does.Contain("PL0366").And.Contain("did you mean 'minimal'?"));
        Assert.That((await lack)!.Diagnostics.Single().Code, Is.EqualTo("PL0362"));
        await Assert.ThatAsync(
            () => Builds("empty").ResolveAsync("latest:minimal", Arch.X86_64, cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL0360")
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task A_fetched_build_stands_where_it_belongs_and_is_not_pruned_for_newest(CancellationToken cancellationToken)
    {
        using var store = new LocalObjectStore(_directory.File("store"));
        var there = Builds("there");
        foreach (var id in (string[])[Old, New, Newest])
        {
            await TestBuild.MakeAsync(there, id, Arch.X86_64);
            await TransferRuns.PushAsync(there, store, new(id, [Arch.X86_64], []), cancellationToken);
        }

        var here = Builds("here");
        await FetchAsync(here, store, New, cancellationToken);
        var first = here.Latest;
        await FetchAsync(here, store, Old, cancellationToken);
        var afterOld = (here.Latest, string.Join(' ', await ListAsync(here)));
        await FetchAsync(here, store, Newest, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.EqualTo(New));
            Assert.That(afterOld, Is.EqualTo((New, $"{New} {Old}")));
            Assert.That((here.Latest, string.Join(' ', await ListAsync(here))), Is.EqualTo((Newest, $"{Newest} {New} {Old}")));
            Assert.That(
                PruneRules.Old(await here.ReadIndexAsync(cancellationToken), new(1, null), new HashSet<string>(), DateTimeOffset.MinValue),
                Is.EqualTo([New, Old])
            );
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_fetch_does_not_move_latest_away_from_an_older_build_that_a_compose_chose(CancellationToken cancellationToken)
    {
        using var store = new LocalObjectStore(_directory.File("store"));
        var there = await TestBuild.MakeAsync(Builds("there"), Newest, Arch.X86_64);
        await TransferRuns.PushAsync(there, store, new(Newest, [Arch.X86_64], []), cancellationToken);
        var here = Builds("here");
        await TestBuild.MakeAsync(here, Old, Arch.X86_64);
        await TestBuild.MakeAsync(here, New, Arch.X86_64);
        await here.PointLatestAsync(Old, cancellationToken);

        await FetchAsync(here, store, Newest, cancellationToken);

        Assert.That((here.Latest, string.Join(' ', await ListAsync(here))), Is.EqualTo((Old, $"{Newest} {New} {Old}")));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_store_lists_an_older_build_that_is_pushed_late_where_it_belongs(CancellationToken cancellationToken)
    {
        using var store = new LocalObjectStore(_directory.File("store"));
        var there = Builds("there");
        foreach (var id in (string[])[Newest, Old, New])
        {
            await TestBuild.MakeAsync(there, id, Arch.X86_64);
            await TransferRuns.PushAsync(there, store, new(id, [Arch.X86_64], []), cancellationToken);
        }

        var (newest, _) = await TransferRuns.FetchAsync(Builds("here"), store, new(null, [], [], false), cancellationToken);
        var index = BuildIndex.Parse(
            "builds.json",
            (await store.ReadAsync("builds/builds.json", ObjectDocuments.Limit, cancellationToken))!.Bytes
        );

        Assert.That(index.Builds.Select(b => b.Id), Is.EqualTo([Newest, New, Old]));
        Assert.That(newest, Is.EqualTo(Newest));
    }

    [TestCase("2026-09-01T00:00:00Z", "2026-09-02T00:00:00Z", null, Description = "the time decides, not the version")]
    [TestCase("2026-09-02T00:00:00Z", "2026-09-01T00:00:00Z", "38.20230310.1.0")]
    [TestCase("2026-09-01T00:00:00Z", "2026-09-01T00:00:00Z", "38.20230310.1.0", Description = "then the version")]
    [TestCase("soon", "2026-09-01T00:00:00Z", "38.20230310.1.0")]
    public async Task The_order_is_that_of_composition(string listed, string added, string? expected)
    {
        var index = BuildIndex.Empty.With("38.20230310.1.0", "x86_64", default);

        var after = await BuildOrder.AfterAsync(
            index,
            "37.20230303.1.1",
            Meta(added),
            _ => Task.FromResult<Pipeline.Model.Text.JsonTextObject?>(Meta(listed))
        );

        Assert.That(after, Is.EqualTo(expected));
    }

    private static Pipeline.Model.Text.JsonTextObject Meta(string time) =>
        new([new("coreos-assembler.build-timestamp", new Pipeline.Model.Text.JsonTextString(time))]);

    private static string Staging(BuildStore builds)
    {
        var staging = Path.Combine(builds.Root, ".staging-2");
        Directory.CreateDirectory(staging);
        File.WriteAllText(Path.Combine(staging, "new"), "");
        return staging;
    }

    private static async Task FetchAsync(BuildStore builds, LocalObjectStore store, string id, CancellationToken cancellationToken) =>
        _ = await TransferRuns.FetchAsync(builds, store, new(id, [], [], false), cancellationToken);

    private static async Task<string[]> ListAsync(BuildStore builds) =>
        [.. (await builds.ReadIndexAsync(CancellationToken.None)).Builds.Select(b => b.Id)];

    private BuildStore Builds(string name) => new(new(_directory.File(name)), TimeProvider.System);
}
