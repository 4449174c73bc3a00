using System.CommandLine;
using System.Globalization;
using Pipeline.Images;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline images</c>: disk images from a build's commit.</summary>
internal sealed class ImagesCommand : Verb
{
    private readonly Argument<string> _build = new("build")
    {
        Description = "Build id, 'latest', 'latest:NAME' or 'latest:STREAM'",
        DefaultValueFactory = _ => "latest",
        HelpName = "ID",
    };
    private readonly Option<string[]> _platforms = new("--platform", "-p")
    {
        Description = "Platform to make an image for; may be repeated (default: qemu)",
        HelpName = "NAME",
    };
    private readonly Option<string?> _architecture = new("--arch")
    {
        Description = "Architecture (default: this machine's)",
        HelpName = "ARCH",
    };
    private readonly Option<string?> _config = new("--config")
    {
        Description = "Directory with image.yaml or platforms.yaml: sizes, kernel arguments and consoles",
        HelpName = "DIR",
    };
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "What {stream} in image.yaml stands for",
        HelpName = "NAME",
    };
    private readonly Option<bool> _compress = new("--compress")
    {
        Description = "Compress as the platform's recipe says; the uncompressed image is not kept",
    };
    private readonly Option<bool> _force = new("--force") { Description = "Make everything again although nothing changed" };
    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "Fail instead of waiting for another process that works on the build",
    };
    private readonly Option<bool> _json = JsonOption();

    public ImagesCommand(Services services)
        : base(
            "images",
            "Make disk images of a build",
            "pipeline images",
            "pipeline images latest --platform qemu --platform metal --compress",
            "pipeline images --config fedora-coreos-config --stream testing-devel"
        )
    {
        Arguments.Add(_build);
        foreach (var option in (Option[])[_platforms, _architecture, _config, _stream, _compress, _force, _noWait, _json])
        {
            Options.Add(option);
        }

        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var platforms = parsed.GetValue(_platforms) ?? [];
        var request = new ImageRequest
        {
            WorkDirectory = services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
            BuildId = parsed.GetValue(_build)!,
            Architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_architecture)),
            Platforms = platforms.Length == 0 ? [PlatformTable.Default] : [.. platforms],
            Settings = parsed.GetValue(_config) is { } config
                ? ImageConfigFiles.Read(services.FullPath(config), config, parsed.GetValue(_stream), services.Reporter)
                : new(),
            Compress = parsed.GetValue(_compress),
            Force = parsed.GetValue(_force),
            Wait = !parsed.GetValue(_noWait),
        };
        var builder = new ImageBuilder(services.Tools, services.Reporter, services.Time);
        var results = await builder.BuildAsync(request, cancellationToken);
        await services.Answer(exact: parsed.GetValue(_json)).WriteAsync(parsed.GetValue(_json) ? Json(results) : Text(results));
        return ExitClass.Done;
    }

    /// <summary>The answer for people.</summary>
    internal static string Text(ValueList<ImageResult> results) =>
        string.Concat(
            results.Select(r => $"{r.Artifact.Name}: {r.Artifact.Path} ({r.Artifact.Size}{(r.Unchanged ? ", unchanged" : "")})\n")
        );

    private static string Json(ValueList<ImageResult> results) =>
        JsonTextWriter.Write(
            new JsonTextArray([
                .. results.Select(r => new JsonTextObject([
                    new("build", new JsonTextString(r.Build)),
                    new("platform", new JsonTextString(r.Artifact.Name)),
                    new("path", new JsonTextString(r.Artifact.Path)),
                    new("sha256", new JsonTextString(r.Artifact.Digest.Hex)),
                    new("size", new JsonTextNumber(r.Artifact.Size.Bytes.ToString(CultureInfo.InvariantCulture))),
                    new("unchanged", new JsonTextBool(r.Unchanged)),
                ])),
            ]),
            JsonStyle.Pretty
        );
}
