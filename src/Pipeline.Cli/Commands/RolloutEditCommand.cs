using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary>What all edits of an updates document share: the file, the time, <c>--dry-run</c> and <c>--json</c>.</summary>
internal abstract class RolloutEditCommand : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "Updates of the stream (updates/STREAM.json)" };
    private readonly Option<string?> _now = new("--now") { Description = "The present (default: the clock)", HelpName = "TIME" };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    protected RolloutEditCommand(Services services, string name, string description, params string[] examples)
        : base(name, description, examples)
    {
        Services = services;
        Arguments.Add(_file);
    }

    protected Services Services { get; }

    /// <summary>Adds the shared options behind the verb's own, and makes <paramref name="edit"/> the action.</summary>
    /// <param name="edit">Edits the document.</param>
    /// <param name="summary">Whether the newest rollout is printed after a change.</param>
    protected void Edit(Func<ParseResult, RolloutEdit, CancellationToken, Task<RolloutAnswer>> edit, bool summary = false)
    {
        Options.Add(_now);
        Options.Add(_dryRun);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (dryRun, json) = (parsed.GetValue(_dryRun), parsed.GetValue(_json));
                var request = new RolloutEdit(parsed.GetRequiredValue(_file), parsed.GetValue(_now), dryRun);
                var answer = await edit(parsed, request, cancellationToken);
                DocumentAnswer.Print(Services, answer.Document, dryRun, json);
                if (summary && !json && !dryRun)
                {
                    await Services.Text.WriteLineAsync(answer.Report.ToText());
                }

                return ExitClass.Done;
            }
        );
    }
}
