using System.Text.Json;
using Pipeline.Host.Output;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TraceReporterTests
{
    [Test]
    public void Steps_and_parts_lie_where_they_were()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var inner = new TestReporter();
        var trace = new TraceReporter(inner, clock);
        using (var outer = trace.Step("outer"))
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            using (var nested = trace.Step("nested"))
            {
                clock.Advance(TimeSpan.FromMilliseconds(4));
                nested.Part(0, "piece", TimeSpan.FromMilliseconds(3));
                nested.Part(1, "other", TimeSpan.FromMilliseconds(30));
                nested.Done();
            }

            outer.Done();
        }

        Assert.That(
            Read(trace),
            Is.EqualTo([
                ("outer", "step", 0, 5000, 0),
                ("other", "part", 0, 5000, 101),
                ("nested", "step", 1000, 4000, 0),
                ("piece", "part", 2000, 3000, 100),
            ])
        );
        Assert.That(inner.Lines, Is.EqualTo(["outer", "nested"]), "everything is passed on");
    }

    [Test]
    public void Steps_side_by_side_have_lanes_of_their_own()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var trace = new TraceReporter(new TestReporter(), clock);
        using var parent = trace.Step("parent");
        var one = trace.Step("one", parent);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var two = trace.Step("two", parent);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        one.Dispose();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        two.Dispose();
        two.Dispose();
        parent.Dispose();

        Assert.That(Read(trace), Is.EqualTo([("parent", "step", 0, 3000, 0), ("one", "step", 0, 2000, 0), ("two", "step", 1000, 2000, 1)]));
    }

    /// <summary>A part that is reported late, through a pipe, does not overlap the one before it.</summary>
    [Test]
    public void Parts_of_a_thread_do_not_overlap()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var trace = new TraceReporter(new TestReporter(), clock);
        using (var step = trace.Step("step"))
        {
            clock.Advance(TimeSpan.FromMilliseconds(5));
            step.Part(0, "a", TimeSpan.FromMilliseconds(5));
            clock.Advance(TimeSpan.FromMilliseconds(1));
            step.Part(0, "b", TimeSpan.FromMilliseconds(5));
        }

        TraceCheck.Require(trace.ToJson());
        Assert.That(Read(trace)[1..], Is.EqualTo([("a", "part", 0, 5000, 100), ("b", "part", 5000, 1000, 100)]));
    }

    [Test]
    public void Parts_come_through_the_events_of_another_process()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var trace = new TraceReporter(new TestReporter(), clock);
        var worker = new TestReporter();
        using (var step = worker.Step("work"))
        {
            step.Part(3, "piece", TimeSpan.FromMilliseconds(2));
        }

        using (var replay = new EventReplay(trace))
        {
            foreach (var happened in worker.Events)
            {
                clock.Advance(TimeSpan.FromMilliseconds(5));
                replay.Take(RunEvent.Parse(happened.ToJson()));
            }
        }

        Assert.That(Read(trace), Does.Contain(("piece", "part", 8000, 2000, 103)));
    }

    private static (string, string, int, int, int)[] Read(TraceReporter trace)
    {
        TraceCheck.Require(trace.ToJson());
        using var json = JsonDocument.Parse(trace.ToJson());
        return
        [
            .. json
                .RootElement.EnumerateArray()
                .Select(e =>
                    (
                        e.GetProperty("name").GetString()!,
                        e.GetProperty("cat").GetString()!,
                        (int)e.GetProperty("ts").GetDouble(),
                        (int)e.GetProperty("dur").GetDouble(),
                        e.GetProperty("tid").GetInt32()
                    )
                ),
        ];
    }
}
