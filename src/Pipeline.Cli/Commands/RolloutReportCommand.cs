using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;

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
            "Tells reviewers about the newest rollout and checks that it is released",
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
                var name = parsed.GetRequiredValue(_index);
                var index = (await DocumentFile.ReadAsync<ReleaseIndex>(services.FullPath(name), name, cancellationToken)).Value;
                var reports = await RolloutTexts.ReadAsync(
                    services,
                    parsed.GetRequiredValue(_files),
                    index,
                    parsed.GetValue(_now),
                    cancellationToken
                );
                RolloutTexts.Print(services, reports, parsed.GetValue(_json));
                return reports.Any(r => r.Standing == "unreleased") ? ExitClass.WorkFailed : ExitClass.Done;
            }
        );
    }
}
