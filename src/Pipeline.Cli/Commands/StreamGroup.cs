using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Desks;

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
        DefaultValueFactory = _ => StreamDesk.DefaultGenerator,
    };

    public StreamGenerateCommand(Services services)
        : base(
            "generate",
            "Prints stream metadata made from a release",
            "pipeline stream generate --release release.json --last-modified 2026-07-21T14:07:14Z",
            "pipeline stream generate --index releases.json --release-root builds --override override.json"
        )
    {
        Options.Add(_release);
        Options.Add(_index);
        Options.Add(_root);
        Options.Add(_override);
        Options.Add(_modified);
        Options.Add(_generator);
        Run(
            async (parsed, cancellationToken) =>
            {
                var text = await services.Releases.Streams.GenerateAsync(
                    new(
                        parsed.GetValue(_release),
                        parsed.GetValue(_index),
                        parsed.GetValue(_root),
                        parsed.GetValue(_override),
                        parsed.GetValue(_modified),
                        parsed.GetRequiredValue(_generator)
                    ),
                    cancellationToken
                );
                services.Output.Write(text);
                return ExitClass.Done;
            }
        );
    }
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
            "Compares what two stream documents offer, ignoring versions",
            "pipeline stream diff old/stable.json streams/stable.json"
        )
    {
        Arguments.Add(_before);
        Arguments.Add(_after);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var differences = await services.Releases.Streams.DiffAsync(
                    parsed.GetRequiredValue(_before),
                    parsed.GetRequiredValue(_after),
                    cancellationToken
                );
                if (parsed.GetValue(_json))
                {
                    StreamChange[] changes = [.. differences.Select(d => new StreamChange(d.Change, d.Place, d.Before, d.After))];
                    services.Output.WriteLine(AnswerJson.Line(changes));
                }
                else
                {
                    foreach (var difference in differences)
                    {
                        services.Text.WriteLine(difference);
                    }
                }

                return differences.Count == 0 ? ExitClass.Done : ExitClass.WorkFailed;
            }
        );
    }
}
