using System.Globalization;
using Pipeline.Compose;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Cli.Commands;

/// <summary>What a compose prints: of one architecture its build, of several a table.</summary>
/// <param name="Text">For people.</param>
/// <param name="Json">For programs.</param>
/// <param name="Exit">How the verb ends.</param>
internal sealed record ComposeAnswer(string Text, string Json, ExitClass Exit)
{
    private const int ShownDigits = 12;

    /// <summary>Id of the build; <c>null</c> when no architecture of it was made.</summary>
    public string? Id { get; private init; }

    /// <summary>Whether anything was made that was not there before.</summary>
    public bool MadeSomething { get; private init; }

    /// <summary>Composes.</summary>
    /// <exception cref="PipelineException">The one architecture failed, or several before anything was fetched.</exception>
    public static async Task<ComposeAnswer> OfAsync(
        Composer composer,
        IReadOnlyList<ComposeRequest> requests,
        CancellationToken cancellationToken
    ) =>
        requests.Count == 1
            ? Of(await composer.ComposeAsync(requests[0], cancellationToken))
            : Of(await composer.ComposeAllAsync(requests, cancellationToken));

    /// <summary>The answer about one build.</summary>
    public static ComposeAnswer Of(ComposeResult result) =>
        new(
            $"{result.Id} {result.Architecture}{(result.Unchanged ? " (nothing changed)" : "")}\n"
                + $"commit {result.Commit}\n{result.Directory}\n",
            JsonTextWriter.Write(new JsonTextObject([.. Members(result)]), JsonStyle.Pretty),
            ExitClass.Done
        )
        {
            Id = result.Id,
            MadeSomething = !result.Unchanged,
        };

    /// <summary>The answer about several architectures of a build.</summary>
    public static ComposeAnswer Of(ComposeSummary summary) =>
        new(Table(summary), Document(summary), summary.Exit)
        {
            Id = summary.Outcomes.Select(o => o.Result?.Id).FirstOrDefault(i => i is not null),
            MadeSomething = summary.Outcomes.Any(o => o.Result?.Unchanged == false),
        };

    /// <summary>A line for each architecture.</summary>
    private static string Table(ComposeSummary summary)
    {
        return TextTable.Of([
            ["architecture", "version", "packages", "commit", "size", "time"],
            .. summary.Outcomes.Select(Row),
        ]);
    }

    /// <summary>An object for each architecture, with the exit code that its compose would have had alone.</summary>
    private static string Document(ComposeSummary summary) =>
        JsonTextWriter.Write(
            new JsonTextObject([
                new(
                    "builds",
                    new JsonTextArray([
                        .. summary.Outcomes.Select(o => new JsonTextObject([
                            .. o.Result is { } made ? Members(made) : [new("arch", new JsonTextString(o.Architecture.Name))],
                            new("exit", JsonTextNumber.Of((int)o.Exit)),
                            new("packages", JsonTextNumber.Of(o.Packages)),
                            new("size", JsonTextNumber.Of(o.Size.Bytes)),
                            new("seconds", new JsonTextNumber(Seconds(o.Elapsed))),
                        ])),
                    ])
                ),
            ]),
            JsonStyle.Pretty
        );

    private static string[] Row(ArchitectureOutcome outcome) =>
        outcome.Result is { } made
            ?
            [
                outcome.Architecture.Name,
                made.Version,
                outcome.Packages.ToString(CultureInfo.InvariantCulture),
                made.Commit[..ShownDigits],
                outcome.Size.ToString(),
                made.Unchanged ? "unchanged" : $"{Seconds(outcome.Elapsed)} s",
            ]
            :
            [
                outcome.Architecture.Name,
                $"failed, exit {(int)outcome.Exit}",
                outcome.Packages == 0 ? "-" : outcome.Packages.ToString(CultureInfo.InvariantCulture),
                "-",
                "-",
                "-",
            ];

    private static JsonTextMember[] Members(ComposeResult result) =>
        [
            new("id", new JsonTextString(result.Id)),
            new("version", new JsonTextString(result.Version)),
            new("commit", new JsonTextString(result.Commit)),
            new("arch", new JsonTextString(result.Architecture.Name)),
            new("unchanged", new JsonTextBool(result.Unchanged)),
            new("dir", new JsonTextString(result.Directory)),
        ];

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
