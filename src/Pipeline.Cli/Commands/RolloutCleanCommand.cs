namespace Pipeline.Cli.Commands;

/// <summary><c>rollout clean</c>.</summary>
internal sealed class RolloutCleanCommand : RolloutEditCommand
{
    public RolloutCleanCommand(Services services)
        : base(
            services,
            "clean",
            "Ends rollouts whose time is over and drops entries that say nothing",
            "pipeline rollout clean updates/stable.json"
        ) => Edit((_, edit, cancellationToken) => services.Releases.Rollouts.CleanAsync(edit, cancellationToken));
}
