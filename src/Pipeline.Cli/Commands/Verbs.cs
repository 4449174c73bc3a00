using System.CommandLine;
using Pipeline.Cli.Commands.Clouds;
using Pipeline.Cli.Commands.Live;

namespace Pipeline.Cli.Commands;

/// <summary>All verbs, in the order the help lists them.</summary>
internal static class Verbs
{
    /// <summary>One line per verb or group.</summary>
    public static IEnumerable<Command> All(Services services) =>
        [
            new InitCommand(services),
            new VerbGroup("manifest", "What goes into the OS", new ManifestShowCommand(services), new ManifestCheckCommand(services)),
            new ComposeCommand(services),
            new ImagesCommand(services),
            IsoGroup.Of(services),
            PxeGroup.Of(services),
            new RunCommand(services),
            new VerbGroup(
                "kola",
                "Tests in virtual machines",
                new KolaListCommand(services),
                new KolaRunCommand(services),
                new KolaSabotageCommand(services),
                new KolaCheckConsoleCommand(services)
            ),
            new BisectCommand(services),
            BuildsGroup.Of(services),
            new DiffCommand(services),
            new VerbGroup(
                "cache",
                "What was fetched and made before, and may be deleted",
                new CacheShowCommand(services),
                new CachePruneCommand(services)
            ),
            new VerbGroup("package", "Package files", new PackageInspectCommand(services)),
            new ButaneCommand(services),
            new VerbGroup(
                "ignition",
                "Ignition configs",
                new IgnitionValidateCommand(services),
                new IgnitionMergeCommand(services),
                new IgnitionUpgradeCommand(services),
                new IgnitionShowCommand(services)
            ),
            new DoctorCommand(services),
            ContractGroup.Of(services),
            VersionGroup.Of(services),
            new PromoteCommand(services),
            ReleaseGroup.Of(services),
            new DownloadCommand(services),
            new UploadCommand(services),
            LaunchCommand.OfStream(services),
            CloudGroup.Of(services),
            StreamGroup.Of(services),
            RolloutGroup.Of(services),
            GraphGroup.Of(services),
            new CompletionCommand(services),
            new HelpCommand(),
            new WorkerCommand(services),
        ];
}
