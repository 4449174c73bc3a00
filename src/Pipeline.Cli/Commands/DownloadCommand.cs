using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline download</c>: a published image.</summary>
internal sealed class DownloadCommand : Verb
{
    private readonly Option<string> _stream = Text("--stream", "-s", "NAME", "The stream", "stable");
    private readonly Option<string?> _architecture = new("--architecture", "-a", "--arch")
    {
        Description = "Architecture (default: this machine's)",
        HelpName = "ARCH",
    };
    private readonly Option<string> _platform = Text("--platform", "-p", "NAME", "The platform", "metal");
    private readonly Option<string> _format = Text("--format", "-f", "NAME", "The format: raw.xz, iso, pxe, qcow2.xz, ...", "raw.xz");
    private readonly Option<string?> _url = new("--image-url", "-u") { Description = "Fetch this image instead", HelpName = "URL" };
    private readonly Option<string> _base = new("--stream-base-url")
    {
        Description = "Where the stream metadata is, a URL or directory; PIPELINE_STREAMS without it",
        HelpName = "URL|DIR",
    };
    private readonly Option<string> _directory = new("--directory", "-C")
    {
        Description = "Directory for the files",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".",
    };
    private readonly Option<string[]> _keys = new("--key")
    {
        Description = "OpenPGP keys of the publisher, binary or armoured; may be repeated",
        HelpName = "FILE",
    };
    private readonly Option<bool> _decompress = new("--decompress", "-d") { Description = "Decompress, and keep no signature" };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Accept an image whose signature cannot be checked" };
    private readonly Option<bool> _json = JsonOption();

    public DownloadCommand(Services services)
        : base(
            "download",
            "Fetches a published image; its digest and signature are checked, and a broken download is gone on with",
            "pipeline download -s stable -p metal -f iso --stream-base-url https://example.com/streams --key os.asc",
            "pipeline download -p qemu -f qcow2.xz --decompress --key os.asc"
        )
    {
        foreach (
            var option in (Option[])
                [_stream, _architecture, _platform, _format, _url, _base, _directory, _keys, _decompress, _insecure, _json]
        )
        {
            Options.Add(option);
        }

        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var url = parsed.GetValue(_url);
        var files = await services.Releases.Downloads.FetchAsync(
            new()
            {
                Stream = parsed.GetValue(_stream)!,
                StreamBase = Base(services, parsed.GetValue(_base), url),
                Architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_architecture)),
                Platform = parsed.GetValue(_platform)!,
                Format = parsed.GetValue(_format)!,
                Url = url,
                Directory = parsed.GetValue(_directory)!,
                Keys = [.. parsed.GetValue(_keys) ?? []],
                Decompress = parsed.GetValue(_decompress),
                Insecure = parsed.GetValue(_insecure),
            },
            cancellationToken
        );
        var json = parsed.GetValue(_json);
        await services
            .Answer(exact: json)
            .WriteAsync(json ? AnswerJson.Pretty<string[]>([.. files]) : string.Concat(files.Select(f => $"{f}\n")));
        return ExitClass.Done;
    }

    internal static string Base(Services services, string? option, string? url) =>
        option
        ?? services.Environment("PIPELINE_STREAMS")
        ?? (
            url is not null
                ? ""
                : throw new PipelineException(
                    Diagnostic.Error(
                        "PL7284",
                        "it is not known where stream metadata is",
                        hint: "give --stream-base-url URL, or set PIPELINE_STREAMS"
                    )
                )
        );

    private static Option<string> Text(string name, string alias, string helpName, string description, string normal) =>
        new(name, alias)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => normal,
        };
}
