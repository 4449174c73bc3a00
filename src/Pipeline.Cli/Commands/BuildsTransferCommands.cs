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

    protected static Option<string[]> ArchOption() => new("--arch") { Description = "Architecture; repeatable (default: all there are)", HelpName = "ARCH" };

    protected static Option<string[]> ArtifactOption(string otherwise) => new("--artifact") { Description = $"Artifact as named in meta.json; repeatable (default: {otherwise})", HelpName = "NAME" };

    protected bool IsDryRun(ParseResult parsed) => parsed.GetValue(_dryRun);

    protected static IObjectStore Open(Services services, string address) =>
        ObjectStores.Open(StoreAddress.Parse(address, services.CurrentDirectory), services.Environment, services.Time);

    protected static ValueList<Architecture> Architectures(string[]? names) =>
        (names ?? []).Distinct(StringComparer.Ordinal).Select(ManifestShowCommand.ReadArchitecture).ToValueList();

    /// <summary>One line per step, or JSON; a dry run says "would".</summary>
    protected async Task<ExitClass> TellAsync(Services services, ParseResult parsed, string? id, IReadOnlyList<TransferStep> steps)
    {
        var would = IsDryRun(parsed) ? "would " : "";
        await services.Output.WriteAsync(parsed.GetValue(_json)
            ? JsonTextWriter.Write(new JsonTextObject([
                .. id is null ? [] : (JsonTextMember[])[new("id", new JsonTextString(id))],
                new("dry-run", new JsonTextBool(IsDryRun(parsed))),
                new("steps", new JsonTextArray([.. steps.Select(s => new JsonTextObject([
                    new("action", new JsonTextString(s.Action)), new("key", new JsonTextString(s.Key)), new("size", new JsonTextNumber(FormattableString.Invariant($"{s.Size}")))]))]))]), JsonStyle.Pretty)
            : string.Concat(steps.Select(s => $"{would}{s.Action} {s.Key}{(s.Size > 0 ? $" ({ByteSize.FromBytes(s.Size)})" : "")}\n")));
        return ExitClass.Done;
    }
}

/// <summary><c>builds push</c>.</summary>
internal sealed class BuildsPushCommand : BuildsTransferCommand
{
    private readonly Argument<string> _build = new("ID") { Description = "Build id, or 'latest'", DefaultValueFactory = _ => "latest" };
    private readonly Option<string> _store = new("--store") { Description = "A stream's folder: s3://bucket/prod/streams/stable, az://…, file:DIR", HelpName = "URL", Required = true };
    private readonly Option<string[]> _arch = ArchOption();
    private readonly Option<string[]> _artifact = ArtifactOption("all");

    public BuildsPushCommand(Services services)
        : base("push", "Pushes a build to a store: resumable, never replacing other bytes",
            "pipeline builds push --store s3://bucket/prod/streams/stable",
            "pipeline builds push 43.20260901.3.0 --store file:public --arch x86_64 --artifact qemu --dry-run")
    {
        Arguments.Add(_build);
        Options.Add(_store);
        Options.Add(_arch);
        Options.Add(_artifact);
        Run(async (parsed, cancellationToken) =>
        {
            var builds = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
            var index = (await builds.ReadIndexAsync(cancellationToken)).Builds;
            var arches = Architectures(parsed.GetValue(_arch));
            var id = parsed.GetRequiredValue(_build);
            id = id == "latest" && arches.Count == 0 ? (index.Count > 0 ? index[0].Id : id) : id;
            id = await builds.ResolveAsync(id, arches.Count > 0 ? arches[0] : FirstOf(index.FirstOrDefault(b => b.Id == id)), cancellationToken);
            if (arches.Count == 0)
            {
                arches = index.First(b => b.Id == id).Architectures.Select(a => ManifestShowCommand.ReadArchitecture(a)).ToValueList();
            }

            using var store = Open(services, parsed.GetRequiredValue(_store));
            var push = new BuildPush(builds, store, TransferOptions.Default, services.Time, services.Reporter);
            var steps = await push.RunAsync(new(id, arches, (parsed.GetValue(_artifact) ?? []).ToValueList(), IsDryRun(parsed)), cancellationToken);
            return await TellAsync(services, parsed, id, steps);
        });
    }

    private static Architecture FirstOf(BuildEntry? build) =>
        build is { Architectures.Count: > 0 } && Architecture.TryParse(build.Architectures[0], out var first) ? first : Architecture.Host;
}

/// <summary><c>builds fetch</c>.</summary>
internal sealed class BuildsFetchCommand : BuildsTransferCommand
{
    private readonly Argument<string> _build = new("ID") { Description = "Build id, or 'latest'", DefaultValueFactory = _ => "latest" };
    private readonly Option<string> _store = new("--store") { Description = "A stream's folder: https://…, s3://bucket/prod/streams/stable, az://…, file:DIR", HelpName = "URL", Required = true };
    private readonly Option<string[]> _arch = ArchOption();
    private readonly Option<string[]> _artifact = ArtifactOption("documents only; 'all' for all");

    public BuildsFetchCommand(Services services)
        : base("fetch", "Fetches a build from a store: resumable, verified",
            "pipeline builds fetch --store s3://bucket/prod/streams/stable --arch x86_64 --artifact qemu",
            "pipeline builds fetch 43.20260901.3.0 --store https://builds.example.com/prod/streams/stable --artifact all")
    {
        Arguments.Add(_build);
        Options.Add(_store);
        Options.Add(_arch);
        Options.Add(_artifact);
        Run(async (parsed, cancellationToken) =>
        {
            var builds = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
            using var store = Open(services, parsed.GetRequiredValue(_store));
            var artifacts = (parsed.GetValue(_artifact) ?? []).ToValueList();
            var id = parsed.GetRequiredValue(_build);
            var fetch = new BuildFetch(builds, store, TransferOptions.Default, services.Time, services.Reporter);
            var (found, steps) = await fetch.RunAsync(
                new(id == "latest" ? null : id, Architectures(parsed.GetValue(_arch)), artifacts, artifacts.Contains("all"), IsDryRun(parsed)), cancellationToken);
            return await TellAsync(services, parsed, found, steps);
        });
    }
}

/// <summary><c>builds prune</c>.</summary>
internal sealed class BuildsPruneCommand : BuildsTransferCommand
{
    private readonly Option<string?> _store = new("--store") { Description = "A stream's folder in a store (default: the work directory)", HelpName = "URL" };
    private readonly Option<int?> _keep = new("--keep") { Description = "How many of the newest builds stay", HelpName = "N" };
    private readonly Option<int?> _older = new("--older-than") { Description = "Only builds whose version's date is older", HelpName = "DAYS" };

    public BuildsPruneCommand(Services services)
        : base("prune", "Deletes old builds; never what releases.json or 'latest' names",
            "pipeline builds prune --keep 3",
            "pipeline builds prune --store s3://bucket/prod/streams/testing-devel --keep 10 --older-than 365 --dry-run")
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
        Run(async (parsed, cancellationToken) =>
        {
            var request = new PruneRequest(parsed.GetValue(_keep), parsed.GetValue(_older), [], Tombstones: true, IsDryRun(parsed));
            if (parsed.GetValue(_store) is { } address)
            {
                using var store = Open(services, address);
                return await TellAsync(services, parsed, null, await new BuildPrune(store, services.Time).RunAsync(request, cancellationToken));
            }

            // At a desk names may come back, and composing waits for this lock too.
            var builds = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
            using var gate = await builds.LockAsync(services.Reporter.Note, cancellationToken);
            using var local = new LocalObjectStore(Path.GetDirectoryName(builds.Root)!);
            var latest = new FileInfo(Path.Combine(builds.Root, "latest")).LinkTarget;
            var steps = await new BuildPrune(local, services.Time).RunAsync(request with { Tombstones = false, Spare = latest is null ? [] : [latest] }, cancellationToken);
            return await TellAsync(services, parsed, null, steps);
        });
    }
}
