using System.Collections.Concurrent;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary><c>kill -9</c> of a compose of RPM packages: at boundaries between steps and in the middle of what is its own.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All)]
public sealed class KilledRpmComposeTests
{
    private const int Patience = 300_000;
    private readonly ToolRunner _tools = new();
    private ComposeBench _bench = null!;
    private Composed _undisturbed = null!;

    /// <summary>Fetching is the same for every family.</summary>
    private static IEnumerable<Moment> Moments => Moment.All.Except([Moment.Fetching]);

    [OneTimeSetUp]
    public async Task Compose()
    {
        _bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(
                new("slow")
                {
                    Files = [new("usr/share/slow/here", "x"), new("usr/share/bulk", "") { Bytes = KilledComposeTests.Noise(24 << 20) }],
                    Scripts = new Dictionary<string, string> { ["postinst"] = "echo x > /usr/share/slow/configuring; sleep 1" },
                }
            )
        );
        _bench.Manifest(["slow"], "postprocess:\n  - |\n    #!/bin/sh\n    echo x > /usr/share/slow/finishing\n    sleep 1\n");
        _undisturbed = await _bench.ComposeAsync("undisturbed", CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task Clean() => await _bench.DisposeAsync();

    [Test, CancelAfter(Patience), TestCaseSource(nameof(Moments))]
    public async Task A_killed_run_leaves_no_process_and_the_next_one_makes_the_same_commit(
        object moment,
        CancellationToken cancellationToken
    )
    {
        var at = (Moment)moment;
        var name = at.Name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal);
        var work = _bench.Work(name);
        var progress = new ConcurrentQueue<string>();
        await using (var running = _tools.Start(_bench.Command(name) with { OnErrorLine = progress.Enqueue }))
        {
            while (!at.Reached(work, progress))
            {
                Assert.That(
                    running.Completion.IsCompleted,
                    Is.False,
                    () => $"it was over before it was seen {at}: {string.Join('\n', progress)}"
                );
                await Task.Delay(2, cancellationToken);
            }

            await _tools.RunAsync(new("kill", ["-KILL", $"{running.Id}"]), cancellationToken);
            Assert.That((await running.Completion).ExitCode, Is.EqualTo(128 + 9));
        }

        await ComposeBench.NoProcessesAsync(work.Root, cancellationToken);
        var next = await _bench.ComposeAsync(name, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((next.Id, next.Commit), Is.EqualTo((_undisturbed.Id, _undisturbed.Commit)));
            Assert.That(new FileInfo(Path.Combine(work.Builds, "latest")).LinkTarget, Is.EqualTo(next.Id));
            Assert.That(ComposeBench.Leftovers(work), Is.Empty);
        }
    }
}
