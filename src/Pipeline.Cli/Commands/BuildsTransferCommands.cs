using System.CommandLine;
using Pipeline.Clouds.Stores;
using Pipeline.Host.Builds;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Stores;

namespace Pipeline.Cli.Commands;

/// <summary>What <c>builds push</c>, <c>fetch</c> and <c>prune</c> share: the store, and how the steps are told.</summary>
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

    /// <summary>Opens a store; one that can only be read is refused before anything is asked of it.</summary>
    protected static IObjectStore Open(Services services, string address, bool writes)
    {
        var store = StoreAddress.Parse(address, services.CurrentDirectory);
        return writes && store.Kind == StoreKind.Http
            ? throw new PipelineException(ObjectDiagnostics.ReadOnly(store.ToString()))
            : ObjectStores.Open(store, services.Environment, services.Time);
    }

    /// <summary>One line per step, or JSON; a dry run says "would".</summary>
    protected async Task<ExitClass> TellAsync(Services services, ParseResult parsed, string? id, IReadOnlyList<TransferStep> steps)
    {
        var would = IsDryRun(parsed) ? "would " : "";
        await services.Output.WriteAsync(
            parsed.GetValue(_json)
                ? JsonTextWriter.Write(
                    new JsonTextObject([
                        .. id is null ? [] : (JsonTextMember[])[new("id", new JsonTextString(id))],
                        new("dry-run", new JsonTextBool(IsDryRun(parsed))),
                        new(
                            "steps",
                            new JsonTextArray([
                                .. steps.Select(s => new JsonTextObject([
                                    new("action", new JsonTextString(s.Action)),
                                    new("key", new JsonTextString(s.Key)),
                                    new("size", new JsonTextNumber(FormattableString.Invariant($"{s.Size}"))),
                                ])),
                            ])
                        ),
                    ]),
                    JsonStyle.Pretty
                )
                : string.Concat(steps.Select(s => $"{would}{s.Action} {s.Key}{(s.Size > 0 ? $" ({ByteSize.FromBytes(s.Size)})" : "")}\n"))
        );
        return ExitClass.Done;
    }
}

/// <summary>What <c>builds push</c> and <c>fetch</c> share: which build, which of its architectures and artifacts, and the other end.</summary>
internal abstract class BuildsMoveCommand : BuildsTransferCommand
{
    private readonly Argument<string> _build = new("ID") { Description = "Build id, or 'latest'", DefaultValueFactory = _ => "latest" };
    private readonly Option<string> _store;
    private readonly Option<string[]> _arch = new("--arch")
    {
        Description = "Architecture; repeatable (default: all there are)",
        HelpName = "ARCH",
    };
    private readonly Option<string[]> _artifact;

    /// <param name="services">The program's.</param>
    /// <param name="texts">Name, description, what addresses look like, and which artifacts there are without any named.</param>
    /// <param name="examples">Whole command lines.</param>
    protected BuildsMoveCommand(
        Services services,
        (string Name, string Description, string Addresses, string Otherwise) texts,
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
                var builds = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
                using var store = Open(services, parsed.GetRequiredValue(_store), writes: Name == "push" && !IsDryRun(parsed));
                var (id, steps) = await MoveAsync(
                    builds,
                    store,
                    parsed.GetRequiredValue(_build),
                    architectures,
                    artifacts,
                    IsDryRun(parsed),
                    cancellationToken
                );
                return await TellAsync(services, parsed, id, steps);
            }
        );
    }

    /// <summary>Moves; the build that was meant, and what was done.</summary>
    protected abstract Task<(string Id, IReadOnlyList<TransferStep> Steps)> MoveAsync(
        BuildStore builds,
        IObjectStore store,
        string id,
        ValueList<Architecture> architectures,
        ValueList<string> artifacts,
        bool dryRun,
        CancellationToken cancellationToken
    );
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
        "pipeline builds push --store s3://bucket/prod/streams/stable",
        "pipeline builds push 43.20260901.3.0 --store file:public --arch x86_64 --artifact qemu --dry-run"
    )
{
    private readonly Services _services = services;

    protected override async Task<(string Id, IReadOnlyList<TransferStep> Steps)> MoveAsync(
        BuildStore builds,
        IObjectStore store,
        string id,
        ValueList<Architecture> architectures,
        ValueList<string> artifacts,
        bool dryRun,
        CancellationToken cancellationToken
    )
    {
        var index = (await builds.ReadIndexAsync(cancellationToken)).Builds;
        id = id == "latest" && architectures.Count == 0 && index.Count > 0 ? index[0].Id : id;
        foreach (var wanted in architectures.DefaultIfEmpty(FirstOf(index.FirstOrDefault(b => b.Id == id))))
        {
            id = await builds.ResolveAsync(id, wanted, cancellationToken);
        }

        var chosen =
            architectures.Count > 0
                ? architectures
                : index.First(b => b.Id == id).Architectures.Select(ManifestShowCommand.ReadArchitecture).ToValueList();
        var all = artifacts.Contains("all") ? [] : artifacts;
        return (
            id,
            await new BuildPush(builds, store, TransferOptions.Default, _services.Time, _services.Reporter).RunAsync(
                new(id, chosen, all, dryRun),
                cancellationToken
            )
        );
    }

    private static Architecture FirstOf(BuildEntry? build) =>
        build is { Architectures.Count: > 0 } && Architecture.TryParse(build.Architectures[0], out var first) ? first : Architecture.Host;
}

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
        "pipeline builds fetch --store s3://bucket/prod/streams/stable --arch x86_64 --artifact qemu",
        "pipeline builds fetch 43.20260901.3.0 --store https://builds.example.com/prod/streams/stable --artifact all"
    )
{
    private readonly Services _services = services;

    protected override Task<(string Id, IReadOnlyList<TransferStep> Steps)> MoveAsync(
        BuildStore builds,
        IObjectStore store,
        string id,
        ValueList<Architecture> architectures,
        ValueList<string> artifacts,
        bool dryRun,
        CancellationToken cancellationToken
    ) =>
        new BuildFetch(builds, store, TransferOptions.Default, _services.Time, _services.Reporter).RunAsync(
            new(id == "latest" ? null : id, architectures, artifacts, artifacts.Contains("all"), dryRun),
            cancellationToken
        );
}

/// <summary><c>builds prune</c>.</summary>
internal sealed class BuildsPruneCommand : BuildsTransferCommand
{
    private readonly Option<string?> _store = new("--store")
    {
        Description = "A stream's folder in a store (default: the work directory)",
        HelpName = "URL",
    };
    private readonly Option<int?> _keep = new("--keep") { Description = "How many of the newest builds stay", HelpName = "N" };
    private readonly Option<int?> _older = new("--older-than")
    {
        Description = "Only builds whose version's date is older",
        HelpName = "DAYS",
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
        Validators.Add(r =>
        {
            if (r.GetValue(_keep) is < 1 || r.GetValue(_older) is < 1)
            {
                r.AddError("'--keep' and '--older-than' must be at least 1");
            }
        });
        Run(
            async (parsed, cancellationToken) =>
            {
                var request = new PruneRequest(parsed.GetValue(_keep), parsed.GetValue(_older), [], Tombstones: true, IsDryRun(parsed));
                if (parsed.GetValue(_store) is { } address)
                {
                    using var store = Open(services, address, writes: !IsDryRun(parsed));
                    return await TellAsync(
                        services,
                        parsed,
                        null,
                        await new BuildPrune(store, services.Time).RunAsync(request, cancellationToken)
                    );
                }

                // At a desk names may come back.
                var builds = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
                return await TellAsync(
                    services,
                    parsed,
                    null,
                    await new LocalBuildPrune(builds, services.Time, services.Reporter).RunAsync(
                        request with
                        {
                            Tombstones = false,
                        },
                        cancellationToken
                    )
                );
            }
        );
    }
}
