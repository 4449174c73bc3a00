using System.CommandLine;

namespace Pipeline.Cli.Commands;

/// <summary>All verbs, in the order the help lists them.</summary>
internal static class Verbs
{
    /// <summary>One line per verb or group.</summary>
    public static IEnumerable<Command> All(Services services) =>
    [
        new ImagesCommand(services),
        new DoctorCommand(services),
        ContractGroup.Of(services),
        VersionGroup.Of(services),
        new PromoteVerb(services),
        ReleaseGroup.Of(services),
        StreamGroup.Of(services),
        RolloutGroup.Of(services),
        GraphGroup.Of(services),
        new CompletionCommand(services),
        new VerbGroup("manifest", "What goes into the OS", new ManifestShowCommand(services)),
    ];
}
