using System.CommandLine;
using Pipeline.Images;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Live;

/// <summary><c>pipeline iso network</c>: NetworkManager's keyfiles in a live ISO.</summary>
internal static class IsoNetworkVerbs
{
    /// <summary>The group.</summary>
    public static VerbGroup Of(Services services) =>
        new("network", "The network settings embedded in a live ISO", Embed(services), new Extract(services), Remove(services));

    private static IsoVerb Embed(Services services)
    {
        var keyfiles = MediaFiles.KeyfileOption();
        var force = MediaFiles.ForceOption("settings");
        return new(
            services,
            "embed",
            "Embeds keyfiles of NetworkManager that the initramfs applies, before Ignition fetches anything",
            ["pipeline iso network embed -k eth0.nmconnection live.iso"],
            [keyfiles, force],
            async (parsed, iso, target, cancellationToken) =>
                await LiveMedia.EmbedNetworkAsync(
                    iso,
                    await MediaFiles.ReadAllAsync(services, parsed.GetValue(keyfiles), cancellationToken),
                    parsed.GetValue(force),
                    target,
                    cancellationToken
                )
        );
    }

    private static IsoVerb Remove(Services services) =>
        new(
            services,
            "remove",
            "Removes the embedded network settings",
            ["pipeline iso network remove live.iso"],
            [],
            (_, iso, target, cancellationToken) => LiveMedia.RemoveNetworkAsync(iso, target, cancellationToken)
        );

    private sealed class Extract : Verb
    {
        private readonly Argument<string> _iso = MediaFiles.IsoArgument();
        private readonly Option<string?> _directory = MediaFiles.DirectoryOption();

        public Extract(Services services)
            : base(
                "extract",
                "Prints the embedded network settings, or writes them into a directory",
                "pipeline iso network extract live.iso",
                "pipeline iso network extract live.iso --directory keyfiles"
            )
        {
            Arguments.Add(_iso);
            Options.Add(_directory);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var files = LiveMedia.NetworkOf(MediaFiles.Of(services, parsed.GetValue(_iso)!), cancellationToken);
                    await MediaFiles.ShowAsync(services, files, parsed.GetValue(_directory), cancellationToken);
                    return ExitClass.Done;
                }
            );
        }
    }
}
