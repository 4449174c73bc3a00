using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>Where packages come from: repositories by id or defined in place, their variables, and packages of one of them.</summary>
internal sealed partial class ManifestReader
{
    /// <summary>rpm-ostree then uses every enabled one of these files.</summary>
    private bool HasRepoFiles() => Directory.EnumerateFiles(Path.GetDirectoryName(_request.Path)!, "*.repo").Any();

    private (ValueList<Sourced> Repos, ValueList<InlineRepo> Inline) Repos(TreefileConfig config)
    {
        var (repos, inline) = (new List<Sourced>(), new List<InlineRepo>());
        foreach (var node in config.Lists.GetValueOrDefault("repos")?.Select(i => i.Node) ?? [])
        {
            if (node is YamlMapping mapping && _schema)
            {
                if (InlineRepo(mapping) is { } repo)
                {
                    inline.Add(repo);
                    repos.Add(new(repo.Id, repo.Span));
                }
            }
            else if (node is YamlScalar scalar && IsText(scalar))
            {
                repos.Add(new(scalar.Text, scalar.Span));
            }
            else
            {
                _problems.Add(
                    ManifestDiagnostics.WrongType("repos", "a list of texts", Describe(node), node.Span, QuoteHint(node, ValueShape.Text))
                );
            }
        }

        return (repos.DistinctBy(r => r.Text).ToValueList(), inline.ToValueList());
    }

    /// <summary>
    /// The directories of the files that name a repository and of those that include them, without the root's: an include brings its
    /// repositories, also where it keeps parts of itself in directories below.
    /// </summary>
    private ValueList<RepositoryPlace> RepositoryPlaces(TreefileConfig config)
    {
        var root = Path.GetDirectoryName(_request.Path)!;
        return AllItems(config, "repos")
            .Concat(AllItems(config, "lockfile-repos"))
            .Select(i => (Item: i, Id: RepositoryId(i.Node)))
            .Where(i => i.Id is not null)
            .SelectMany(i => Around(i.Item).Select(p => new RepositoryPlace(i.Id!, p.Directory, p.Display)))
            .Where(p => p.Directory != root)
            .DistinctBy(p => (p.Repository, p.Directory))
            .ToValueList();
    }

    /// <summary>The directory of the file that gave a value, then those of the files that include it, from the inside.</summary>
    private IEnumerable<(string Directory, string Display)> Around(TreefileItem item)
    {
        var file = item.Node.Span.File;
        yield return (item.Directory, Path.GetDirectoryName(file) ?? "");
        for (var depth = 0; depth < MaxDepth && _includers.TryGetValue(file, out var includer); depth++)
        {
            yield return (Path.GetDirectoryName(includer.Path)!, Path.GetDirectoryName(includer.Display) ?? "");
            file = includer.Display;
        }
    }

    private static string? RepositoryId(YamlNode node) => ((node is YamlMapping mapping ? mapping.Find("id") : node) as YamlScalar)?.Text;

    private InlineRepo? InlineRepo(YamlMapping mapping)
    {
        var fields = new List<InlineRepoField>();
        foreach (var entry in mapping.Entries.Where(e => e.Key.Text is not ("id" or "type")))
        {
            ValueList<YamlNode> items = entry.Value is YamlSequence list ? list.Items : [entry.Value];
            if (items.Any(i => i is not YamlScalar { IsNull: false }))
            {
                _problems.Add(ManifestDiagnostics.BadRepo($"has a '{entry.Key.Text}' that is no text", entry.Key.Span));
                continue;
            }

            fields.Add(new(entry.Key.Text, string.Join('\n', items.Select(i => ((YamlScalar)i).Text)), entry.Key.Span));
        }

        var (id, type) = (mapping.Find("id") as YamlScalar, mapping.Find("type") as YamlScalar);
        if (id is null || !FileNamePattern().IsMatch(id.Text))
        {
            _problems.Add(ManifestDiagnostics.BadRepo("has no usable 'id'", mapping.Span));
            return null;
        }

        if (type?.Text != "rpm")
        {
            _problems.Add(
                ManifestDiagnostics.BadRepo(
                    type?.Text == "deb" ? "is of type 'deb': define it in a .sources file" : "has no known 'type'",
                    type?.Span ?? mapping.Span
                )
            );
            return null;
        }

        return new(id.Text, type.Text, fields.ToValueList(), mapping.Span);
    }

    private static ValueList<ManifestVariable> RepositoryVariables(TreefileConfig config) =>
        config
            .Maps.GetValueOrDefault("repovars")
            ?.Values.Where(e => e.Value is YamlScalar)
            .Select(e => new ManifestVariable(e.Key.Text, ((YamlScalar)e.Value).Text))
            .ToValueList()
        ?? [];

    /// <summary>A package that several entries name comes from the last.</summary>
    private ValueList<RepoPackage> RepoPackages(TreefileConfig config)
    {
        var found = new SortedDictionary<string, RepoPackage>(StringComparer.Ordinal);
        foreach (var node in config.Lists.GetValueOrDefault("repo-packages")?.Select(i => i.Node) ?? [])
        {
            if (
                node is not YamlMapping mapping
                || mapping.Find("repo") is not YamlScalar repo
                || mapping.Find("packages") is not YamlSequence list
            )
            {
                _problems.Add(ManifestDiagnostics.BadRepoPackages("is no mapping with 'repo' and 'packages'", node.Span));
                continue;
            }

            foreach (var entry in mapping.Entries.Where(e => e.Key.Text is not ("repo" or "packages")))
            {
                _problems.Add(ManifestDiagnostics.UnknownKey(entry.Key.Text, entry.Key.Span, _schema, warnOnly: false));
            }

            foreach (var item in Texts(list, "repo-packages"))
            {
                if (PackageWords.Split(item.Text) is not { } words)
                {
                    _problems.Add(ManifestDiagnostics.OpenQuote(item.Text, item.Span));
                    continue;
                }

                words.ToList().ForEach(w => found[w] = new(repo.Text, new(w, item.Span)));
            }
        }

        return found.Values.ToValueList();
    }
}
