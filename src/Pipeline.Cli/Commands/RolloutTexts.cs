using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Cli.Commands;

/// <summary>What report and print share.</summary>
internal static class RolloutTexts
{
    public static async Task<List<RolloutReport>> ReadAsync(
        Services services,
        string[] files,
        ReleaseIndex? index,
        string? now,
        CancellationToken cancellationToken
    )
    {
        var reports = new List<RolloutReport>();
        foreach (var file in files)
        {
            var updates = (await DocumentFile.ReadAsync<UpdatesDocument>(services.FullPath(file), file, cancellationToken)).Value;
            reports.Add(RolloutReport.Of(updates, index, Moments.Now(now, services.Time)));
        }

        return reports;
    }

    public static void Print(Services services, List<RolloutReport> reports, bool json)
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
            services.Output.WriteLine(report.ToText());
        }
    }
}
