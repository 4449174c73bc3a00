using Pipeline.Cli.Commands.Clouds;

namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>cloud</c>.</summary>
internal static class CloudGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "cloud",
            "Images and instances of clouds, and clouds without an account",
            new CloudListCommand(services),
            new CloudGcCommand(services),
            LaunchCommand.OfBuild(services),
            new CloudConsoleCommand(services),
            new CloudSshCommand(services),
            new CloudTerminateCommand(services),
            new CloudEmulateCommand(services)
        );
}
