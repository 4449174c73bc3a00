using System.Globalization;
using Pipeline.Cli.Answers;
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
            services.Output.WriteLine(Document(result));
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
                )
                .Concat(Starting(fleet)),
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
        };

    /// <summary>Why the curve does not begin at nothing.</summary>
    private static IEnumerable<string> Starting(FleetCourse fleet) =>
        fleet.Starting == 0
            ? []
            :
            [
                FormattableString.Invariant(
                    $"{fleet.Starting} of them started there: machines start in equal shares on all releases up to the head"
                ),
            ];

    private static string Document(SimulationResult result) =>
        result switch
        {
            AllPaths all => AnswerJson.Line(new SimulatedPaths(all.Head, [.. all.Paths.Select(Path)])),
            LostPaths lost => AnswerJson.Line(new SimulatedLosses([.. lost.Paths.Select(Path)])),
            ExposureResult exposure => AnswerJson.Line(
                new SimulatedExposure(
                    exposure.Version,
                    [.. exposure.Points.Select(p => new ExposurePoint(p.Epoch, Stamp(p.Epoch), p.Share))]
                )
            ),
            FleetCourse fleet => AnswerJson.Line(
                new SimulatedFleet(fleet.Head, fleet.Machines, fleet.AtHead, fleet.Starting, fleet.Updates, [.. Samples(fleet)])
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, null),
        };

    private static IEnumerable<FleetMoment> Samples(FleetCourse fleet) =>
        fleet.Samples.Select(s => new FleetMoment(
            s.Epoch,
            Stamp(s.Epoch),
            fleet.Versions.Zip(s.Machines).Where(v => v.Second > 0).ToDictionary(v => v.First, v => v.Second)
        ));

    private static SimulatedPath Path(UpdatePath path) => new(path.Version, Word(path.Outcome), [.. path.Steps], [.. path.Barriers]);

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
