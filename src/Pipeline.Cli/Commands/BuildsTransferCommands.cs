using System.CommandLine;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Desks;
using Pipeline.Releases.Plans;

namespace Pipeline.Cli.Commands;

/// <summary>What <c>builds push</c>, <c>fetch</c> and <c>prune</c> share: the answer, as lines or JSON.</summary>
internal abstract class BuildsTransferCommand : Verb
{
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    protected BuildsTransferCommand(string name, string description, params string[] examples)
        : base(name, description, examples)
    {
        Options.Add(_dryRun);
        Options.Add(_json);
    }

    protected bool IsDryRun(ParseResult parsed) => parsed.GetValue(_dryRun);

    /// <summary>One line per step, or JSON; a dry run says "would".</summary>
    protected async Task<ExitClass> PrintAsync(Services services, ParseResult parsed, TransferAnswer answer)
    {
        var would = IsDryRun(parsed) ? "would " : "";
        await services
            .Answer(exact: parsed.GetValue(_json))
            .WriteAsync(
                parsed.GetValue(_json)
                    ? JsonTextWriter.Write(
                        new JsonTextObject([
                            .. answer.Id is null ? [] : (JsonTextMember[])[new("id", new JsonTextString(answer.Id))],
                            new("dry-run", new JsonTextBool(IsDryRun(parsed))),
                            new(
                                "steps",
                                new JsonTextArray([
                                    .. answer.Steps.Select(s => new JsonTextObject([
                                        new("action", new JsonTextString(s.Action)),
                                        new("key", new JsonTextString(s.Key)),
                                        new("size", new JsonTextNumber(FormattableString.Invariant($"{s.Size}"))),
                                    ])),
                                ])
                            ),
                        ]),
                        JsonStyle.Pretty
                    )
                    : string.Concat(answer.Steps.Select(s => $"{would}{s.Action} {s.Key}{Size(s)}\n"))
            );
        return ExitClass.Done;
    }

    private static string Size(TransferStep step) => step.Size > 0 ? $" ({ByteSize.FromBytes(step.Size)})" : "";
}

/// <summary>
/// What <c>builds push</c> and <c>fetch</c> share: which build, which of its architectures and artifacts, and the other end.
/// </summary>
internal abstract class BuildsMoveCommand : BuildsTransferCommand
{
    private readonly Argument<string> _build = BuildArgument();
    private readonly Option<string> _store;
    private readonly Option<string[]> _arch = new("--arch")
    {
        Description = "Architecture; repeatable (default: all there are)",
        HelpName = "ARCH",
    };
    private readonly Option<string[]> _artifact;

    /// <param name="services">The program's.</param>
    /// <param name="texts">Name, description, what addresses look like, and which artifacts there are without any named.</param>
    /// <param name="move">Moves.</param>
    /// <param name="examples">Whole command lines.</param>
    protected BuildsMoveCommand(
        Services services,
        (string Name, string Description, string Addresses, string Otherwise) texts,
        Func<BuildTransferRequest, CancellationToken, Task<TransferAnswer>> move,
        params string[] examples
    )
        : base(texts.Name, texts.Description, examples)
    {
        _store = new("--store")
        {
            Description = $"A stream's folder: {texts.Addresses}",
            HelpName = "URL",
            Required = true,
        };
        _artifact = new("--artifact")
        {
            Description = $"Artifact as named in meta.json; repeatable (default: {texts.Otherwise})",
            HelpName = "NAME",
        };
        Arguments.Add(_build);
        Options.Add(_store);
        Options.Add(_arch);
        Options.Add(_artifact);
        Run(
            async (parsed, cancellationToken) =>
            {
                var architectures = (parsed.GetValue(_arch) ?? [])
                    .Distinct(StringComparer.Ordinal)
                    .Select(ManifestShowCommand.ReadArchitecture)
                    .ToValueList();
                var artifacts = (parsed.GetValue(_artifact) ?? []).Distinct(StringComparer.Ordinal).ToValueList();
                var request = new BuildTransferRequest(
                    services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
                    parsed.GetRequiredValue(_store),
                    parsed.GetRequiredValue(_build),
                    architectures,
                    artifacts,
                    IsDryRun(parsed)
                );
                return await PrintAsync(services, parsed, await move(request, cancellationToken));
            }
        );
    }
}

/// <summary><c>builds push</c>.</summary>
internal sealed class BuildsPushCommand(Services services)
    : BuildsMoveCommand(
        services,
        (
            "push",
            "Pushes a build to a store: resumable, never replacing other bytes",
            "s3://bucket/prod/streams/stable, az://…, file:DIR",
            "all"
        ),
        services.Releases.Builds.PushAsync,
        "pipeline builds push --store s3://bucket/prod/streams/stable",
        "pipeline builds push 43.20260901.3.0 --store file:public --arch x86_64 --artifact qemu --dry-run"
    );

/// <summary><c>builds fetch</c>.</summary>
internal sealed class BuildsFetchCommand(Services services)
    : BuildsMoveCommand(
        services,
        (
            "fetch",
            "Fetches a build from a store: resumable, verified",
            "https://…, s3://bucket/prod/streams/stable, az://…, file:DIR",
            "documents only; 'all' for all"
        ),
        services.Releases.Builds.FetchAsync,
        "pipeline builds fetch --store s3://bucket/prod/streams/stable --arch x86_64 --artifact qemu",
        "pipeline builds fetch 43.20260901.3.0 --store https://builds.example.com/prod/streams/stable --artifact all"
    );

/// <summary><c>builds prune</c>.</summary>
internal sealed class BuildsPruneCommand : BuildsTransferCommand
{
    private readonly Option<string?> _store = new("--store")
    {
        Description = "A stream's folder in a store (default: the work directory)",
        HelpName = "URL",
    };
    private readonly Option<int?> _keep = new("--keep")
    {
        Description = "How many of the newest builds stay",
        HelpName = "N",
        CustomParser = Numbers.Whole(1),
    };
    private readonly Option<int?> _older = new("--older-than")
    {
        Description = "Only builds whose version's date is older",
        HelpName = "DAYS",
        CustomParser = Numbers.Whole(1, 36_500),
    };

    public BuildsPruneCommand(Services services)
        : base(
            "prune",
            "Deletes old builds; never what releases.json or 'latest' names",
            "pipeline builds prune --keep 3",
            "pipeline builds prune --store s3://bucket/prod/streams/testing-devel --keep 10 --older-than 365 --dry-run"
        )
    {
        Options.Add(_store);
        Options.Add(_keep);
        Options.Add(_older);
        Run(
            async (parsed, cancellationToken) =>
            {
                var request = new BuildPruneRequest(
                    parsed.GetValue(_store) is null ? services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)) : null,
                    parsed.GetValue(_store),
                    parsed.GetValue(_keep),
                    parsed.GetValue(_older),
                    IsDryRun(parsed)
                );
                return await PrintAsync(services, parsed, await services.Releases.Builds.PruneAsync(request, cancellationToken));
            }
        );
    }
}
