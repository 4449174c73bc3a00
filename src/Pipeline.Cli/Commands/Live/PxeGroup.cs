using System.CommandLine;
using Pipeline.Images;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Live;

/// <summary>The verbs of <c>pxe</c>.</summary>
internal static class PxeGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "pxe",
            "Network boot of the live system",
            new Customize(services),
            new PxeSnippetCommand(services),
            new VerbGroup("ignition", "An Ignition config as an initramfs image", new WrapIgnition(services), new UnwrapIgnition(services)),
            new VerbGroup("network", "Network settings as an initramfs image", new WrapNetwork(services), new UnwrapNetwork(services))
        );

    private static Option<string?> OutputOption() =>
        new("--output", "-o") { Description = "Write to this file instead of standard output", HelpName = "FILE" };

    private static Argument<string> InitrdArgument() =>
        new("INITRD") { Description = "An initramfs image, or - for standard input", DefaultValueFactory = _ => "-" };

    private sealed class Customize : Verb
    {
        private readonly Argument<string> _initrd = new("INITRD") { Description = "The initramfs of a live system" };
        private readonly CustomizeOptions _options = new();
        private readonly Option<string> _output = new("--output", "-o")
        {
            Description = "The new initramfs, or - for standard output",
            HelpName = "FILE",
            Required = true,
        };

        public Customize(Services services)
            : base(
                "customize",
                "Appends configs of yours to the initramfs of a live system",
                "pipeline pxe customize live-initramfs.x86_64.img --live-ignition live.ign -o mine.img"
            )
        {
            Arguments.Add(_initrd);
            foreach (var option in _options.All.Append(_output))
            {
                Options.Add(option);
            }

            Run(
                async (parsed, cancellationToken) =>
                {
                    var initrd = parsed.GetValue(_initrd)!;
                    await new LiveMedia(services.Reporter).CustomizeInitrdAsync(
                        MediaFiles.Of(services, initrd),
                        await _options.ReadAsync(services, parsed, cancellationToken),
                        MediaFiles.Target(services, initrd, parsed.GetValue(_output)),
                        cancellationToken
                    );
                    return ExitClass.Done;
                }
            );
        }
    }

    private sealed class WrapIgnition : Verb
    {
        private readonly Option<string> _config = MediaFiles.IgnitionOption();
        private readonly Option<string?> _output = OutputOption();

        public WrapIgnition(Services services)
            : base("wrap", "Wraps an Ignition config in an initramfs image", "pipeline pxe ignition wrap -i live.ign -o ignition.img")
        {
            Options.Add(_config);
            Options.Add(_output);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var config = await MediaFiles.ReadAsync(services, parsed.GetValue(_config)!, cancellationToken);
                    var image = new LiveMedia(services.Reporter).WrapIgnition(config);
                    await MediaFiles.WriteAsync(services, parsed.GetValue(_output), image, cancellationToken);
                    return ExitClass.Done;
                }
            );
        }
    }

    private sealed class UnwrapIgnition : Verb
    {
        private readonly Argument<string> _initrd = InitrdArgument();

        public UnwrapIgnition(Services services)
            : base("unwrap", "Prints the Ignition config in an initramfs image", "pipeline pxe ignition unwrap ignition.img")
        {
            Arguments.Add(_initrd);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var path = parsed.GetValue(_initrd)!;
                    await using var stream = MediaFiles.Open(services, path);
                    var config = LiveMedia.UnwrapIgnition(MediaFiles.Display(path), stream, cancellationToken);
                    services.Output.Write(System.Text.Encoding.UTF8.GetString(config));
                    return ExitClass.Done;
                }
            );
        }
    }

    private sealed class WrapNetwork : Verb
    {
        private readonly Option<string[]> _keyfiles = MediaFiles.KeyfileOption();
        private readonly Option<string?> _output = OutputOption();

        public WrapNetwork(Services services)
            : base(
                "wrap",
                "Wraps keyfiles of NetworkManager in an initramfs image",
                "pipeline pxe network wrap -k eth0.nmconnection -o network.img"
            )
        {
            Options.Add(_keyfiles);
            Options.Add(_output);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var files = await MediaFiles.ReadAllAsync(services, parsed.GetValue(_keyfiles), cancellationToken);
                    await MediaFiles.WriteAsync(services, parsed.GetValue(_output), LiveMedia.WrapNetwork(files), cancellationToken);
                    return ExitClass.Done;
                }
            );
        }
    }

    private sealed class UnwrapNetwork : Verb
    {
        private readonly Argument<string> _initrd = InitrdArgument();
        private readonly Option<string?> _directory = MediaFiles.DirectoryOption();

        public UnwrapNetwork(Services services)
            : base(
                "unwrap",
                "Prints the network settings in an initramfs image, or writes them into a directory",
                "pipeline pxe network unwrap network.img --directory keyfiles"
            )
        {
            Arguments.Add(_initrd);
            Options.Add(_directory);
            Run(
                async (parsed, cancellationToken) =>
                {
                    var path = parsed.GetValue(_initrd)!;
                    await using var stream = MediaFiles.Open(services, path);
                    var files = LiveMedia.UnwrapNetwork(MediaFiles.Display(path), stream, cancellationToken);
                    await MediaFiles.ShowAsync(services, files, parsed.GetValue(_directory), cancellationToken);
                    return ExitClass.Done;
                }
            );
        }
    }
}
