using Pipeline.Host.Files;
using Pipeline.Kola.Runs;
using Pipeline.Model.Reports;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HtmlReportTests : IDisposable
{
    private static readonly DateTimeOffset Day = new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task A_page_shows_results_history_and_the_lines_that_explain_a_failure()
    {
        var machine = Directory.CreateDirectory(_directory.File("ext.p.bad")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(machine, "console.txt"),
            "booting\nKernel panic - not syncing: <script>alert(1)</script>\n\e[31mend\n"
        );
        var history = new TestHistory([]).With(Report(machine), Day).With(Report(machine), Day.AddDays(1));

        Golden.Check("Kola/report.html", await HtmlReport.WriteAsync(Report(machine), history));
    }

    [Test]
    public async Task A_page_needs_nothing_from_elsewhere_and_runs_nothing()
    {
        var page = await HtmlReport.WriteAsync(Report(null), new([]));

        Assert.That(page, Does.Not.Match("https?://|<script|src=|@import|url\\("));
    }

    [Test]
    public void History_keeps_the_last_runs_and_leaves_out_what_did_not_run()
    {
        var history = Enumerable.Range(0, 30).Aggregate(new TestHistory([]), (h, i) => h.With(Report(null), Day.AddDays(i)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(history.Runs, Has.Count.EqualTo(20));
            Assert.That(history.Runs[^1].Time, Is.EqualTo(Day.AddDays(29)));
            Assert.That(history.Duration("ext.p.bad"), Is.EqualTo(TimeSpan.FromSeconds(65)));
            Assert.That(history.Duration("ext.p.not"), Is.Null);
            Assert.That(history.Of("ext.p.flaky").Last().Flaky, Is.True);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task History_that_two_runs_write_at_once_has_both(CancellationToken cancellationToken)
    {
        var work = new WorkDirectory(_directory.Path);
        await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => TestHistory.AddAsync(work, Report(null), TimeProvider.System, cancellationToken))
        );

        Assert.That(TestHistory.Read(work).Runs, Has.Count.EqualTo(5));
    }

    [TestCase(""), TestCase("{}"), TestCase("[null]"), TestCase("[{\"time\":\"x\"}]"), TestCase("[{}]"), TestCase("\0")]
    public void A_history_that_cannot_be_read_is_empty(string text)
    {
        var work = new WorkDirectory(_directory.Path);
        Directory.CreateDirectory(work.Cache);
        File.WriteAllText(Path.Combine(work.Cache, "kola-history.json"), text);

        Assert.That(TestHistory.Read(work).Runs, Is.Empty);
    }

    private static TestReport Report(string? directory) =>
        new()
        {
            Version = "13.20260901.0.0",
            Platform = "qemu",
            Accelerator = "KVM",
            Directory = "/out",
            Tests =
            [
                new()
                {
                    Name = "ext.p.good",
                    Outcome = TestOutcome.Pass,
                    Duration = TimeSpan.FromSeconds(13),
                    Machine = "shared",
                },
                new()
                {
                    Name = "ext.p.bad",
                    Outcome = TestOutcome.Fail,
                    Duration = TimeSpan.FromSeconds(65),
                    Reason = "kernel panic: <boom>",
                    Again = "pipeline kola run 'ext.p.bad'",
                    Output = "a\e[0m<b>&\nnext\n",
                    Machine = "boot",
                    Directory = directory,
                },
                new()
                {
                    Name = "ext.p.flaky",
                    Outcome = TestOutcome.Warn,
                    Flaky = true,
                    Duration = TimeSpan.FromSeconds(2),
                    Reason = "flaky: passed when it was run again, after: x",
                    Machine = "fork",
                },
                new()
                {
                    Name = "ext.p.not",
                    Outcome = TestOutcome.Skip,
                    Duration = TimeSpan.Zero,
                    Reason = "not for x86_64",
                },
            ],
        };
}
