using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReporterTests
{
    private const int Width = 40;

    private readonly ManualClock _clock = new(new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly RecordingRendering _recording = new();

    [TestCase("plain")]
    [TestCase("terminal")]
    [TestCase("json")]
    [TestCase("quiet")]
    public async Task A_run_with_two_parallel_steps_is_rendered(string style)
    {
        await using var text = new StringWriter { NewLine = "\n" };
        IRendering rendering =
            style == "terminal"
                ? new TerminalRendering(text, () => Width, colour: true, _clock)
                : Renderings.Of(Enum.Parse<ReporterStyle>(style, ignoreCase: true), text, colour: false, _clock);

        await TwoSideBySideAsync(new Reporter(rendering, _clock));

        // Escapes are spelled, so that the golden file can be read.
        var shown = text.ToString().Replace("\e", "<ESC>", StringComparison.Ordinal).Replace("\r", "<CR>", StringComparison.Ordinal);
        Golden.Check($"Host/progress-{style}.txt", shown);
    }

    [Test]
    public async Task Steps_of_parallel_tasks_have_the_task_s_own_step_as_parent()
    {
        await TwoSideBySideAsync(new Reporter(_recording, _clock));

        var started = _recording.Events.OfType<StepStarted>().ToDictionary(s => s.Name);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(started["images"].Parent, Is.Null);
            Assert.That(started["image for qemu"].Parent, Is.EqualTo(started["images"].Id));
            Assert.That(started["image for metal"].Parent, Is.EqualTo(started["images"].Id));
            Assert.That(started["write qcow2"].Parent, Is.EqualTo(started["image for qemu"].Id));
            Assert.That(started["compress"].Parent, Is.EqualTo(started["image for metal"].Id));
        }
    }

    [Test]
    public void A_step_after_another_is_not_its_part()
    {
        var reporter = new Reporter(_recording, _clock);
        using (var first = reporter.Step("first"))
        {
            first.Done();
        }

        reporter.Step("second").Dispose();

        Assert.That(_recording.Events.OfType<StepStarted>().Select(s => s.Parent), Is.All.Null);
    }

    [Test]
    public void A_step_that_an_exception_leaves_was_stopped()
    {
        var reporter = new Reporter(_recording, _clock);
        Assert.Throws<InvalidDataException>(() =>
        {
            using var step = reporter.Step("unpack");
            throw new InvalidDataException();
        });

        Assert.That(_recording.Events[^1], Is.EqualTo(new StepEnded(1, StepOutcome.Stopped, 0, null)));
    }

    [Test]
    public void Progress_is_sent_ten_times_a_second_at_most()
    {
        var reporter = new Reporter(_recording, _clock);
        using (var step = reporter.Step("fetch"))
        {
            for (var i = 1; i <= 1000; i++)
            {
                step.Progress(i, 1000, "a", ProgressUnits.Bytes);
                _clock.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.That(_recording.Events.OfType<StepProgressed>().Count(), Is.EqualTo(10));
    }

    [Test]
    public void Every_event_survives_its_JSON()
    {
        RunEvent[] events =
        [
            new StepStarted(1, null, "fetch \e]0;x\a"),
            new StepStarted(2, 1, "a"),
            new StepProgressed(2, ProgressUnits.Bytes, 5, 10, "bash"),
            new Noted(2, "two\nlines"),
            new Diagnosed(null, Diagnostic.Error("PL0001", "wrong", new("f.yaml", 1, 2, 3, 4), "mend it", ExitClass.Refused, path: "/a")),
            new StepEnded(2, StepOutcome.Failed, 1.25, "no"),
        ];

        var lines = events.Select(e => e.ToJson()).ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Has.None.Contains("\n"));
            Assert.That(lines.Select(RunEvent.Parse), Is.EqualTo(events));
        }
    }

    [Test]
    public void Events_of_another_process_nest_below_a_step_and_end_with_it()
    {
        var reporter = new Reporter(_recording, _clock);
        using (var compose = reporter.Step("compose"))
        {
            using var replay = new EventReplay(reporter, compose);
            replay.Take(new StepStarted(1, null, "configure"));
            replay.Take(new StepStarted(2, 1, "initramfs"));
            replay.Take(new Noted(2, "cached"));
            replay.Take(new StepEnded(2, StepOutcome.Done, 1, "made"));
            compose.Done();
        }

        Assert.That(
            _recording.Events,
            Is.EqualTo<RunEvent>([
                new StepStarted(1, null, "compose"),
                new StepStarted(2, 1, "configure"),
                new StepStarted(3, 2, "initramfs"),
                new Noted(3, "cached"),
                new StepEnded(3, StepOutcome.Done, 0, "made"),
                new StepEnded(2, StepOutcome.Stopped, 0, null),
                new StepEnded(1, StepOutcome.Done, 0, null),
            ])
        );
    }

    [TestCase("abc", 3, "abc")]
    [TestCase("abcd", 3, "abc")]
    [TestCase("日本語", 5, "日本")]
    [TestCase("e\u0301e\u0301e", 2, "e\u0301e\u0301")]
    [TestCase("a👍b", 3, "a👍")]
    [TestCase("a👍b", 2, "a")]
    public void Text_is_cut_where_the_terminal_ends(string text, int columns, string expected) =>
        Assert.That(Columns.Cut(text, columns), Is.EqualTo(expected));

    [Test]
    public void No_line_on_a_terminal_is_wider_than_it()
    {
        var text = new StringWriter();
        var reporter = new Reporter(new TerminalRendering(text, () => Width, colour: false, _clock), _clock);
        var steps = Enumerable.Range(0, 20).Select(i => reporter.Step(new string('x', 50) + i)).ToArray();

        var live = text.ToString()[text.ToString().LastIndexOf("\e[J", StringComparison.Ordinal)..][3..].Split('\n');

        using (Assert.EnterMultipleScope())
        {
            Assert.That(live, Has.Length.LessThanOrEqualTo(8));
            Assert.That(live, Has.All.Length.LessThan(Width));
        }

        Array.ForEach(steps, s => s.Dispose());
    }

    [Test]
    public void A_long_step_shows_how_long_it_runs_and_how_fast_it_goes()
    {
        var text = new StringWriter();
        var rendering = new TerminalRendering(text, () => 120, colour: false, _clock);
        var reporter = new Reporter(rendering, _clock);
        using var fetch = reporter.Step("fetch");
        fetch.Progress(100 << 20, 1 << 30, "linux", ProgressUnits.Bytes); // was there before
        Assert.That(Drawn(text), Is.EqualTo("fetch   9% 100.0 MiB of 1.0 GiB linux"));

        _clock.Advance(TimeSpan.FromSeconds(4));
        fetch.Progress(300 << 20, 1 << 30, "linux", ProgressUnits.Bytes);
        Assert.That(Drawn(text), Is.EqualTo("fetch  29% 300.0 MiB of 1.0 GiB, 50.0 MiB/s linux"));

        _clock.Advance(TimeSpan.FromSeconds(61));
        rendering.Redraw();
        Assert.That(Drawn(text), Is.EqualTo("fetch  29% 300.0 MiB of 1.0 GiB, 3.1 MiB/s 1 min 05 s linux"));
    }

    [Test]
    public void Time_goes_on_also_for_a_step_that_counts_nothing()
    {
        var text = new StringWriter();
        var rendering = new TerminalRendering(text, () => 80, colour: false, _clock);
        using (new Reporter(rendering, _clock).Step("configure packages"))
        {
            _clock.Advance(TimeSpan.FromSeconds(12));
            rendering.Redraw();
            Assert.That(Drawn(text), Is.EqualTo("configure packages … 12 s"));
        }

        var before = text.ToString();
        rendering.Redraw();
        Assert.That(text.ToString(), Is.EqualTo(before), "nothing is drawn when nothing runs");
    }

    [Test]
    public void A_step_that_Ctrl_C_ends_says_so()
    {
        using var cancellation = new CancellationTokenSource();
        var text = new StringWriter();
        var reporter = new Reporter(new PlainRendering(text, colour: false), _clock) { Cancellation = cancellation.Token };
        var first = reporter.Step("fetch packages");
        cancellation.Cancel();
        first.Dispose();

        Assert.That(text.ToString(), Is.EqualTo("fetch packages: cancelled (0.0 s)" + Environment.NewLine));
    }

    [TestCase(true, null, "xterm", ReporterStyle.Terminal)]
    [TestCase(true, null, "dumb", ReporterStyle.Plain)]
    [TestCase(true, null, null, ReporterStyle.Plain)]
    [TestCase(true, "true", "xterm", ReporterStyle.Plain)]
    [TestCase(false, null, "xterm", ReporterStyle.Plain)]
    public void Lines_are_live_only_where_they_can_be(bool terminal, string? ci, string? term, ReporterStyle expected) =>
        Assert.That(Renderings.Detect(terminal, ci, term), Is.EqualTo(expected));

    [Test]
    public void GitHub_shows_a_problem_at_its_line()
    {
        var text = new StringWriter { NewLine = "\n" };
        var rendering = new ProblemLines(new PlainRendering(text, colour: false), new GitHubAnnotations("/home/runner/os/").Of);
        var reporter = new Reporter(rendering, _clock);
        using (reporter.Step("read the manifest"))
        {
            reporter.Report(Diagnostic.Error("PL0103", "100% wrong", new("/home/runner/os/a,b.yaml", 12, 5), "mend it"));
            reporter.Report(Diagnostic.Warning("PL0104", "odd"));
        }

        Assert.That(
            text.ToString(),
            Does.StartWith(
                "::error file=a%2Cb.yaml,line=12,col=5,title=PL0103::/home/runner/os/a,b.yaml:12:5: error PL0103: 100%25 wrong%0A"
                    + "  hint: mend it\n"
                    + "::warning title=PL0104::warning PL0104: odd\n"
            )
        );
    }

    /// <summary>What was drawn last.</summary>
    private static string Drawn(StringWriter text) =>
        text.ToString()[(text.ToString().LastIndexOf("\e[J", StringComparison.Ordinal) + 3)..];

    /// <summary>Two tasks that take turns: the order of events is fixed, their asynchronous contexts are apart.</summary>
    private async Task TwoSideBySideAsync(Reporter reporter)
    {
        using var images = reporter.Step("images");
        var qemuTurn = new SemaphoreSlim(0);
        var metalTurn = new SemaphoreSlim(0);
        var mainTurn = new SemaphoreSlim(0);
        var qemu = Task.Run(async () =>
        {
            await qemuTurn.WaitAsync();
            using var image = reporter.Step("image for qemu");
            await HandOverAsync(metalTurn, qemuTurn);
            using (var write = reporter.Step("write qcow2"))
            {
                write.Progress(512 << 20, 1 << 30, "disk \e[2J日本語 of a name that is much too long for the line", ProgressUnits.Bytes);
                await HandOverAsync(metalTurn, qemuTurn);
                write.Done();
            }

            image.Done("qemu.qcow2, 1.0 GiB");
            metalTurn.Release();
        });
        var metal = Task.Run(async () =>
        {
            await metalTurn.WaitAsync();
            using var image = reporter.Step("image for metal");
            await HandOverAsync(qemuTurn, metalTurn);
            using (var compress = reporter.Step("compress"))
            {
                reporter.Note("xz says \e]0;title\a hello");
                await HandOverAsync(qemuTurn, metalTurn);
                reporter.Report(Diagnostic.Warning("PL0900", "slow disk", hint: "use another\nor wait"));
                compress.Fail("no space");
            }

            reporter.Report(Diagnostic.Error("PL0901", "cannot write 'a\u202eb'"));
            mainTurn.Release();
        });
        qemuTurn.Release();
        await Task.WhenAll(qemu, metal);
        await mainTurn.WaitAsync();
        images.Done();
    }

    private async Task HandOverAsync(SemaphoreSlim other, SemaphoreSlim mine)
    {
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        other.Release();
        await mine.WaitAsync();
    }
}
