using System.CommandLine;
using Pipeline.Host.Builds;
using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Live;

/// <summary><c>pipeline pxe snippet</c>: what a boot server needs to start a build.</summary>
internal sealed class PxeSnippetCommand : Verb
{
    private readonly Argument<string> _build = new("build")
    {
        Description = "Build id, 'latest', 'latest:NAME' or 'latest:STREAM'",
        DefaultValueFactory = _ => "latest",
        HelpName = "ID",
    };
    private readonly Option<string> _url = new("--url")
    {
        Description = "Where machines will find the build's live files: http, https or tftp",
        HelpName = "URL",
        Required = true,
    };
    private readonly Option<NetworkBootLoader> _loader = new("--loader")
    {
        Description = "The network boot loader",
        HelpName = "ipxe|grub",
        DefaultValueFactory = _ => NetworkBootLoader.Ipxe,
    };
    private readonly Option<string[]> _append = new("--append", "-a")
    {
        Description = "One more kernel argument; may be repeated",
        HelpName = "ARGUMENT",
    };
    private readonly Option<string?> _architecture = new("--arch")
    {
        Description = "Architecture (default: this machine's)",
        HelpName = "ARCH",
    };

    public PxeSnippetCommand(Services services)
        : base(
            "snippet",
            "Prints the script of iPXE or the menu of GRUB that starts the live system of a build",
            "pipeline pxe snippet --url http://boot.example.com/os",
            "pipeline pxe snippet latest --loader grub --url http://boot.example.com/os --append console=ttyS0"
        )
    {
        Arguments.Add(_build);
        foreach (var option in (Option[])[_url, _loader, _append, _architecture])
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var store = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
                var architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_architecture));
                var boot = await NetworkBoot.OfAsync(store, parsed.GetValue(_build)!, architecture, cancellationToken);
                var text = boot.Snippet(parsed.GetValue(_loader), parsed.GetValue(_url)!, [.. parsed.GetValue(_append) ?? []]);
                await services.Answer(exact: true).WriteAsync(text);
                return ExitClass.Done;
            }
        );
    }
}
