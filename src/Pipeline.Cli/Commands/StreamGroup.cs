using System.CommandLine;
using System.Text.Json;
using Pipeline.Host.Net;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Publishing;
using Pipeline.Releases.Streams;

namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>stream</c>.</summary>
internal static class StreamGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new("stream", "Makes and compares stream metadata", new StreamGenerateCommand(services), new StreamDiffCommand(services));
}

/// <summary><c>stream generate</c>.</summary>
internal sealed class StreamGenerateCommand : Verb
{
    private readonly Services _services;
    private readonly Option<string?> _release = new("--release") { Description = "The release.json to offer", HelpName = "FILE" };
    private readonly Option<string?> _index = new("--index")
    {
        Description = "Offer the newest release of this index",
        HelpName = "FILE|URL",
    };
    private readonly Option<string?> _root = new("--release-root")
    {
        Description = "Read its release.json below here instead of from its URL",
        HelpName = "DIR|URL",
    };
    private readonly Option<string?> _override = new("--override") { Description = "JSON laid over the result", HelpName = "FILE" };
    private readonly Option<string?> _modified = new("--last-modified")
    {
        Description = "The time to record (default: the clock)",
        HelpName = "TIME",
    };
    private readonly Option<string> _generator = new("--generator")
    {
        Description = "The program to record",
        HelpName = "TEXT",
        DefaultValueFactory = _ => StreamGenerator.DefaultGenerator,
    };

    public StreamGenerateCommand(Services services)
        : base(
            "generate",
            "Prints stream metadata made from a release",
            "pipeline stream generate --release release.json --last-modified 2026-07-21T14:07:14Z",
            "pipeline stream generate --index releases.json --release-root builds --override override.json"
        )
    {
        _services = services;
        Options.Add(_release);
        Options.Add(_index);
        Options.Add(_root);
        Options.Add(_override);
        Options.Add(_modified);
        Options.Add(_generator);
        Run(
            async (parsed, cancellationToken) =>
            {
                var release = await ReadReleaseAsync(parsed, cancellationToken);
                var modified = Moments.Stamp(Moments.Now(parsed.GetValue(_modified), services.Time));
                var document = StreamGenerator.Generate(release, modified, parsed.GetRequiredValue(_generator));
                if (parsed.GetValue(_override) is { } file)
                {
                    document = await OverrideAsync(document, file, cancellationToken);
                }

                services.Output.Write(StreamGenerator.Print(document));
                return ExitClass.Done;
            }
        );
    }

    private async Task<ReleaseDocument> ReadReleaseAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (release, index) = (parsed.GetValue(_release), parsed.GetValue(_index));
        if (release is null == index is null)
        {
            throw new PipelineException(StreamDiagnostics.OneSource());
        }

        using var http = HttpStack.Create();
        var source = new DocumentSource(http, _services.Time);
        if (release is not null)
        {
            return DocumentFile.Parse<ReleaseDocument>(release, await source.ReadAsync(Place(release), release, cancellationToken)).Value;
        }

        var releases = DocumentFile.Parse<ReleaseIndex>(index!, await source.ReadAsync(Place(index!), index!, cancellationToken)).Value;
        var last = releases.Releases is [.., var newest] ? newest : throw new PipelineException(StreamDiagnostics.NoReleases(index!));
        var root = parsed.GetValue(_root);
        var (place, bytes) = await source.ReadReleaseAsync(last.MetadataUrl ?? "", root is null ? null : Place(root), cancellationToken);
        var found = DocumentFile.Parse<ReleaseDocument>(place, bytes).Value;
        return found.Release == last.Version
            ? found
            : throw new PipelineException(StreamDiagnostics.OtherRelease(last.Version, found.Release));
    }

    private async Task<StreamDocument> OverrideAsync(StreamDocument document, string file, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var patch = JsonText.Parse(file, await DocumentFile.ReadBytesAsync(_services.FullPath(file), file, cancellationToken), problems);
        var result = patch is null || problems.HasErrors ? null : StreamGenerator.Override(document, patch, problems);
        problems.ThrowIfErrors();
        foreach (var warning in problems.Items)
        {
            _services.Reporter.Report(warning);
        }

        return result ?? document;
    }

    private string Place(string typed) => DocumentSource.IsUrl(typed) ? typed : _services.FullPath(typed);
}

/// <summary><c>stream diff</c>.</summary>
internal sealed class StreamDiffCommand : Verb
{
    private readonly Argument<string> _before = new("A") { Description = "Stream metadata before" };
    private readonly Argument<string> _after = new("B") { Description = "Stream metadata after" };
    private readonly Option<bool> _json = JsonOption();

    public StreamDiffCommand(Services services)
        : base(
            "diff",
            "Compares what two stream documents offer, without the noise of versions",
            "pipeline stream diff old/stable.json streams/stable.json"
        )
    {
        Arguments.Add(_before);
        Arguments.Add(_after);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (a, b) = (parsed.GetRequiredValue(_before), parsed.GetRequiredValue(_after));
                var before = await DocumentFile.ReadAsync<StreamDocument>(services.FullPath(a), a, cancellationToken);
                var after = await DocumentFile.ReadAsync<StreamDocument>(services.FullPath(b), b, cancellationToken);
                var differences = StreamDiff.Compare(before.Value, after.Value);
                if (parsed.GetValue(_json))
                {
                    services.Output.WriteLine(
                        JsonSerializer.Serialize(
                            differences.Select(d => new
                            {
                                change = d.Change,
                                place = d.Place,
                                before = d.Before,
                                after = d.After,
                            })
                        )
                    );
                }
                else
                {
                    foreach (var difference in differences)
                    {
                        services.Output.WriteLine(difference);
                    }
                }

                return differences.Count == 0 ? ExitClass.Done : ExitClass.WorkFailed;
            }
        );
    }
}
