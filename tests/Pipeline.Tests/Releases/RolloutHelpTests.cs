using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Releases.Simulation;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary>What helps people with rollouts: pauses that keep themselves, doubts about slips of the pen, plots with round times.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RolloutHelpTests : IDisposable
{
    private const string Version = "44.20260720.3.1";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Resume_goes_on_with_what_pause_kept_whatever_was_edited_meanwhile()
    {
        await WriteAsync(Rolling(1_784_600_000, 1000, "b"));

        await RunAsync("pause", Version, "--now", "@1784615000");
        await RunAsync("barrier", "44.20260706.3.0", "https://example.org/1", "--now", "@1784620000");
        var dry = await RunAsync("resume", Version, "--now", "@1784700000", "--dry-run");
        var resumed = await RunAsync("resume", Version, "--now", "@1784700000");

        var entry = (await ReadAsync()).Releases.Single(r => r.Version == Version);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(dry.ExitCode, Is.Zero, dry.Error);
            Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
            Assert.That(
                entry.Metadata.Rollout,
                Is.EqualTo(
                    new Rollout
                    {
                        DurationMinutes = 750,
                        StartEpoch = 1_784_700_000,
                        StartPercentage = 0.25,
                    }
                )
            );
            Assert.That(entry.Metadata.Barrier!.Text, Is.EqualTo("b"));
            Assert.That(Directory.GetFileSystemEntries(_directory.Path), Has.Length.EqualTo(1), "nothing is kept of a pause that is over");
        }
    }

    [Test]
    public async Task A_pause_that_is_only_shown_keeps_nothing_and_nothing_kept_is_an_error()
    {
        await WriteAsync(Rolling(1_784_600_000, 1000));

        await RunAsync("pause", Version, "--now", "@1784615000", "--dry-run");
        var run = await RunAsync("resume", "44.20260720.3.2", "--now", "@1784700000");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Directory.GetFileSystemEntries(_directory.Path), Has.Length.EqualTo(1));
            Assert.That((run.ExitCode, run.Error), Is.EqualTo((2, run.Error)));
            Assert.That(run.Error, Does.Contain("PL5097").And.Contain("name the document before it with --from"));
        }
    }

    [Test]
    public async Task A_second_pause_keeps_the_second_state()
    {
        await WriteAsync(Rolling(1_784_600_000, 1000));

        await RunAsync("pause", Version, "--now", "@1784615000");
        await WriteAsync(Rolling(1_784_700_000, 100));
        await RunAsync("pause", Version, "--now", "@1784703000");
        await RunAsync("resume", Version, "--now", "@1784800000");

        Assert.That((await ReadAsync()).Releases.Single().Metadata.Rollout!.DurationMinutes, Is.EqualTo(50));
    }

    [TestCase("44.20260720.3.2", "@1784700000", "")]
    [TestCase("44.20260719.3.0", "@1784700000", "PL5094")]
    [TestCase("44.20260723.3.0", "@1784700000", "PL5095")]
    [TestCase("44.20260720.3.2", "@1786000000", "PL5096")]
    [TestCase("44.20260720.3.0", "@1886000000", "PL5094 PL5096")]
    public async Task What_may_be_a_slip_of_the_pen_warns_and_is_done(string version, string start, string expected)
    {
        await WriteAsync(Rolling(1_784_600_000, 1000));

        var run = await RunAsync("add", version, "--start", start, "--hours", "48", "--now", "@1784600000");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(
                run.Error.Split('\n').Where(l => l.StartsWith("warning ", StringComparison.Ordinal)).Select(l => l[8..14]),
                Is.EqualTo(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            );
            Assert.That((await ReadAsync()).Releases.Select(r => r.Version), Has.Some.EqualTo(version));
        }
    }

    // A rollout of 48 hours that starts at 14:00, as the plot shows it.
    [TestCase(1_784_540_000L, 1_784_747_000L, "2026-07-20 12:00, 2026-07-21 00:00, 2026-07-21 12:00, 2026-07-22 00:00, 2026-07-22 12:00")]
    [TestCase(0L, 100L, "01-01 00:00:00, 01-01 00:00:30, 01-01 00:01:00, 01-01 00:01:30")]
    [TestCase(1_784_540_000L, 1_784_540_000L, "07-20 09:33:20")]
    [TestCase(1_784_540_001L, 1_784_540_001L, "")]
    [TestCase(86_400L, 86_400L, "01-02 00:00:00")]
    [TestCase(0L, 253_402_300_799L, null)]
    public void Ticks_are_round_and_few(long from, long until, string? expected)
    {
        var step = TimeTicks.Step(from, until);
        var ticks = TimeTicks.Of(from, until, step).ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ticks, Has.Length.LessThanOrEqualTo(7).And.All.InRange(from, until));
            Assert.That(ticks.Select(t => t % step), Is.All.Zero);
            if (expected is not null)
            {
                Assert.That(string.Join(", ", ticks.Select(t => TimeTicks.Label(t, step))), Is.EqualTo(expected));
            }
        }
    }

    [FsCheck.NUnit.Property]
    public bool Any_axis_has_at_most_seven_ticks(uint from, uint span)
    {
        var (first, last) = ((long)from, (long)from + span);
        var step = TimeTicks.Step(first, last);
        var ticks = TimeTicks.Of(first, last, step).ToArray();
        return ticks.Length <= 7 && ticks.All(t => t >= first && t <= last && t % step == 0);
    }

    [TestCase(10, 2, ExpectedResult = "4 3 3")]
    [TestCase(2, 2, ExpectedResult = "1 1 0")]
    [TestCase(9, 2, ExpectedResult = "3 3 3")]
    [TestCase(5, 0, ExpectedResult = "5")]
    [TestCase(5, -1, ExpectedResult = "")]
    public string Machines_start_in_equal_shares(int machines, int head) =>
        string.Join(' ', Enumerable.Range(0, head + 1).Select(n => Fleet.StartingAt(n, head, machines)));

    [Test]
    public async Task A_fleet_says_how_many_machines_started_at_the_head()
    {
        await WriteAsync(Rolling(1_784_600_000, 1000));
        var index = new ReleaseIndex
        {
            Stream = "stable",
            Releases =
            [
                .. ((string[])["44.20260706.3.0", Version]).Select(v => new IndexRelease
                {
                    Version = v,
                    Commits = [new() { Architecture = "x86_64", Checksum = new('a', 64) }],
                    MetadataUrl = "https://example.org/x",
                }),
            ],
        };
        await File.WriteAllTextAsync(_directory.File("index.json"), Contract.Write(index, JsonStyles.Index));
        string[] line = ["graph", "simulate", "--index", "index.json", "--updates", "stable.json", "--arch", "x86_64", "--fleet", "1000"];

        var text = await CliRun.Of([.. line, "--svg", "fleet.svg"], _directory.Path);
        var json = await CliRun.Of([.. line, "--json"], _directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text.ExitCode, Is.Zero, text.Error);
            Assert.That(
                text.Output,
                Does.EndWith("\n500 of them started there: machines start in equal shares on all releases up to the head\n")
            );
            Assert.That(JsonDocument.Parse(json.Output).RootElement.GetProperty("started-at-head").GetInt32(), Is.EqualTo(500));
            var plot = await File.ReadAllTextAsync(_directory.File("fleet.svg"));
            Assert.That(plot, Does.Contain(">UTC</text>").And.Contain(">at the head (50% start there)</text>"));
        }
    }

    private static UpdatesDocument Rolling(long start, long minutes, string? barrier = null) =>
        new()
        {
            Stream = "stable",
            Metadata = new() { LastModified = "2026-07-20T00:00:00Z" },
            Releases =
            [
                new()
                {
                    Version = Version,
                    Metadata = new()
                    {
                        Rollout = new()
                        {
                            DurationMinutes = minutes,
                            StartEpoch = start,
                            StartPercentage = 0,
                        },
                        Barrier = barrier is null ? null : new() { Text = barrier },
                    },
                },
            ],
        };

    private Task WriteAsync(UpdatesDocument document) =>
        File.WriteAllTextAsync(_directory.File("stable.json"), Contract.Write(document, JsonStyles.Updates));

    private async Task<UpdatesDocument> ReadAsync() =>
        Contract.Read<UpdatesDocument>("stable.json", await File.ReadAllBytesAsync(_directory.File("stable.json")), new())!.Value;

    private Task<CliRun> RunAsync(string verb, params string[] arguments) =>
        CliRun.Of(["rollout", verb, "stable.json", .. arguments], _directory.Path);
}
