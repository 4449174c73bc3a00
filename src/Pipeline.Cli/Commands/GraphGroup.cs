namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>graph</c>.</summary>
internal static class GraphGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "graph",
            "Builds, simulates and draws update graphs",
            new GraphBuildCommand(services),
            new GraphSimulateCommand(services),
            new GraphShowCommand(services),
            new GraphServeCommand(services)
        );
}
