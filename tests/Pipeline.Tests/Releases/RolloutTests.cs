using System.Globalization;
using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RolloutTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Test]
    public void Adding_cleans_up_as_reviewers_know_it()
    {
        var updates = Document(
            Entry("31.20200517.3.0", deadend: "d"),
            Entry("32.20200615.3.0", new() { StartPercentage = 1.0 }, barrier: "b1"),
            Entry("34.20210511.3.0", Running(1_616_742_400, 2880, 5.0), barrier: "b2"),
            Entry("34.20210611.3.0", Running(1_616_752_400, 2880, 0)),
            Entry("34.20210626.3.1", Running(1_616_762_400, 1440, 0), barrier: "b2")
        );

        var added = UpdatesEditor.Add(updates, New("35.20210801.3.0", 24), Now);

        Assert.That(
            added.Releases,
            Is.EqualTo(
                (ValueList<UpdatesRelease>)
                    [
                        Entry("31.20200517.3.0", deadend: "d"),
                        Entry("32.20200615.3.0", barrier: "b1"),
                        Entry("34.20210511.3.0", barrier: "b2"),
                        Entry("34.20210626.3.1", new() { StartPercentage = 1.0 }, barrier: "b2"),
                        Entry("35.20210801.3.0", Running(Now.ToUnixTimeSeconds() + 60, 1440, 0)),
                    ]
            )
        );
        Assert.That(added.Metadata.LastModified, Is.EqualTo("2023-11-14T22:13:20Z"));
    }

    [TestCase(0, true)]
    [TestCase(1, false)]
    public void At_the_very_second_of_its_end_a_rollout_still_runs(int late, bool runs)
    {
        var updates = Document(Entry("44.20260720.3.1", Running(1_700_000_000 - 3600, 60, 0)));

        var cleaned = UpdatesEditor.Clean(updates, Now.AddSeconds(late));

        Assert.That(
            cleaned.Releases[0].Metadata.Rollout,
            Is.EqualTo(runs ? updates.Releases[0].Metadata.Rollout : new Rollout { StartPercentage = 1.0 })
        );
    }

    [Test]
    public void A_rollout_without_end_or_with_odd_numbers_is_left_alone()
    {
        var updates = Document(
            Entry("44.20260720.3.1", new() { DurationMinutes = 0, StartEpoch = 1 }),
            Entry("44.20260720.3.2", new() { StartPercentage = 0.5 }),
            Entry("44.20260720.3.3", new() { DurationMinutes = long.MaxValue, StartEpoch = long.MaxValue })
        );

        Assert.That(UpdatesEditor.Clean(updates, Now).Releases, Is.EqualTo(updates.Releases));
    }

    [Test]
    public void Replacing_keeps_the_barrier_and_moves_the_entry_to_the_end()
    {
        var updates = Document(
            Entry("44.20260720.3.1", Running(1_700_000_000, 60, 0), barrier: "why"),
            Entry("44.20260720.3.2", Running(1_700_000_000, 60, 0))
        );

        var replaced = UpdatesEditor.Add(updates, New("44.20260720.3.1", 2) with { Replace = true }, Now);

        Assert.That(
            replaced.Releases[^1],
            Is.EqualTo(Entry("44.20260720.3.1", Running(Now.ToUnixTimeSeconds() + 60, 120, 0), barrier: "why"))
        );
    }

    [Test]
    public void All_that_is_wrong_with_a_rollout_is_reported_at_once()
    {
        var e = Assert.Throws<PipelineException>(() =>
            UpdatesEditor.Add(
                Document(Entry("44.20260720.2.1", Running(1_700_000_000, 60, 0))),
                new("44.20260720.2.1", Now, 0, 1.5, "b", "d", Replace: false),
                Now
            )
        )!;

        Assert.That(e.Diagnostics.Select(d => d.Code), Is.EqualTo(["PL5087", "PL5088", "PL5089", "PL5081", "PL5082"]));
    }

    [Test]
    public void A_resumed_rollout_goes_on_where_it_was()
    {
        var before = Document(
            Entry("44.20260706.3.0", new() { StartPercentage = 1.0 }),
            Entry("44.20260720.3.1", Running(1_700_000_000, 1000, 0.2), barrier: "b")
        );
        var paused = UpdatesEditor.Pause(before, "44.20260720.3.1", Now.AddMinutes(250));

        var resumed = UpdatesEditor.Resume(paused, before, "44.20260720.3.1", Now.AddMinutes(250), Now.AddDays(2), Now.AddDays(2));

        Assert.That(paused.Releases, Has.Count.EqualTo(1));
        Assert.That(
            resumed.Releases[^1],
            Is.EqualTo(Entry("44.20260720.3.1", Running(Now.AddDays(2).ToUnixTimeSeconds(), 750, 0.4), barrier: "b"))
        );
    }

    [TestCase("2 PM UTC tomorrow", "2023-11-15T14:00:00Z")]
    [TestCase("2 PM UTC", "2023-11-15T14:00:00Z")]
    [TestCase("11:30 pm", "2023-11-14T23:30:00Z")]
    [TestCase("12 AM UTC", "2023-11-15T00:00:00Z")]
    [TestCase("12 PM today", "2023-11-14T12:00:00Z")]
    [TestCase("tuesday at 14:00", "2023-11-21T14:00:00Z")]
    [TestCase("14:00 UTC on 2023-12-01", "2023-12-01T14:00:00Z")]
    [TestCase("in 3 hours", "2023-11-15T01:13:20Z")]
    [TestCase("2026-07-21T14:07:14+02:00", "2026-07-21T12:07:14Z")]
    [TestCase("2026-07-21 14:07", "2026-07-21T14:07:00Z")]
    [TestCase("2026-07-21t14:07:14.123456789z", "2026-07-21T14:07:14Z")]
    [TestCase("@0", "1970-01-01T00:00:00Z")]
    public void Times_are_read_as_people_write_them(string text, string expected) =>
        Assert.That(Moments.Stamp(Moments.Parse(text, Now)), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("soon")]
    [TestCase("25:00")]
    [TestCase("13 PM")]
    [TestCase("2 PM someday")]
    [TestCase("2026-13-01")]
    [TestCase("@99999999999999999999")]
    public void What_is_no_time_is_bad_input(string text) =>
        Assert.That(Assert.Throws<PipelineException>(() => Moments.Parse(text, Now))!.Diagnostics[0].Code, Is.EqualTo("PL5070"));

    [Test, CancelAfter(120_000)]
    public async Task Many_editors_of_one_document_lose_no_update(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("stable.json"), Contract.Write(Document(), JsonStyles.Updates), cancellationToken);

        var runs = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(i =>
                    Task.Run(
                        () =>
                            CliRun.Of(
                                [
                                    "rollout",
                                    "barrier",
                                    "stable.json",
                                    $"44.20260720.3.{i}",
                                    $"https://example.org/{i}",
                                    "--now",
                                    "@1700000000",
                                ],
                                directory.Path
                            ),
                        cancellationToken
                    )
                )
        );

        Assert.That(runs.Select(r => r.ExitCode), Is.All.Zero);
        var updates = DocumentFile
            .Parse<UpdatesDocument>("stable.json", await File.ReadAllBytesAsync(directory.File("stable.json"), cancellationToken))
            .Value;
        Assert.That(
            updates.Releases.Select(r => r.Version),
            Is.EqualTo(Enumerable.Range(0, 16).Select(i => string.Create(CultureInfo.InvariantCulture, $"44.20260720.3.{i}"))),
            "in version order"
        );
        Assert.That(Directory.GetFileSystemEntries(directory.Path), Has.Length.EqualTo(1), "no lock file is left behind");
    }

    [Test]
    public async Task A_dry_run_prints_the_diff_and_writes_nothing()
    {
        using var directory = new TemporaryDirectory();
        var text = Contract.Write(Document(Entry("44.20260720.3.1", Running(1_700_000_000, 60, 0))), JsonStyles.Updates);
        await File.WriteAllTextAsync(directory.File("stable.json"), text);

        var run = await CliRun.Of(
            ["rollout", "barrier", "stable.json", "44.20260720.3.1", "https://example.org/1", "--now", "@1700000000", "--dry-run"],
            directory.Path
        );
        var json = await CliRun.Of(
            ["rollout", "pause", "stable.json", "44.20260720.3.1", "--now", "@1700000000", "--dry-run", "--json"],
            directory.Path
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                run.Output,
                Does.StartWith("--- a/stable.json\n+++ b/stable.json\n@@ -1,6 +1,8 @@\n").And.Contain("+        \"barrier\": {\n")
            );
            Assert.That(JsonDocument.Parse(json.Output).RootElement.GetProperty("written").GetBoolean(), Is.False);
            Assert.That(await File.ReadAllTextAsync(directory.File("stable.json")), Is.EqualTo(text));
        }
    }

    [Test]
    public async Task A_report_says_whether_the_newest_rollout_is_released()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            directory.File("u.json"),
            Contract.Write(Document(Entry("44.20260720.3.1", Running(1_700_000_000, 2880, 0))), JsonStyles.Updates)
        );
        foreach (
            var (versions, standing, code) in new[]
            {
                ("44.20260720.3.1", "(latest)", 0),
                ("44.20260720.3.1 44.20260721.3.0", "*** NOT LATEST ***", 0),
                ("44.20260721.3.0", "*** UNRELEASED (TYPO?) ***", 1),
            }
        )
        {
            var index = new ReleaseIndex
            {
                Stream = "stable",
                Releases = [.. versions.Split(' ').Select(v => new IndexRelease { Version = v })],
            };
            await File.WriteAllTextAsync(directory.File("i.json"), Contract.Write(index, JsonStyles.Index));

            var run = await CliRun.Of(["rollout", "report", "u.json", "--index", "i.json", "--now", "@1700086400"], directory.Path);

            Assert.That(
                (
                    run.ExitCode,
                    run.Output.Contains(standing, StringComparison.Ordinal),
                    run.Output.Contains("50% of machines", StringComparison.Ordinal)
                ),
                Is.EqualTo((code, true, true)),
                run.Output
            );
        }
    }

    private static NewRollout New(string version, decimal hours) => new(version, Now.AddMinutes(1), hours, 0, null, null, Replace: false);

    private static Rollout Running(long start, long minutes, double share) =>
        new()
        {
            DurationMinutes = minutes,
            StartEpoch = start,
            StartPercentage = share,
        };

    private static UpdatesRelease Entry(string version, Rollout? rollout = null, string? barrier = null, string? deadend = null) =>
        new()
        {
            Version = version,
            Metadata = new()
            {
                Rollout = rollout,
                Barrier = barrier is null ? null : new() { Text = barrier },
                Deadend = deadend is null ? null : new() { Text = deadend },
            },
        };

    private static UpdatesDocument Document(params UpdatesRelease[] releases) =>
        new()
        {
            Stream = "stable",
            Metadata = new(),
            Releases = releases.ToValueList(),
        };
}
