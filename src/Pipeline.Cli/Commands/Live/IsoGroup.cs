using Pipeline.Images;

namespace Pipeline.Cli.Commands.Live;

/// <summary>The verbs of <c>iso</c>.</summary>
internal static class IsoGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "iso",
            "Live ISO images: what they do when they boot",
            Customize(services),
            IsoIgnitionVerbs.Of(services),
            IsoNetworkVerbs.Of(services),
            IsoKernelArgumentVerbs.Of(services),
            IsoExtractVerbs.Of(services),
            new IsoInspectCommand(services),
            Reset(services)
        );

    private static IsoVerb Customize(Services services)
    {
        var options = new CustomizeOptions();
        var arguments = KernelArgumentOptions.Live();
        var force = MediaFiles.ForceOption("what was");
        return new(
            services,
            "customize",
            "Has the live system configure itself, or install by itself, with configs of yours",
            [
                "pipeline iso customize live.iso --live-ignition live.ign -o mine.iso",
                "pipeline iso customize live.iso --dest-device /dev/sda --dest-ignition server.ign --network-keyfile eth0.nmconnection",
            ],
            [.. options.All, .. arguments.All, force],
            async (parsed, iso, target, cancellationToken) =>
                await new LiveMedia(services.Reporter).CustomizeAsync(
                    iso,
                    await options.ReadAsync(services, parsed, cancellationToken),
                    arguments.Read(parsed),
                    parsed.GetValue(force),
                    target,
                    cancellationToken
                )
        );
    }

    private static IsoVerb Reset(Services services) =>
        new(
            services,
            "reset",
            "Makes an image as it was released: nothing embedded, the first kernel arguments",
            ["pipeline iso reset live.iso"],
            [],
            (_, iso, target, cancellationToken) => LiveMedia.ResetAsync(iso, target, cancellationToken)
        );
}
