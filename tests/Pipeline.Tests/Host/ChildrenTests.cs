using System.Globalization;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Host;

/// <summary>Alone, because adoption is a property of the whole process.</summary>
[TestFixture, NonParallelizable]
public sealed class ChildrenTests
{
    [Test, CancelAfter(60_000)]
    public async Task The_time_of_a_process_whose_parent_left_is_counted(CancellationToken cancellationToken)
    {
        using var adoption = Children.Adopt();
        var before = CpuOfChildren();

        // The shell leaves at once; its child works on and is nobody's.
        var result = await new ToolRunner().RunAsync(
            new("sh", ["-c", "(i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; echo done >&2) & exit 7"]) { Accepted = [7] },
            cancellationToken
        );
        var counted = TimeSpan.Zero;
        while (counted < TimeSpan.FromMilliseconds(50))
        {
            await Task.Delay(20, cancellationToken);
            counted = CpuOfChildren() - before;
        }

        Assert.That(result.CpuTime, Is.LessThan(counted));
    }

    [Test, CancelAfter(60_000)]
    public async Task Exit_codes_of_many_children_at_once_are_their_own(CancellationToken cancellationToken)
    {
        using var adoption = Children.Adopt();
        var tools = new ToolRunner();

        var codes = await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(async i =>
                    (await tools.RunAsync(new("sh", ["-c", $"(exit 3) & exit {i}"]) { Accepted = [i] }, cancellationToken)).ExitCode
                )
        );

        Assert.That(codes, Is.EqualTo(Enumerable.Range(0, 60)));
    }

    /// <summary>cutime and cstime of this process: what its children used that were waited for.</summary>
    private static TimeSpan CpuOfChildren()
    {
        const int ticksPerSecond = 100;
        var text = File.ReadAllText("/proc/self/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = fields[13..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
        return TimeSpan.FromSeconds((double)ticks / ticksPerSecond);
    }
}
