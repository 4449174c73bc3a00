using System.CommandLine;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout print</c>: the report without a check.</summary>
internal sealed class RolloutPrintCommand : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Updates documents", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _now = new("--now") { Description = "The present (default: the clock)", HelpName = "TIME" };
    private readonly Option<bool> _json = JsonOption();

    public RolloutPrintCommand(Services services)
        : base("print", "Prints the newest rollout in several time zones", "pipeline rollout print updates/next.json updates/stable.json")
    {
        Arguments.Add(_files);
        Options.Add(_now);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var reports = await services.Releases.Rollouts.ReportAsync(
                    parsed.GetRequiredValue(_files),
                    null,
                    parsed.GetValue(_now),
                    cancellationToken
                );
                RolloutTexts.Print(services, reports, parsed.GetValue(_json));
                return ExitClass.Done;
            }
        );
    }
}
