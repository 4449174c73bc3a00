using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Clouds.Collection;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary><c>pipeline cloud list</c>: what we have in a cloud.</summary>
internal sealed class CloudListCommand : Verb
{
    private readonly Option<bool> _json = JsonOption();

    public CloudListCommand(Services services)
        : base(
            "list",
            "Lists images, disks and instances that carry our owner tag",
            "pipeline cloud list aws --region eu-central-1",
            "pipeline cloud list aws --region all --json"
        )
    {
        var cloud = new CloudArguments(this, "Region; may be repeated, 'all' is every region (default: AWS_REGION)");
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (provider, options) = cloud.Read(services, parsed);
                var collector = new CloudCollector(provider, options, services.Time);
                var found = await collector.ListAsync(CloudRegions.Of(cloud.Regions(parsed)), cancellationToken);
                var exact = parsed.GetValue(_json);
                CloudResourceAnswer[] answer = [.. found.Select(r => CloudResourceAnswer.Of(r, null))];
                await services
                    .Answer(exact)
                    .WriteAsync(exact ? AnswerJson.Pretty(answer) : CloudResourceAnswer.Text(answer, services.Time.GetUtcNow()));
                return ExitClass.Done;
            }
        );
    }
}

/// <summary>Regions as typed.</summary>
internal static class CloudRegions
{
    /// <summary><c>null</c> for all; empty for the usual one.</summary>
    public static IReadOnlyList<string>? Of(string[] typed) => typed.Contains(UploadCommand.EveryRegion) ? null : typed;
}
