using Pipeline.Cli.Answers;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Cli.Commands;

/// <summary>Prints reports: what the two verbs share.</summary>
internal static class RolloutTexts
{
    public static void Print(Services services, IReadOnlyCollection<RolloutReport> reports, bool json)
    {
        if (json)
        {
            RolloutState[] states =
            [
                .. reports.Select(r => new RolloutState(
                    r.Stream,
                    r.Version,
                    r.Standing,
                    r.Rollout?.StartEpoch,
                    r.Rollout?.DurationMinutes,
                    r.Rollout?.StartPercentage,
                    r.Share
                )),
            ];
            services.Output.WriteLine(AnswerJson.Line(states));
            return;
        }

        foreach (var report in reports)
        {
            services.Text.WriteLine(report.ToText());
        }
    }
}
