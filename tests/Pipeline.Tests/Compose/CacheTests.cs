using Pipeline.Compose.Builds;
using Pipeline.Compose.Fetching;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CacheTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SteppingClock _time = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Only_the_trees_used_last_are_kept()
    {
        var cache = Open();
        var inputs = Enumerable.Range(0, TreeCache.Kept + 2).Select(i => Digest.Of($"{i}")).ToArray();

        foreach (var one in inputs)
        {
            Make(cache, one);
            cache.Find(inputs[0]); // in use all the time
        }

        Assert.That(inputs.Where(i => cache.Find(i) is not null), Is.EqualTo((Digest[])[inputs[0], .. inputs[^(TreeCache.Kept - 1)..]]));
        Assert.That(Directory.EnumerateFileSystemEntries(Root).Count(), Is.EqualTo(TreeCache.Kept));
    }

    [Test]
    public void What_a_killed_run_left_is_removed_and_is_never_a_tree()
    {
        var cache = Open();
        var scratch = cache.NewScratch();
        Directory.CreateDirectory(Path.Combine(scratch, "lower/usr"));
        var half = Path.Combine(Root, Digest.Of("half").Hex);
        Directory.CreateDirectory(Path.Combine(half, "upper"));

        cache = Open();

        Assert.That(Directory.Exists(scratch), Is.False);
        Assert.That(cache.Find(Digest.Of("half")), Is.Null);
    }

    [Test, CancelAfter(60_000)]
    public async Task Half_written_files_are_removed_only_when_nobody_could_need_them(CancellationToken cancellationToken)
    {
        var work = new WorkDirectory(_directory.Path);
        string file;
        using (await SharedCache.JoinAsync(work, cancellationToken))
        {
            file = new ContentStore(SharedCache.Files(work)).NewTemporary();
            await File.WriteAllTextAsync(file, "half", cancellationToken);
            using var other = await SharedCache.JoinAsync(work, cancellationToken);
            Assert.That(File.Exists(file), "the first run still writes it");
        }

        using var next = await SharedCache.JoinAsync(work, cancellationToken);
        Assert.That(File.Exists(file), Is.False, "nobody writes it any more");
    }

    [Test, CancelAfter(60_000)]
    public async Task Documents_that_a_killed_run_left_half_written_are_removed_and_finished_ones_stay(CancellationToken cancellationToken)
    {
        var work = new WorkDirectory(_directory.Path);
        string[] half =
        [
            "repos/tiny-0123/.InRelease.1.tmp",
            "repos/tiny-0123/.Release.1.tmp",
            "locks/.a.json.1.tmp",
            "indices/b.3.solv.1.tmp",
            ".mirrors.json.1.tmp",
        ];
        string[] whole = ["repos/tiny-0123/InRelease", "locks/a.json", "indices/b.3.solv", "mirrors.json"];
        foreach (var file in half.Concat(whole).Select(f => Path.Combine(work.Cache, f)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "x", cancellationToken);
        }

        using var joined = await SharedCache.JoinAsync(work, cancellationToken);

        Assert.That(half.Where(f => File.Exists(Path.Combine(work.Cache, f))), Is.Empty);
        Assert.That(whole.Where(f => !File.Exists(Path.Combine(work.Cache, f))), Is.Empty);
    }

    private string Root => _directory.File("trees/map");

    private TreeCache Open() => new(Root, _time);

    private static void Make(TreeCache cache, Digest inputs)
    {
        var scratch = cache.NewScratch();
        Directory.CreateDirectory(Path.Combine(scratch, "lower"));
        Directory.CreateDirectory(Path.Combine(scratch, "upper"));
        cache.Keep(scratch, inputs, 1, []);
    }

    /// <summary>A minute later each time it is read.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now += TimeSpan.FromMinutes(1);
    }
}
