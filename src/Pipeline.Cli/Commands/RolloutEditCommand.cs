using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;

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

    /// <summary>Adds the shared options behind the verb's own, and runs <paramref name="edit"/> on the document.</summary>
    protected void Edit(
        Func<ParseResult, DateTimeOffset, CancellationToken, Task<Func<UpdatesDocument, UpdatesDocument>>> edit,
        Func<ParseResult, Document<UpdatesDocument>?>? fresh = null,
        bool summary = false
    )
    {
        Options.Add(_now);
        Options.Add(_dryRun);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var now = Moments.Now(parsed.GetValue(_now), Services.Time);
                var file = parsed.GetRequiredValue(_file);
                var change = await DocumentFile.EditAsync(
                    Services.FullPath(file),
                    file,
                    fresh?.Invoke(parsed),
                    await edit(parsed, now, cancellationToken),
                    parsed.GetValue(_dryRun),
                    cancellationToken
                );
                DocumentAnswer.Print(Services, change, parsed.GetValue(_dryRun), parsed.GetValue(_json));
                if (summary && !parsed.GetValue(_json) && !parsed.GetValue(_dryRun))
                {
                    await Services.Output.WriteLineAsync(RolloutReport.Of(change.Value, null, now).ToText());
                }

                return ExitClass.Done;
            }
        );
    }

    /// <summary>A number with a decimal point, whatever the user's locale.</summary>
    protected static decimal Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new PipelineException(RolloutDiagnostics.NoNumber(text));
}
