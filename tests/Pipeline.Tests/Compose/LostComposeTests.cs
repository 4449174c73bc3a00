using System.Collections.Concurrent;
using Pipeline.Host;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>
/// A compose that is ended from outside while a script runs that would never end by itself: signals, a terminal that goes away, a part of
/// it that is killed. <see cref="KilledComposeTests"/> kills it at every other moment.
/// </summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All)]
public sealed class LostComposeTests
{
    private const int Patience = 300_000;
    private const string Marker = "cache/trees/*/tmp-*/upper/usr/share/slow/configuring";
    private readonly ToolRunner _tools = new();
    private ComposeBench _bench = null!;

    [OneTimeSetUp]
    public async Task Serve()
    {
        _bench = await ComposeBench.WithAsync(
            TinyRepository.Package(
                "slow",
                files: [new("usr/share/slow/here", "x")],
                postinst: "#!/bin/sh\n(trap '' TERM HUP; sleep 100000) &\necho x >/usr/share/slow/configuring\nsleep 100000\n"
            )
        );
        _bench.Manifest(["slow"]);
    }

    [OneTimeTearDown]
    public async Task Clean() => await _bench.DisposeAsync();

    [TestCase(1, 128 + 1, TestName = "SIGHUP")]
    [TestCase(3, 128 + 3, TestName = "SIGQUIT")]
    [TestCase(9, 128 + 9, TestName = "SIGKILL")]
    [TestCase(15, 130, TestName = "SIGTERM")]
    [CancelAfter(Patience)]
    public async Task A_signal_ends_everything_and_nothing_is_published(int signal, int exit, CancellationToken cancellationToken)
    {
        var work = $"signal-{signal}";
        await using var running = await StartAsync(_bench.Command(work), work, cancellationToken);

        Assert.That(Libc.kill(running.Id, signal), Is.Zero);

        Assert.That((await running.Completion.WaitAsync(cancellationToken)).ExitCode, Is.EqualTo(exit));
        await NothingLeftAsync(work, cancellationToken);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_terminal_that_is_closed_ends_everything(CancellationToken cancellationToken)
    {
        const string work = "terminal";
        var command = _bench.Command(work);
        var typed = string.Join(' ', command.Arguments.Skip(3).Select(a => $"'{a}'"));
        await using var terminal = await StartAsync(
            command with
            {
                Program = "script",
                Arguments = ["-q", "-c", typed, "/dev/null"],
            },
            work,
            cancellationToken
        );

        Assert.That(Libc.kill(terminal.Id, Libc.SigKill), Is.Zero);

        await NothingLeftAsync(work, cancellationToken);
    }

    /// <summary>The process outside must not wait for ever, and not take the end of a part for success.</summary>
    [TestCase("worker compose")]
    [TestCase("unshare")]
    [TestCase("bwrap")]
    [CancelAfter(Patience)]
    public async Task A_part_that_is_killed_ends_everything(string part, CancellationToken cancellationToken)
    {
        var work = $"part-{part.Replace(' ', '-')}";
        await using var running = await StartAsync(_bench.Command(work), work, cancellationToken);
        var id = ComposeBench
            .ProcessIds(_bench.Work(work).Root)
            .Where(p => p != $"{running.Id}")
            .OrderBy(p => p.Length)
            .ThenBy(p => p, StringComparer.Ordinal)
            .First(p => CommandLine(p).Contains(part, StringComparison.Ordinal));

        await _tools.RunAsync(new("kill", ["-KILL", id]), cancellationToken);

        Assert.That((await running.Completion.WaitAsync(cancellationToken)).ExitCode, Is.EqualTo(1));
        await NothingLeftAsync(work, cancellationToken);
    }

    /// <summary>Starts it, and returns when the script runs.</summary>
    private async Task<IRunningTool> StartAsync(ToolCommand command, string work, CancellationToken cancellationToken)
    {
        var at = new Moment("while a script runs", Files: Marker);
        var said = new ConcurrentQueue<string>();
        var running = _tools.Start(command with { OnErrorLine = said.Enqueue });
        while (!at.Reached(_bench.Work(work), said))
        {
            Assert.That(running.Completion.IsCompleted, Is.False, () => string.Join('\n', said));
            await Task.Delay(20, cancellationToken);
        }

        return running;
    }

    private async Task NothingLeftAsync(string work, CancellationToken cancellationToken)
    {
        await ComposeBench.NoProcessesAsync(_bench.Work(work).Root, cancellationToken);
        Assert.That(
            Directory.EnumerateFileSystemEntries(_bench.Work(work).Builds).Select(Path.GetFileName).Where(n => n![0] != '.'),
            Is.Empty
        );
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
