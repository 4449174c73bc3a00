using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Promotion;

namespace Pipeline.Cli.Commands;

/// <summary><c>promote</c>.</summary>
internal sealed class PromoteCommand : Verb
{
    private readonly Argument<string> _from = new("FROM") { Description = "The content: a branch or commit, or a stream's directory" };
    private readonly Argument<string> _to = new("TO") { Description = "The branch (checked out and clean) or directory that receives it" };
    private readonly Option<string> _config = new("--config")
    {
        Description = "The config repository, or the directory of streams",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".",
    };
    private readonly Option<string?> _fetch = new("--fetch") { Description = "Fetch FROM from this remote first", HelpName = "REMOTE" };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    public PromoteCommand(Services services)
        : base(
            "promote",
            "Moves a stream's content to the next stream",
            "pipeline promote testing-devel testing --config fedora-coreos-config",
            "pipeline promote testing stable --fetch origin --dry-run"
        )
    {
        Arguments.Add(_from);
        Arguments.Add(_to);
        Options.Add(_config);
        Options.Add(_fetch);
        Options.Add(_dryRun);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var dryRun = parsed.GetValue(_dryRun);
                var answer = await services.Releases.Promotions.RunAsync(
                    new(
                        parsed.GetRequiredValue(_from),
                        parsed.GetRequiredValue(_to),
                        parsed.GetRequiredValue(_config),
                        parsed.GetValue(_fetch),
                        () => services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
                        dryRun
                    ),
                    cancellationToken
                );
                foreach (var change in answer.Locks ?? [])
                {
                    DocumentAnswer.Print(services, change, dryRun, parsed.GetValue(_json));
                }

                if (answer.Branch is { } branch)
                {
                    Print(services, branch, parsed.GetValue(_json));
                }

                return ExitClass.Done;
            }
        );
    }

    private static void Print(Services services, PromotionResult result, bool json)
    {
        if (json)
        {
            services.Output.WriteLine(AnswerJson.Line(new BranchEdit(result.Source, result.Commit, result.Tree, result.Changes)));
            return;
        }

        foreach (var change in result.Changes)
        {
            services.Text.WriteLine(change);
        }

        services.Reporter.Note(
            result.Changes.Count == 0 ? $"nothing to promote from {result.Source}"
            : result.Commit is null ? $"would promote {result.Source}"
            : $"promoted {result.Source} as {result.Commit}"
        );
    }
}
