using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Answers;
using Pipeline.Clouds.Collection;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary><c>pipeline cloud gc</c>: deletes what old runs left.</summary>
internal sealed class CloudGcCommand : Verb
{
    private readonly Option<string> _older = new("--older-than")
    {
        Description = "Only what is older: minutes, hours or days, such as 90m, 12h, 30d",
        HelpName = "AGE",
        DefaultValueFactory = _ => "12h",
    };
    private readonly Option<bool> _images = new("--images") { Description = "Images, too; without it instances and disks of no image" };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    public CloudGcCommand(Services services)
        : base(
            "gc",
            "Deletes old instances, left disks and, if asked for, images that carry our owner tag",
            "pipeline cloud gc aws --region all --dry-run",
            "pipeline cloud gc aws --older-than 30d --images --owner ci"
        )
    {
        var cloud = new CloudArguments(this, "Region; may be repeated, 'all' is every region (default: AWS_REGION)");
        foreach (var option in (Option[])[_older, _images, _dryRun, _json])
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var (provider, options) = cloud.Read(services, parsed);
                var collector = new CloudCollector(provider, options, services.Time);
                var outcome = await collector.CollectAsync(
                    new(
                        CloudRegions.Of(cloud.Regions(parsed)),
                        Age(parsed.GetRequiredValue(_older)),
                        parsed.GetValue(_images),
                        parsed.GetValue(_dryRun)
                    ),
                    cancellationToken
                );
                var exact = parsed.GetValue(_json);
                CloudResourceAnswer[] answer = [.. outcome.Select(o => CloudResourceAnswer.Of(o.Resource, o.Problem))];
                await services
                    .Answer(exact)
                    .WriteAsync(exact ? AnswerJson.Pretty(answer) : CloudResourceAnswer.Text(answer, services.Time.GetUtcNow()));
                foreach (var problem in outcome.Select(o => o.Problem).OfType<Diagnostic>())
                {
                    services.Reporter.Report(problem);
                }

                return outcome.Select(o => o.Problem?.Exit ?? ExitClass.Done).DefaultIfEmpty(ExitClass.Done).Max();
            }
        );
    }

    private static TimeSpan Age(string text) =>
        text.Length is > 1 and < 8
        && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? text[^1] switch
            {
                'm' => TimeSpan.FromMinutes(n),
                'h' => TimeSpan.FromHours(n),
                'd' => TimeSpan.FromDays(n),
                _ => throw new PipelineException(CloudUsage.BadAge(text)),
            }
            : throw new PipelineException(CloudUsage.BadAge(text));
}
