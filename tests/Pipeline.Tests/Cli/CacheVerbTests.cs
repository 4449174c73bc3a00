using System.Globalization;
using System.Text.Json;
using Pipeline.Compose;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Cli;

/// <summary>What <c>cache show</c> and <c>cache prune</c> do to a work directory.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CacheVerbTests : IDisposable
{
    private const int Kilobyte = 1024;
    private readonly TemporaryDirectory _directory = new();

    private WorkDirectory Work => new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Least_recently_used_goes_first_of_all_kinds_together()
    {
        var package = Package('a', day: 3);
        var image = Disk("one", day: 2);
        var initramfs = Whole("initramfs/map/x/initramfs.img", day: 1);

        var kept = 2 * 64 * Kilobyte;
        var run = await RunAsync("prune", "--budget", $"{kept / Kilobyte}K");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(File.Exists(initramfs), Is.False);
            Assert.That(File.Exists(package), Is.True);
            Assert.That(File.Exists(image), Is.True);
            Assert.That(run.Output, Does.StartWith("removed 1 of initramfs, 64.0 KiB\n"));
        }
    }

    [Test]
    public async Task A_dry_run_names_what_would_go_and_changes_nothing()
    {
        var package = Package('a', day: 3);
        var run = await RunAsync("prune", "--budget", "0", "--dry-run", "--json");
        using var answer = JsonDocument.Parse(run.Output);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.Exists(package), Is.True);
            Assert.That(answer.RootElement.GetProperty("dry-run").GetBoolean(), Is.True);
            var removed = answer.RootElement.GetProperty("removed")[0];
            Assert.That(removed.GetProperty("kind").GetString(), Is.EqualTo("packages"));
            Assert.That(removed.GetProperty("last-use").GetString(), Is.EqualTo("2024-01-03T00:00:00Z"));
            Assert.That(answer.RootElement.GetProperty("after").GetInt64(), Is.Zero);
        }
    }

    [Test]
    public async Task The_newest_known_indices_are_never_pruned()
    {
        var newest = Whole("repos/newest-0123.json", day: 1);
        Package('a', day: 3);

        var run = await RunAsync("prune", "--budget", "0");

        Assert.That(File.Exists(newest), Is.True, "without it an older index would be taken");
        Assert.That(run.Output, Does.Contain("now 64.0 KiB"));
    }

    [Test]
    public async Task What_is_fetched_now_stays()
    {
        var package = Package('a', day: 1);
        using (await SharedCache.JoinAsync(Work, CancellationToken.None))
        {
            var run = await RunAsync("prune", "--budget", "0");
            Assert.That(File.Exists(package), Is.True);
            Assert.That(run.Error, Does.Contain("packages: in use by a running step"));
        }

        await RunAsync("prune", "--budget", "0");
        Assert.That(File.Exists(package), Is.False);
    }

    [Test]
    public async Task What_a_compose_uses_stays()
    {
        var initramfs = Whole("initramfs/map/x/initramfs.img", day: 1);
        var tree = Whole("trees/map/x/upper/file", day: 1);
        var layer = Layer("map", 'c', day: 1, "aa11");
        using (await HoldAsync(Composer.LockOf(Work)))
        {
            var run = await RunAsync("prune", "--budget", "0");
            Assert.That(new[] { initramfs, tree, layer }.Where(File.Exists), Has.Exactly(3).Items, run.Output);
        }
    }

    [Test]
    public async Task A_disk_that_is_worked_on_stays()
    {
        var (used, free) = (Disk("used", day: 1), Disk("free", day: 1));
        using (await HoldAsync(Path.GetDirectoryName(used)! + ".lock"))
        {
            await RunAsync("prune", "--budget", "0");
            Assert.That(File.Exists(used), Is.True);
            Assert.That(File.Exists(free), Is.False);
        }
    }

    [Test]
    public async Task Objects_stay_as_long_as_a_package_names_them()
    {
        var old = Layer("map", 'b', day: 1, "aa11", "aa22");
        var young = Layer("map", 'c', day: 2, "aa22");
        var shown = await RunAsync("show", "--json");
        var size = SizeOf("layers", shown.Output);

        await RunAsync("prune", "--budget", (size - 1).ToString(CultureInfo.InvariantCulture));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.Exists(old), Is.False);
            Assert.That(File.Exists(young), Is.True);
            Assert.That(File.Exists(Object("map", "aa11")), Is.False);
            Assert.That(File.Exists(Object("map", "aa22")), Is.True, "the other package still has it");
        }
    }

    [Test]
    public async Task A_file_of_two_entries_counts_once_for_the_one_that_stays_longer()
    {
        Layer("map", 'b', day: 1, "aa11");
        var tree = Path.Combine(Work.Cache, "trees/map/x/upper");
        Directory.CreateDirectory(tree);
        await new ToolRunner().RunAsync(new("ln", [Object("map", "aa11"), Path.Combine(tree, "file")]), CancellationToken.None);
        Directory.SetLastWriteTimeUtc(Path.GetDirectoryName(tree)!, Day(9));

        var shown = (await RunAsync("show", "--json")).Output;

        Assert.That(SizeOf("trees", shown), Is.EqualTo(64 * Kilobyte));
        Assert.That(SizeOf("layers", shown), Is.LessThan(64 * Kilobyte));
    }

    [Test]
    public async Task The_answer_is_a_table_with_every_kind()
    {
        Package('a', day: 3);
        var run = await RunAsync("show");

        Assert.That(run.Output, Does.Match(@"(?m)^packages +64\.0 KiB +1 +2024-01-03 00:00Z  package files"));
        foreach (var kind in (string[])["indices", "locks", "layers", "trees", "initramfs", "repositories", "disks", "notes"])
        {
            Assert.That(run.Output, Does.Match($"(?m)^{kind} +0 B +0 +-  "));
        }
    }

    [TestCase("3X"), TestCase("-1"), TestCase("9999999999G"), TestCase("1.5G")]
    public async Task What_is_no_size_is_refused_before_anything_is_removed(string size)
    {
        var package = Package('a', day: 3);
        var run = await RunAsync("prune", $"--budget={size}");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain($"'{size}' is not a size such as 20G"));
        Assert.That(File.Exists(package), Is.True);
    }

    private static long SizeOf(string kind, string json)
    {
        using var answer = JsonDocument.Parse(json);
        return answer
            .RootElement.GetProperty("kinds")
            .EnumerateArray()
            .Single(k => k.GetProperty("name").GetString() == kind)
            .GetProperty("size")
            .GetInt64();
    }

    private static DateTime Day(int day) => new(2024, 1, day, 0, 0, 0, DateTimeKind.Utc);

    private static Task<FileLock> HoldAsync(string path) =>
        FileLock.AcquireAsync(path, wait: false, _ => { }, TimeProvider.System, CancellationToken.None);

    private Task<CliRun> RunAsync(params string[] args) => CliRun.Of(["-C", _directory.Path, "cache", .. args]);

    private string Package(char digit, int day) => Whole($"sha256/{digit}{digit}/{new string(digit, 64)}", day);

    private string Disk(string name, int day) => Whole($"images/{name}/disk.raw", day);

    private string Object(string map, string hex) => Path.Combine(Work.Cache, "layers", map, "objects", hex[..2], hex[2..]);

    /// <summary>A file of 64 KiB in the cache; it and the directories above it were used on a day.</summary>
    private string Whole(string path, int day)
    {
        var file = Path.Combine(Work.Cache, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, new byte[64 * Kilobyte]);
        File.SetLastWriteTimeUtc(file, Day(day));
        for (var at = Path.GetDirectoryName(file)!; at != Work.Cache; at = Path.GetDirectoryName(at)!)
        {
            Directory.SetLastWriteTimeUtc(at, Day(day));
        }

        return file;
    }

    private string Layer(string map, char digit, int day, params string[] objects)
    {
        foreach (var hex in objects)
        {
            Whole($"layers/{map}/objects/{hex[..2]}/{hex[2..]}", day);
        }

        var layer = new Layer { Entries = [.. objects.Select(o => new LayerEntry { Path = o, Object = o })], Control = [] };
        var document = Path.Combine(Work.Cache, "layers", map, $"{new string(digit, 64)}.json");
        File.WriteAllBytes(document, JsonSerializer.SerializeToUtf8Bytes(layer, LayerJson.Default.Layer));
        File.SetLastWriteTimeUtc(document, Day(day));
        return document;
    }
}
