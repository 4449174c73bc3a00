using System.Text.Json;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Cli.Commands;

/// <summary>Prints reports: what the two verbs share.</summary>
internal static class RolloutTexts
{
    public static void Print(Services services, IReadOnlyCollection<RolloutReport> reports, bool json)
    {
        if (json)
        {
            services.Output.WriteLine(
                JsonSerializer.Serialize(
                    reports.Select(r => new
                    {
                        stream = r.Stream,
                        version = r.Version,
                        standing = r.Standing,
                        start_epoch = r.Rollout?.StartEpoch,
                        duration_minutes = r.Rollout?.DurationMinutes,
                        start_percentage = r.Rollout?.StartPercentage,
                        share = r.Share,
                    })
                )
            );
            return;
        }

        foreach (var report in reports)
        {
            services.Text.WriteLine(report.ToText());
        }
    }
}
