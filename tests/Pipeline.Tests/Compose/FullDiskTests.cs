using System.Globalization;
using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>Disks that are too small, and disks that fill up in the middle of a step.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All)]
public sealed class FullDiskTests
{
    private const int Patience = 300_000;
    private const string Nothing = "left in builds: .compose.lock \n";
    private ComposeBench _bench = null!;
    private Composed _undisturbed = null!;

    private static IEnumerable<Moment> Moments =>
        [Moment.Unpacking, Moment.Configuring, Moment.Finishing, Moment.Committing, Moment.Packing];

    [OneTimeSetUp]
    public async Task Compose()
    {
        _bench = await KilledComposeTests.BenchAsync();
        _undisturbed = await _bench.ComposeAsync("undisturbed", CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task Clean() => await _bench.DisposeAsync();

    [Test, CancelAfter(Patience), TestCaseSource(nameof(Moments))]
    public async Task A_disk_that_fills_up_ends_the_step_with_a_reason_and_the_next_run_completes(
        object moment,
        CancellationToken cancellationToken
    )
    {
        var at = (Moment)moment;
        var name = at.Name.Replace(' ', '-');

        var runs = await SmallDisk.FillAsync(_bench.Work(name).Root, "", _bench.Command(name), 300 << 20, at, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs[0].Code, Is.EqualTo(1), runs[0].Progress);
            Assert.That(runs[0].Progress, Does.Contain("No space left on device").Or.Contain("disk is full").Or.Contain("PL2112"));
            Assert.That(runs[0].Progress, Does.Not.Contain("internal error"));
            Assert.That(runs[0].Progress + "\n", Does.EndWith(Nothing), "no half-written build");
            Assert.That(runs[1].Code, Is.Zero, runs[1].Progress);
            Assert.That(Commit(runs[1]), Is.EqualTo(_undisturbed.Commit));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_disk_that_fills_up_while_fetching_keeps_no_half_package(CancellationToken cancellationToken)
    {
        await using var bench = await KilledComposeTests.BenchAsync();
        bench.Repository.Server.Break("bulky_1.0_all.deb", Fault.Truncate, times: 1); // the second attempt comes after a wait

        var runs = await SmallDisk.FillAsync(bench.Work().Root, "", bench.Command("work"), 300 << 20, Moment.Fetching, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs[0].Code, Is.EqualTo(1), runs[0].Progress);
            Assert.That(runs[0].Progress, Does.Contain("disk is full"));
            Assert.That(runs[1].Code, Is.Zero, runs[1].Progress);
            Assert.That(Commit(runs[1]), Is.EqualTo(_undisturbed.Commit));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_disk_that_is_too_small_is_told_before_each_step_and_what_was_done_is_kept(CancellationToken cancellationToken)
    {
        const int mebibyte = 1 << 20;
        await using var bench = await ComposeBench.WithAsync(
            new TinyPackage("zeros") { Files = [new("usr/share/zeros", "") { Bytes = new byte[96 * mebibyte] }] }
        );
        var undisturbed = await bench.ComposeAsync("undisturbed", cancellationToken);
        long packages = bench
            .Repository.Server.Paths.Where(p => p.EndsWith(".deb", StringComparison.Ordinal))
            .Sum(p => bench.Repository.Server.Get(p).Length);
        var tree = long.Parse(
            await File.ReadAllTextAsync(
                Directory.GetFiles(Path.Combine(bench.Work("undisturbed").Cache, "trees"), "size", SearchOption.AllDirectories).Single(),
                cancellationToken
            ),
            CultureInfo.InvariantCulture
        );
        Assert.That(packages, Is.LessThan(12 * mebibyte), "the sizes below need packages that hold much more than they are");

        var runs = await SmallDisk.RunAsync(
            bench.Work().Root,
            "",
            bench.Command("work"),
            [
                packages / 2,
                packages * 3,
                (packages * 6) + (8 * mebibyte),
                packages + tree + (tree / 16) + (3 * mebibyte),
                packages + (tree * 2) + (8 * mebibyte),
                packages + (tree * 3) + (64 * mebibyte),
            ],
            cancellationToken
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(runs.Select(r => r.Code), Is.EqualTo((int[])[1, 1, 1, 1, 1, 0]), string.Join('\n', runs.Select(r => r.Progress)));
            Assert.That(runs[0].Progress, Does.Contain("PL2112: fetching packages needs about"));
            Assert.That(runs[1].Progress, Does.Contain("PL2112: unpacking packages needs about"));
            Assert.That(runs[2].Progress, Does.Contain("PL0306: the disk is full"), "packages may hold more than any estimate");
            Assert.That(
                runs[3].Progress,
                Does.Contain("PL2112: configuring packages needs about").And.Contain("unpack packages: 2 packages, 0 cached")
            );
            // Configuring asks for what is deflated meanwhile too, so a disk that has room for it has room for finishing.
            Assert.That(
                runs[4].Progress,
                Does.Contain("PL2112: the commit needs about").And.Contain("unpack packages: 2 packages, 2 cached")
            );
            Assert.That(runs.SkipLast(1).Select(r => r.Progress + "\n"), Has.All.EndsWith(Nothing).Or.EndsWith("left in builds: \n"));
            Assert.That(Commit(runs[5]), Is.EqualTo(undisturbed.Commit));
        }
    }

    private static string? Commit(SmallDiskRun run) =>
        run.Output.Length == 0 ? null : JsonDocument.Parse(run.Output).RootElement.GetProperty("commit").GetString();
}
