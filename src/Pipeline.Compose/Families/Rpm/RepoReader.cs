using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// Reads the repositories of a manifest from the <c>*.repo</c> files beside it and beside what it includes, and from the manifest itself.
/// </summary>
internal static partial class RepoReader
{
    private const int MaxFileSize = 1024 * 1024;
    private const int DefaultPriority = 99;

    /// <summary>The file that defines a repository, or <c>null</c>; wrong files are not reported here.</summary>
    public static string? FileOf(string directory, string repository) =>
        Sections(directory, "", new()).FirstOrDefault(s => s.Id == repository)?.Span.File;

    /// <summary>The ids of all repositories whose section does not say <c>enabled=0</c>, in the order of files and sections.</summary>
    public static ValueList<Sourced> Enabled(string directory, string display) =>
        Sections(directory, display, new())
            .Where(s => RepoKeys.Truth(s, "enabled", true, new()))
            .Select(s => new Sourced(s.Id, s.Span))
            .ToValueList();

    /// <summary>Reads the files and keeps the repositories the manifest names.</summary>
    /// <param name="source">The manifest and where it is.</param>
    /// <param name="mirrors">Answers <c>${mirror:ID}</c>, and the id of a repository itself.</param>
    /// <param name="problems">Receives PL11xx.</param>
    /// <param name="cancellationToken">Ends the search for a mirror.</param>
    public static async Task<RepositorySet> ReadAsync(
        RepositorySource source,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        var inline = source.Manifest.InlineRepos.Select(Inline).ToArray();
        var definitions = new RepositoryDefinitions<RepoSection>(
            source,
            d => [.. Sections(d.Path, d.Display, problems).Select(s => (s.Id, s))]
        );
        _ = definitions.Root; // what is wrong beside the root manifest is reported although nothing is named there
        foreach (var section in inline)
        {
            var first = definitions.Find(section.Id)?.Definition ?? inline.First(s => s.Id == section.Id);
            if (!ReferenceEquals(first, section))
            {
                problems.Add(RepositoryDiagnostics.Twice(section.Id, section.Span, first.Span));
            }
        }

        var items = new List<Repository>();
        var wanted = source.Wanted.ToArray();
        foreach (var name in wanted.Length == 0 ? Enabled(source.Directory, source.Display) : wanted.ToValueList())
        {
            var own = Array.Find(inline, s => s.Id == name.Text);
            if (own is not null)
            {
                // Its keys lie beside the file that defines it; an older manifest may have them beside the root.
                var places = source.PlacesOf(own.Id).Select(d => d.Path).Reverse();
                Add(await ReadAsync(own, [.. places], source, mirrors, problems, cancellationToken));
            }
            else if (definitions.Find(name.Text) is { } found)
            {
                Add(await ReadAsync(found.Definition, [found.Directory.Path], source, mirrors, problems, cancellationToken));
            }
            else
            {
                problems.Add(
                    RepositoryDiagnostics.Unknown(
                        name.Text,
                        [.. definitions.Known.Select(d => d.Id).Concat(inline.Select(s => s.Id)).Distinct()],
                        name.Span
                    )
                );
            }
        }

        return new(items.ToValueList());

        void Add(RpmRepository? repository)
        {
            if (repository is not null)
            {
                items.Add(repository);
            }
        }
    }

    private static RepoSection Inline(InlineRepo repo) =>
        new(repo.Id, repo.Fields.Select(f => new RepoLine(f.Name, f.Value, f.Span)).ToValueList(), repo.Span);

    private static List<RepoSection> Sections(string directory, string display, DiagnosticBag problems)
    {
        var found = new List<RepoSection>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.repo").Order(StringComparer.Ordinal))
        {
            var name = Path.Combine(display, Path.GetFileName(path));
            if (!RegularFile.Is(path) || new FileInfo(path).Length > MaxFileSize)
            {
                var span = new SourceSpan(name, 1, 1);
                problems.Add(RepositoryDiagnostics.BadLine(name, "is not a regular file of at most 1 MiB", span));
                continue;
            }

            foreach (var section in RepoFile.Parse(name, RegularFile.ReadText(path), problems))
            {
                if (!IdPattern().IsMatch(section.Id) || section.Id == "main")
                {
                    problems.Add(RepositoryDiagnostics.BadLine($"[{section.Id}]", "is not the id of a repository", section.Span));
                }
                else if (found.Find(s => s.Id == section.Id) is { } first)
                {
                    problems.Add(RepositoryDiagnostics.Twice(section.Id, section.Span, first.Span));
                }
                else
                {
                    found.Add(section);
                }
            }
        }

        return found;
    }

    private static async Task<RpmRepository?> ReadAsync(
        RepoSection section,
        ValueList<string> directories,
        RepositorySource source,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        var before = problems.Items.Count;
        RepoKeys.Check(section, problems);
        var variables = new RepoVariables(source.Manifest, mirrors);
        var urls = await UrlsAsync(section, variables, mirrors, problems, cancellationToken);
        var (index, packages) = (
            RepoKeys.Truth(section, "repo_gpgcheck", true, problems),
            RepoKeys.Truth(section, "gpgcheck", true, problems)
        );
        ValueList<string> off = [.. packages ? Array.Empty<string>() : ["gpgcheck"], .. index ? Array.Empty<string>() : ["repo_gpgcheck"]];
        foreach (var key in off.Where(_ => !source.AllowsInsecure))
        {
            problems.Add(RepositoryDiagnostics.Unchecked(section.Id, key, section.Find(key)!.Span));
        }

        ReadOnlyMemory<byte>? keyring = ReadOnlyMemory<byte>.Empty;
        if (index || packages)
        {
            keyring = await KeysAsync(section, directories, variables, problems, cancellationToken);
        }

        var rules = Rules(section, problems);
        return problems.Items.Skip(before).Any(p => p.Severity == Severity.Error) || urls.Count == 0 || keyring is null
            ? null
            : new()
            {
                Id = section.Id,
                BaseUrl = urls[0],
                BaseUrls = urls,
                Keyring = keyring.Value,
                ChecksIndex = index,
                ChecksPackages = packages,
                Rules = rules,
                Unchecked = off,
                Span = section.Span,
            };
    }

    private static async Task<ValueList<string>> UrlsAsync(
        RepoSection section,
        RepoVariables variables,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        // A mirror that the user names for the repository itself goes before what its file says.
        if (await mirrors.ResolveAsync(section.Id, section.Span, new(), cancellationToken) is { } given)
        {
            return [given];
        }

        if (section.Find("baseurl") is not { } line)
        {
            var instead = section.Find("metalink") ?? section.Find("mirrorlist");
            problems.Add(RepositoryDiagnostics.NoAddress(section.Id, instead?.Key ?? "", instead?.Span ?? section.Span));
            return [];
        }

        var urls = new List<string>();
        foreach (var word in line.Words)
        {
            if (await variables.ExpandAsync(word, line.Span, problems, cancellationToken) is not { } url)
            {
                continue;
            }

            if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            {
                problems.Add(
                    RepositoryDiagnostics.Field(
                        "baseurl",
                        $"has the value '{UrlCredentials.Shown(url)}'",
                        line.Span,
                        "only http and https are supported"
                    )
                );
                continue;
            }

            urls.Add(mirrors.WithoutCredentials(url));
        }

        if (line.Words.Count == 0)
        {
            problems.Add(RepositoryDiagnostics.NoAddress(section.Id, "", line.Span));
        }

        return urls.ToValueList();
    }

    /// <summary>
    /// The keys. A <c>file:</c> address of a machine means the file of that name beside the definition: what a build trusts must not depend
    /// on the machine it is made on. A relative path may leave its directory: the file is the user's own.
    /// </summary>
    private static async Task<ReadOnlyMemory<byte>?> KeysAsync(
        RepoSection section,
        ValueList<string> directories,
        RepoVariables variables,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        if (section.Find("gpgkey") is not { } line || line.Value.Length == 0)
        {
            problems.Add(
                RepositoryDiagnostics.Field("gpgkey", "is missing", section.Span, "name the file with the keys that sign the repository")
            );
            return null;
        }

        if (line.Value.Contains("-----BEGIN PGP", StringComparison.Ordinal))
        {
            return Keyring.Read(line.Value, directories[0], line.Span, problems);
        }

        var paths = new List<string>();
        foreach (var word in line.Words)
        {
            if (await variables.ExpandAsync(word, line.Span, problems, cancellationToken) is not { } key)
            {
                return null;
            }

            var path = key.StartsWith("file:", StringComparison.Ordinal) ? Path.GetFileName(key) : key;
            if (path.Length == 0 || Path.IsPathRooted(path) || path.Contains("://", StringComparison.Ordinal))
            {
                problems.Add(
                    RepositoryDiagnostics.Field(
                        "gpgkey",
                        $"has the value '{UrlCredentials.Shown(key)}'",
                        line.Span,
                        "keys travel with the manifest: save the file beside it and write its relative path"
                    )
                );
                return null;
            }

            paths.Add(path);
        }

        var directory = directories.FirstOrDefault(d => paths.TrueForAll(p => File.Exists(Path.Combine(d, p)))) ?? directories[0];
        return Keyring.Read(string.Join('\n', paths), directory, line.Span, problems);
    }

    private static RepositoryRules Rules(RepoSection section, DiagnosticBag problems)
    {
        var priority = DefaultPriority;
        if (
            section.Find("priority") is { } line
            && (!int.TryParse(line.Value, NumberStyles.None, CultureInfo.InvariantCulture, out priority) || priority is < 1 or > 9999)
        )
        {
            problems.Add(
                RepositoryDiagnostics.Field("priority", $"has the value '{line.Value}'", line.Span, "write 1 to 9999; 99 is usual")
            );
        }

        var patterns = section.Lines.Where(l => l.Key is "excludepkgs" or "exclude" or "includepkgs").ToArray();
        foreach (var wrong in patterns.SelectMany(l => l.Words.Where(w => !PatternPattern().IsMatch(w)).Select(w => (l, w))))
        {
            problems.Add(
                RepositoryDiagnostics.Field(
                    wrong.l.Key,
                    $"has the pattern '{wrong.w}'",
                    wrong.l.Span,
                    "write names with '*', '?' and '[…]'"
                )
            );
        }

        return new(
            priority,
            patterns.Where(l => l.Key != "includepkgs").SelectMany(l => l.Words).ToValueList(),
            section.Find("includepkgs")?.Words
        );
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:+-]*\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_.+:~^*?\[\]!-]{1,200}\z")]
    private static partial Regex PatternPattern();
}
