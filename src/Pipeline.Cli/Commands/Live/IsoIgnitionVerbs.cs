using System.CommandLine;
using Pipeline.Images;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Live;

/// <summary><c>pipeline iso ignition</c>: the Ignition config of a live ISO.</summary>
internal static class IsoIgnitionVerbs
{
    /// <summary>The group.</summary>
    public static VerbGroup Of(Services services) =>
        new("ignition", "The Ignition config embedded in a live ISO", Embed(services), new Show(services), Remove(services));

    private static IsoVerb Embed(Services services)
    {
        var config = MediaFiles.IgnitionOption();
        var force = MediaFiles.ForceOption("a config");
        return new(
            services,
            "embed",
            "Embeds an Ignition config that the live system applies",
            ["pipeline iso ignition embed -i live.ign live.iso", "pipeline iso ignition embed -i live.ign -o mine.iso live.iso"],
            [config, force],
            async (parsed, iso, target, cancellationToken) =>
                await new LiveMedia(services.Reporter).EmbedIgnitionAsync(
                    iso,
                    await MediaFiles.ReadAsync(services, parsed.GetValue(config)!, cancellationToken),
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
            "Removes the embedded Ignition config",
            ["pipeline iso ignition remove live.iso"],
            [],
            (_, iso, target, cancellationToken) => LiveMedia.RemoveIgnitionAsync(iso, target, cancellationToken)
        );

    private sealed class Show : Verb
    {
        private readonly Argument<string> _iso = MediaFiles.IsoArgument();

        public Show(Services services)
            : base("show", "Prints the embedded Ignition config", "pipeline iso ignition show live.iso")
        {
            Arguments.Add(_iso);
            Run(
                (parsed, cancellationToken) =>
                {
                    var config = LiveMedia.IgnitionOf(MediaFiles.Of(services, parsed.GetValue(_iso)!), cancellationToken);
                    services.Output.Write(System.Text.Encoding.UTF8.GetString(config));
                    return Task.FromResult(ExitClass.Done);
                }
            );
        }
    }
}
