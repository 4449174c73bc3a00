using System.CommandLine;
using System.CommandLine.Completions;
using Pipeline.Cli.Answers;
using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Pipelines;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline images</c>: disk images and live media from a build's commit.</summary>
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
        Description = "Image to make, or 'all', 'cloud', 'bare-metal'; may be repeated (default: qemu)",
        HelpName = "NAME",
    };
    private readonly Option<bool> _list = new("--list") { Description = "Show the images there are; nothing is made" };
    private readonly Option<string?> _pipeline = new("--pipeline")
    {
        Description = "Pipeline config whose artifacts of the stream are the default (stream: --stream, or the config's)",
        HelpName = "FILE",
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
        Description = "Stream of --pipeline, and what {stream} in image.yaml stands for",
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
            "Make disk images and live media of a build",
            "pipeline images",
            "pipeline images latest --platform qemu --platform metal --compress",
            "pipeline images --platform cloud --compress",
            "pipeline images --platform live",
            "pipeline images --pipeline ci/pipeline.yaml --stream next",
            "pipeline images --list --arch aarch64",
            "pipeline images --config fedora-coreos-config --stream testing-devel"
        )
    {
        Arguments.Add(_build);
        foreach (var option in (Option[])[_platforms, _list, _pipeline, _architecture, _config, _stream, _compress, _force, _noWait, _json])
        {
            Options.Add(option);
        }

        _platforms.CompletionSources.Add(_ =>
            [.. ImageGroups.Names.Concat(Table(services).Select(r => r.Name).Distinct()).Select(n => new CompletionItem(n))]
        );
        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var table = Table(services);
        var architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_architecture));
        ValueList<string> asked = [.. parsed.GetValue(_platforms) ?? []];
        var defaults = Defaults(services, parsed, table, architecture);
        if (parsed.GetValue(_list))
        {
            var names = ImageGroups.Expand(asked, table, architecture);
            var rows = table.Where(r => parsed.GetValue(_architecture) is null || r.Architecture == architecture);
            ValueList<ImageRow> shown = [.. rows.Where(r => names.Count == 0 || names.Contains(r.Name))];
            var list = parsed.GetValue(_json) ? ImageList.Json(shown, defaults) : ImageList.Text(shown, defaults);
            await services.Answer(exact: parsed.GetValue(_json)).WriteAsync(list);
            return ExitClass.Done;
        }

        var request = new ImageRequest
        {
            WorkDirectory = services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
            BuildId = parsed.GetValue(_build)!,
            Architecture = architecture,
            Platforms = ImageGroups.Expand(asked.Count == 0 ? defaults : asked, table, architecture),
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

    private static ValueList<ImageRow> Table(Services services) => new ImageBuilder(services.Tools, services.Reporter, services.Time).Table;

    /// <summary>What is made when no platform is named: what the pipeline's config says of the stream, else the usual one.</summary>
    private ValueList<string> Defaults(Services services, ParseResult parsed, ValueList<ImageRow> table, Architecture architecture)
    {
        if (parsed.GetValue(_pipeline) is not { } file)
        {
            return [PlatformTable.Default];
        }

        var path = services.FullPath(file);
        var text = ConfigTexts.Open(Path.GetDirectoryName(path)!, "", Path.GetFileName(path))?.Text;
        var problems = new DiagnosticBag();
        var config = text is null ? null : PipelineConfigReader.Read(file, text, problems);
        problems.ThrowIfErrors();
        var artifacts = config is null
            ? throw new PipelineException(ImageConfigFiles.NotThere(file))
            : PipelineScope.Artifacts(config, StreamOf(config, parsed.GetValue(_stream), file), architecture.Name);
        var others = artifacts.Where(a => !IsMade(a)).ToArray();
        if (others.Length > 0)
        {
            services.Reporter.Note($"not made here: {string.Join(", ", others)}");
        }

        return [.. artifacts.Except(others)];

        // Of what is no disk image only what can be made; a disk image that cannot be made is an error.
        bool IsMade(string artifact) =>
            table.Any(r => r.Name == artifact && (r.Format != ImageRow.Media || (r.Architecture == architecture && r.Obstacle is null)));
    }

    private static string StreamOf(PipelineConfig config, string? stream, string file)
    {
        var name = stream ?? config.Streams.FirstOrDefault(s => s.Value.Default == true).Key;
        return name is not null && config.Streams.Find(name) is not null
            ? name
            : throw new PipelineException(ImageConfigFiles.NoStream(file, name, config.Streams.Keys));
    }

    /// <summary>The answer for people.</summary>
    internal static string Text(ValueList<ImageResult> results) =>
        string.Concat(
            results.Select(r => $"{r.Artifact.Name}: {r.Artifact.Path} ({r.Artifact.Size}{(r.Unchanged ? ", unchanged" : "")})\n")
        );

    private static string Json(ValueList<ImageResult> results) =>
        AnswerJson.Pretty<ImageAnswer[]>([
            .. results.Select(r => new ImageAnswer(
                r.Build,
                r.Artifact.Name,
                r.Artifact.Path,
                r.Artifact.Digest.Hex,
                r.Artifact.Size.Bytes,
                r.Unchanged
            )),
        ]);
}
