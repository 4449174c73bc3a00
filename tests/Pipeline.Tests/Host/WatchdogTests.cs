using System.Diagnostics.CodeAnalysis;
using System.Text;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Host;

/// <summary>The process that ends what a killed process started. Whole runs are killed where façades are.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class WatchdogTests
{
    private readonly ToolRunner _tools = new();

    [Test, CancelAfter(60_000)]
    public async Task At_the_end_of_its_input_it_kills_the_groups_that_still_run_and_no_other(CancellationToken cancellationToken)
    {
        var (lost, ended, unknown) = (ToolRunnerTests.Mark(), ToolRunnerTests.Mark(), ToolRunnerTests.Mark());
        await using var one = Sleepers(lost);
        await using var two = Sleepers(ended);
        await using var three = Sleepers(unknown);
        await ToolRunnerTests.UntilAsync(() => new[] { lost, ended, unknown }.All(m => ToolRunnerTests.Alive(m) == 2), cancellationToken);

        await _tools.RunAsync(
            new("sh", ["-c", Watchdog.Script])
            {
                Input = Encoding.ASCII.GetBytes($"+{two.Id}\n+{one.Id}\n+1{one.Id}\n-{two.Id}\n-1{one.Id}\n"),
            },
            cancellationToken
        );

        await ToolRunnerTests.UntilAsync(() => ToolRunnerTests.Alive(lost) == 0, cancellationToken);
        Assert.That((ToolRunnerTests.Alive(ended), ToolRunnerTests.Alive(unknown)), Is.EqualTo((2, 2)));
    }

    [Test, CancelAfter(60_000)]
    public async Task It_runs_while_programs_run_and_no_terminal_can_signal_it(CancellationToken cancellationToken)
    {
        await using var running = Sleepers(ToolRunnerTests.Mark());

        var watching = Directory
            .EnumerateDirectories("/proc")
            .Where(d => char.IsAsciiDigit(d["/proc/".Length]))
            .Select(Stat)
            .OfType<string[]>()
            .Where(s => s[3] == $"{Environment.ProcessId}" && s[4] == s[0])
            .Select(s => File.ReadAllText($"/proc/{s[0]}/cmdline"));

        Assert.That(watching, Has.Some.Contains("pipeline-watchdog"));
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "the caller disposes it")]
    private IRunningTool Sleepers(string mark) => _tools.Start(new("sh", ["-c", $"sleep {mark} & sleep {mark}"]));

    /// <summary>Number, name, state, parent and group.</summary>
    private static string[]? Stat(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/stat").Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
