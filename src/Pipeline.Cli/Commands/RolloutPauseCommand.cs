using System.CommandLine;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout pause</c>.</summary>
internal sealed class RolloutPauseCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };

    public RolloutPauseCommand(Services services)
        : base(
            services,
            "pause",
            "Hides a release from all machines that do not run it yet",
            "pipeline rollout pause updates/stable.json 44.20260720.3.1"
        )
    {
        Arguments.Add(_version);
        Edit(
            (parsed, edit, cancellationToken) =>
                services.Releases.Rollouts.PauseAsync(edit, parsed.GetRequiredValue(_version), cancellationToken)
        );
    }
}
