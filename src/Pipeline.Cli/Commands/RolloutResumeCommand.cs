using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout resume</c>.</summary>
internal sealed class RolloutResumeCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };
    private readonly Option<string> _from = new("--from")
    {
        Description = "The document as it was before the pause",
        HelpName = "OLDFILE",
        Required = true,
    };
    private readonly Option<string?> _pausedAt = new("--paused-at")
    {
        Description = "When it was paused (default: when FILE was last modified)",
        HelpName = "TIME",
    };
    private readonly Option<string?> _start = new("--start") { Description = "When it goes on (default: now)", HelpName = "TIME" };

    public RolloutResumeCommand(Services services)
        : base(
            services,
            "resume",
            "Goes on with a paused rollout where it was",
            "pipeline rollout resume updates/stable.json 44.20260720.3.1 --from old/stable.json"
        )
    {
        Arguments.Add(_version);
        Options.Add(_from);
        Options.Add(_pausedAt);
        Options.Add(_start);
        Edit(
            async (parsed, now, cancellationToken) =>
            {
                var from = parsed.GetRequiredValue(_from);
                var before = (await DocumentFile.ReadAsync<UpdatesDocument>(Services.FullPath(from), from, cancellationToken)).Value;
                var start = parsed.GetValue(_start) is { } text ? Moments.Parse(text, now) : now;
                return updates =>
                {
                    var paused =
                        parsed.GetValue(_pausedAt)
                        ?? updates.Metadata.LastModified
                        ?? throw new PipelineException(RolloutDiagnostics.NoPauseTime());
                    return UpdatesEditor.Resume(updates, before, parsed.GetRequiredValue(_version), Moments.Parse(paused, now), start, now);
                };
            },
            summary: true
        );
    }
}
