using System.CommandLine;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout resume</c>.</summary>
internal sealed class RolloutResumeCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };
    private readonly Option<string?> _from = new("--from")
    {
        Description = "The document as it was before the pause (default: what 'rollout pause' kept beside FILE)",
        HelpName = "OLDFILE",
    };
    private readonly Option<string?> _pausedAt = new("--paused-at")
    {
        Description = "When it was paused (default: as kept; with --from when FILE was last modified)",
        HelpName = "TIME",
    };
    private readonly Option<string?> _start = new("--start") { Description = "When it goes on (default: now)", HelpName = "TIME" };

    public RolloutResumeCommand(Services services)
        : base(
            services,
            "resume",
            "Goes on with a paused rollout where it was",
            "pipeline rollout resume updates/stable.json 44.20260720.3.1",
            "pipeline rollout resume updates/stable.json 44.20260720.3.1 --from old/stable.json"
        )
    {
        Arguments.Add(_version);
        Options.Add(_from);
        Options.Add(_pausedAt);
        Options.Add(_start);
        Edit(
            (parsed, edit, cancellationToken) =>
                services.Releases.Rollouts.ResumeAsync(
                    edit,
                    new(parsed.GetRequiredValue(_version), parsed.GetValue(_from), parsed.GetValue(_pausedAt), parsed.GetValue(_start)),
                    cancellationToken
                ),
            summary: true
        );
    }
}
