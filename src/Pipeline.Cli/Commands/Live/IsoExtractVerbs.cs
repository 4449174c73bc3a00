using System.CommandLine;
using Pipeline.Images;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Live;

/// <summary><c>pipeline iso extract</c>: what a live ISO holds, as files.</summary>
internal static class IsoExtractVerbs
{
    /// <summary>The group.</summary>
    public static VerbGroup Of(Services services) => new("extract", "Files out of a live ISO", new Pxe(services), new MinimalIso(services));

    private sealed class Pxe : Verb
    {
        private readonly Argument<string> _iso = MediaFiles.IsoArgument();
        private readonly Option<string> _output = new("--output-dir", "-o")
        {
            Description = "Directory for the files; made when it is missing",
            HelpName = "DIR",
            DefaultValueFactory = _ => ".",
        };

        public Pxe(Services services)
            : base("pxe", "Writes kernel, initramfs and root file system for network boot", "pipeline iso extract pxe live.iso -o tftp")
        {
            Arguments.Add(_iso);
            Options.Add(_output);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var files = await LiveMedia.ExtractPxeAsync(
                        MediaFiles.Of(services, parsed.GetValue(_iso)!),
                        MediaFiles.Of(services, parsed.GetValue(_output)!),
                        cancellationToken
                    );
                    services.Text.Write(string.Concat(files.Select(f => $"{f}\n")));
                    return ExitClass.Done;
                }
            );
        }
    }

    private sealed class MinimalIso : Verb
    {
        private readonly Argument<string> _iso = MediaFiles.IsoArgument();
        private readonly Argument<string> _output = new("OUTPUT_ISO")
        {
            Description = "The minimal image, or - for standard output",
            DefaultValueFactory = _ => "-",
        };
        private readonly Option<string?> _rootfs = new("--output-rootfs")
        {
            Description = "Also write the root file system",
            HelpName = "FILE",
        };
        private readonly Option<string?> _url = new("--rootfs-url")
        {
            Description = "Where machines find the root file system: coreos.live.rootfs_url=",
            HelpName = "URL",
        };

        public MinimalIso(Services services)
            : base(
                "minimal-iso",
                "Makes an image that fetches its root file system from the network",
                "pipeline iso extract minimal-iso live.iso min.iso --output-rootfs rootfs.img --rootfs-url https://example.com/rootfs.img"
            )
        {
            Arguments.Add(_iso);
            Arguments.Add(_output);
            Options.Add(_rootfs);
            Options.Add(_url);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var iso = parsed.GetValue(_iso)!;
                    await LiveMedia.ExtractMinimalAsync(
                        MediaFiles.Of(services, iso),
                        MediaFiles.Target(services, iso, parsed.GetValue(_output)),
                        parsed.GetValue(_rootfs) is { } rootfs ? MediaFiles.Of(services, rootfs) : null,
                        parsed.GetValue(_url),
                        cancellationToken
                    );
                    return ExitClass.Done;
                }
            );
        }
    }
}
