using System.Globalization;
using System.Text.Json;
using Pipeline.Releases.Desks;
using Pipeline.Releases.Simulation;

namespace Pipeline.Cli.Commands;

/// <summary>Prints what simulations found, for people or as JSON.</summary>
internal sealed class SimulationAnswer(Services services, bool json)
{
    /// <summary>Prints one result.</summary>
    public void Print(SimulationResult result)
    {
        if (json)
        {
            services.Output.WriteLine(JsonSerializer.Serialize(Shape(result)));
            return;
        }

        foreach (var line in Lines(result))
        {
            services.Text.WriteLine(line);
        }
    }

    private static IEnumerable<string> Lines(SimulationResult result) =>
        result switch
        {
            AllPaths all => all.Paths.Select(Line),
            LostPaths lost => lost.Paths.Select(p => $"loses the head: {Line(p)}"),
            ExposureResult exposure => exposure.Points.Select(Bar),
            FleetCourse fleet => fleet
                .Share.Select(Bar)
                .Append(
                    FormattableString.Invariant(
                        $"{fleet.AtHead} of {fleet.Machines} machines at {fleet.Head ?? "nothing"} after {fleet.Updates} updates"
                    )
                ),
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
        };

    private static object Shape(SimulationResult result) =>
        result switch
        {
            AllPaths all => new { head = all.Head, paths = all.Paths.Select(Shape) },
            LostPaths lost => new { lost = lost.Paths.Select(Shape) },
            ExposureResult exposure => new
            {
                version = exposure.Version,
                points = exposure.Points.Select(p => new
                {
                    epoch = p.Epoch,
                    time = Stamp(p.Epoch),
                    share = p.Share,
                }),
            },
            FleetCourse fleet => new
            {
                head = fleet.Head,
                machines = fleet.Machines,
                at_head = fleet.AtHead,
                updates = fleet.Updates,
                samples = fleet.Samples.Select(s => new
                {
                    epoch = s.Epoch,
                    time = Stamp(s.Epoch),
                    machines = fleet.Versions.Zip(s.Machines).Where(v => v.Second > 0).ToDictionary(v => v.First, v => v.Second),
                }),
            },
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
        };

    private static object Shape(UpdatePath path) =>
        new
        {
            version = path.Version,
            outcome = Word(path.Outcome),
            steps = path.Steps.ToArray(),
            barriers = path.Barriers.ToArray(),
        };

    private static string Line(UpdatePath path)
    {
        var way = path.Steps.Count == 0 ? "" : $" by {string.Join(" > ", path.Steps)}";
        var barriers = path.Barriers.Count == 0 ? "" : $" ({path.Barriers.Count} barrier{(path.Barriers.Count == 1 ? "" : "s")})";
        return $"{path.Version}: {Word(path.Outcome)}{way}{barriers}";
    }

    private static string Word(PathOutcome outcome) =>
        outcome switch
        {
            PathOutcome.Head => "is the head",
            PathOutcome.Reaches => "reaches the head",
            PathOutcome.Ahead => "is ahead of the head",
            PathOutcome.DeadEnd => "ends at a dead end",
            _ => "is stuck",
        };

    private static string Bar(CurvePoint point)
    {
        var bar = new string('#', (int)(Math.Clamp(point.Share, 0, 1) * 40));
        return string.Create(CultureInfo.InvariantCulture, $"{Stamp(point.Epoch)} {point.Share * 100, 5:0.0}% {bar}").TrimEnd();
    }

    private static string Stamp(long epoch) =>
        DateTimeOffset.FromUnixTimeSeconds(epoch).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
