namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>rollout</c>.</summary>
internal static class RolloutGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "rollout",
            "Edits which releases machines may update to",
            new RolloutAddCommand(services),
            new RolloutCleanCommand(services),
            new RolloutPauseCommand(services),
            new RolloutResumeCommand(services),
            RolloutMarkCommand.Barrier(services),
            RolloutMarkCommand.Deadend(services),
            new RolloutReportCommand(services),
            new RolloutPrintCommand(services)
        );
}
