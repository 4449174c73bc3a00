using System.Text.Json;

namespace Pipeline.Tests.Host;

/// <summary>
/// Holds a trace to its format: complete events, none with a negative duration, those of one lane inside or after one another.
/// </summary>
internal static class TraceCheck
{
    /// <summary>Names of the events, or a failure.</summary>
    public static IReadOnlyList<string> Require(byte[] trace)
    {
        const double tolerance = 0.2; // microseconds: times are rounded to a tenth
        using var json = JsonDocument.Parse(trace);
        var events = json
            .RootElement.EnumerateArray()
            .Select(e =>
                (
                    Name: e.GetProperty("name").GetString()!,
                    Start: e.GetProperty("ts").GetDouble(),
                    Length: e.GetProperty("dur").GetDouble(),
                    Lane: (e.GetProperty("pid").GetInt32(), e.GetProperty("tid").GetInt32()),
                    Phase: e.GetProperty("ph").GetString()
                )
            )
            .ToArray();
        Assert.That(events.Where(e => e.Phase != "X" || e.Length < 0 || e.Start < 0), Is.Empty);
        foreach (var lane in events.GroupBy(e => e.Lane))
        {
            var open = new Stack<double>();
            foreach (var (name, start, length, _, _) in lane.OrderBy(e => e.Start).ThenByDescending(e => e.Length))
            {
                while (open.TryPeek(out var end) && end <= start + tolerance)
                {
                    open.Pop();
                }

                Assert.That(!open.TryPeek(out var around) || start + length <= around + tolerance, $"'{name}' crosses the end of another");
                open.Push(start + length);
            }
        }

        return [.. events.Select(e => e.Name)];
    }
}
