using System.CommandLine;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout report</c>: checks the newest rollout against the release index.</summary>
internal sealed class RolloutReportCommand : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Updates documents", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _index = new("--index")
    {
        Description = "Release index of the stream",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string?> _now = new("--now") { Description = "The present (default: the clock)", HelpName = "TIME" };
    private readonly Option<bool> _json = JsonOption();

    public RolloutReportCommand(Services services)
        : base(
            "report",
            "Summarizes the newest rollout for reviewers and checks that it is released",
            "pipeline rollout report updates/stable.json --index releases.json"
        )
    {
        Arguments.Add(_files);
        Options.Add(_index);
        Options.Add(_now);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var reports = await services.Releases.Rollouts.ReportAsync(
                    parsed.GetRequiredValue(_files),
                    parsed.GetRequiredValue(_index),
                    parsed.GetValue(_now),
                    cancellationToken
                );
                RolloutTexts.Print(services, reports, parsed.GetValue(_json));
                return reports.Any(r => r.Standing == "unreleased") ? ExitClass.WorkFailed : ExitClass.Done;
            }
        );
    }
}
