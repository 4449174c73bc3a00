using System.CommandLine;
using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline builds</c>.</summary>
internal static class BuildsGroup
{
    /// <summary>The group.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "builds",
            "Builds of the work directory and of stores",
            new BuildsListCommand(services),
            new BuildsShowCommand(services),
            new BuildsTagCommand(services),
            new BuildsFetchCommand(services),
            new BuildsPushCommand(services),
            new BuildsPruneCommand(services)
        );
}

/// <summary><c>pipeline builds show</c>: one build's meta.json.</summary>
internal sealed class BuildsShowCommand : Verb
{
    private readonly Argument<string> _build = BuildArgument();
    private readonly Option<string?> _arch = new("--arch") { Description = "Architecture (default: this machine's)", HelpName = "ARCH" };
    private readonly Option<bool> _json = JsonOption();

    public BuildsShowCommand(Services services)
        : base(
            "show",
            "Shows a build; with --json, the bytes of its meta.json",
            "pipeline builds show",
            "pipeline builds show latest --json"
        )
    {
        Arguments.Add(_build);
        Options.Add(_arch);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_arch));
                var store = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
                var id = await store.ResolveAsync(parsed.GetValue(_build), architecture, cancellationToken);
                services.Reporter.Note($"build {await store.DescribeAsync(id, architecture, cancellationToken)}");
                await services
                    .Answer(exact: parsed.GetValue(_json))
                    .WriteAsync(
                        parsed.GetValue(_json)
                            ? System.Text.Encoding.UTF8.GetString(await store.ReadMetaBytesAsync(id, architecture, cancellationToken))
                            : Render(await store.ReadMetaAsync(id, architecture, cancellationToken), store.Directory(id, architecture))
                    );
                return ExitClass.Done;
            }
        );
    }

    private static string Render(JsonTextObject meta, string directory)
    {
        var text = new StringWriter { NewLine = "\n" };
        foreach (
            var (label, key) in ((string, string)[])
                [
                    ("build", "buildid"),
                    ("name", "name"),
                    ("summary", "summary"),
                    ("ref", "ref"),
                    ("commit", "ostree-commit"),
                    ("packages of", "ostree-timestamp"),
                ]
        )
        {
            text.WriteLine($"{label, -12} {(meta.Find(key) as JsonTextString)?.Value ?? "-"}");
        }

        text.WriteLine($"{"directory", -12} {directory}");
        foreach (var image in (meta.Find("images") as JsonTextObject)?.Members ?? [])
        {
            var value = image.Value as JsonTextObject;
            var size = (value?.Find("size") as JsonTextNumber)?.Raw ?? "?";
            text.WriteLine($"  {image.Name, -10} {(value?.Find("path") as JsonTextString)?.Value} ({size} bytes)");
        }

        return text.ToString();
    }
}
