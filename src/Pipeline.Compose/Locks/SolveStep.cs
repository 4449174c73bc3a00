using Pipeline.Compose.Families;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>
/// Verified indices → packages. When the requests and the index digests are those of an earlier run its packages are taken without
/// solving. Lists of files and of groups are fetched when something asks for them.
/// </summary>
/// <param name="family">The kind of packages.</param>
/// <param name="resolver">Solves.</param>
/// <param name="store">Holds the indices.</param>
/// <param name="updating">Fetches what is missing of them.</param>
internal sealed class SolveStep(IPackageFamily family, Resolver resolver, ContentStore store, RepositoryServices updating)
{
    /// <summary>Raised when the same inputs give another lock.</summary>
    private const int Version = 2;

    /// <summary>The packages, dependencies first.</summary>
    /// <exception cref="PipelineException">PL14xx; PL1128, PL1129; those of fetching an index.</exception>
    public async Task<ValueList<LockedPackage>> RunAsync(
        LockRequest request,
        Manifest manifest,
        IReadOnlyList<RepositoryState> states,
        CancellationToken cancellationToken
    )
    {
        var cached = Path.Combine(request.WorkDirectory.Cache, "locks", $"{Key(manifest, states).Hex}.json");
        if (
            File.Exists(cached) && Known(cached, await RegularFile.ReadAsync(cached, cancellationToken), manifest.Architecture) is { } known
        )
        {
            CacheFiles.Touch(cached, updating.Time);
            return known.Packages;
        }

        var packages = manifest.Packages;
        if (packages.Any(IsGroup))
        {
            states = await ExtendAsync(states, IndexParts.Groups, request.Offline, cancellationToken);
            packages = Expand(manifest, states);
        }

        if (resolver.NeedsFiles(manifest, states))
        {
            states = await ExtendAsync(states, IndexParts.Files, request.Offline, cancellationToken);
        }

        var lockfile = new Lockfile
        {
            Architecture = manifest.Architecture,
            Generated = states.Max(s => s.Date),
            Packages = resolver.Solve(manifest, packages, states),
        };
        await AtomicFile.WriteAsync(cached, LockfileWriter.Write(lockfile), cancellationToken);
        return lockfile.Packages;
    }

    private static bool IsGroup(Sourced request) => request.Text.StartsWith('@');

    private async Task<IReadOnlyList<RepositoryState>> ExtendAsync(
        IReadOnlyList<RepositoryState> states,
        IndexParts parts,
        bool offline,
        CancellationToken cancellationToken
    )
    {
        var tasks = states.Select(s => family.ExtendAsync(s, parts, offline, updating, cancellationToken)).ToArray();
        await Outcomes.AllAsync(tasks);
        return [.. tasks.Select(t => t.Result)];
    }

    /// <summary>
    /// Replaces each group by its packages that exist. A conditional package is taken when the one it depends on is requested.
    /// </summary>
    private ValueList<Sourced> Expand(Manifest manifest, IReadOnlyList<RepositoryState> states)
    {
        var requests = manifest.Packages;
        var groups = states
            .Where(s => s.Groups is not null)
            .SelectMany(s => family.Groups(s.Repository.Id, IndexText.Unpack(s.Groups!, store)))
            .ToLookup(g => g.Id, StringComparer.Ordinal);
        var problems = new DiagnosticBag();
        var found = new SortedDictionary<string, Sourced>(StringComparer.Ordinal);
        foreach (var plain in requests.Where(r => !IsGroup(r)))
        {
            found[plain.Text] = plain;
        }

        var named = requests.Where(IsGroup).Select(r => (Request: r, Groups: groups[r.Text[1..]].ToArray())).ToArray();
        foreach (var (request, none) in named.Where(n => n.Groups.Length == 0))
        {
            problems.Add(
                states.All(s => s.Groups is null)
                    ? RepositoryDiagnostics.NoGroups(family.Name, request.Span)
                    : RepositoryDiagnostics.UnknownGroup(request.Text[1..], request.Span, groups.Select(g => g.Key))
            );
        }

        problems.ThrowIfErrors();
        var members = named.SelectMany(n => n.Groups.SelectMany(g => g.Packages).Select(p => new Sourced(p, n.Request.Span))).ToArray();
        var known = resolver.Known(manifest.Architecture, states, members.Select(m => m.Text));
        foreach (var member in members.Where(m => known.Contains(m.Text)))
        {
            found.TryAdd(member.Text, member);
        }

        var conditional = named.SelectMany(n => n.Groups.SelectMany(g => g.Conditional).Select(c => (c.Name, c.Needs, n.Request.Span)));
        foreach (var (name, _, span) in conditional.Where(c => found.ContainsKey(c.Needs)).ToArray())
        {
            found.TryAdd(name, new(name, span));
        }

        return found.Values.ToValueList();
    }

    /// <summary>The lock of an earlier run; <c>null</c> when the file is damaged, which making it again repairs.</summary>
    private static Lockfile? Known(string file, byte[] bytes, Architecture architecture) =>
        LockfileReader.Read(file, bytes, architecture, new())?.Complete(architecture);

    /// <summary>Everything a solve depends on. Members that a Debian manifest has not are left out.</summary>
    private static Digest Key(Manifest manifest, IReadOnlyList<RepositoryState> states)
    {
        var rules = states.Where(s => s.Repository.Rules != RepositoryRules.None).Select(s => Describe(s.Repository)).ToArray();
        var parts = states
            .Where(s => (s.FilesDigest ?? s.GroupsDigest) is not null)
            .Select(s => $"{s.Repository.Id} {s.FilesDigest?.Hex} {s.GroupsDigest?.Hex}")
            .ToArray();
        return Digest.Of(
            JsonTextWriter.Canonical(
                new JsonTextObject([
                    new("version", new JsonTextNumber($"{Version}")),
                    new("arch", new JsonTextString(manifest.Architecture.Name)),
                    new("recommends", new JsonTextBool(manifest.Recommends)),
                    new("packages", Texts(manifest.Packages.Select(p => p.Text))),
                    new("exclude", Texts(manifest.ExcludePackages.Select(p => p.Text))),
                    new("indices", Texts(states.SelectMany(s => s.Indices).Select(i => $"{i.Repo} {i.Digest.Hex}"))),
                    .. Optional("rules", rules),
                    .. Optional("parts", parts),
                    .. Optional("repoPackages", [.. manifest.RepoPackages.Select(p => $"{p.Repo} {p.Package.Text}")]),
                ])
            )
        );
    }

    private static string Describe(Repository repository) =>
        $"{repository.Id} {repository.Rules.Priority} -{string.Join(',', repository.Rules.Exclude)}"
        + (repository.Rules.Include is { } include ? $" +{string.Join(',', include)}" : "");

    private static IEnumerable<JsonTextMember> Optional(string name, string[] texts) => texts.Length == 0 ? [] : [new(name, Texts(texts))];

    private static JsonTextArray Texts(IEnumerable<string> texts) =>
        new(texts.Select(t => (JsonTextNode)new JsonTextString(t)).ToValueList());
}
