using System.Text.RegularExpressions;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>Reads the repositories of a manifest from the <c>*.sources</c> files beside it and beside what it includes.</summary>
internal static partial class SourcesReader
{
    private const int MaxFileSize = 1024 * 1024;
    private static readonly string[] Fields =
    [
        "X-Repo-Id",
        "Enabled",
        "Types",
        "URIs",
        "Suites",
        "Components",
        "Architectures",
        "Signed-By",
        "By-Hash",
        "PDiffs",
        "Languages",
        "Targets",
    ];

    /// <summary>The file that defines a repository, or <c>null</c>; wrong files are not reported here.</summary>
    public static string? FileOf(string directory, string repository) =>
        Stanzas(directory, "", new()).FirstOrDefault(s => s.Id == repository).Definition?.Span.File;

    /// <summary>Reads the files and keeps the repositories the manifest names.</summary>
    /// <param name="source">The manifest and where it is.</param>
    /// <param name="mirrors">Answers <c>${mirror:ID}</c>.</param>
    /// <param name="problems">Receives PL11xx.</param>
    /// <param name="cancellationToken">Ends the search for a mirror.</param>
    public static async Task<RepositorySet> ReadAsync(
        RepositorySource source,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        var definitions = new RepositoryDefinitions<Deb822Stanza>(source, d => Stanzas(d.Path, d.Display, problems));
        var items = new List<Repository>();
        _ = definitions.Root; // what is wrong beside the root manifest is reported although nothing is named there
        foreach (var wanted in source.Manifest.Repos)
        {
            if (definitions.Find(wanted.Text) is not { } found || IsDisabled(found.Definition))
            {
                var known = definitions.Known.Where(s => !IsDisabled(s.Definition)).Select(s => s.Id).Distinct().ToArray();
                problems.Add(RepositoryDiagnostics.Unknown(wanted.Text, known, wanted.Span));
            }
            else if (
                await ReadAsync(
                    wanted.Text,
                    found.Definition,
                    found.Directory.Path,
                    source.Manifest,
                    mirrors,
                    problems,
                    cancellationToken
                ) is
                { } repository
            )
            {
                items.Add(repository);
            }
        }

        return new RepositorySet(items.ToValueList());
    }

    private static bool IsDisabled(Deb822Stanza stanza) => stanza.Find("Enabled")?.Value is "no" or "false" or "0";

    private static List<(string Id, Deb822Stanza Definition)> Stanzas(string directory, string display, DiagnosticBag problems)
    {
        var found = new List<(string Id, Deb822Stanza Definition)>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.sources").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            var info = new FileInfo(path);
            if (!RegularFile.Is(path) || info.Length > MaxFileSize)
            {
                problems.Error("PL1120", $"'{name}' is not a regular file of at most 1 MiB");
                continue;
            }

            var stanzas = Deb822.Parse(Path.Combine(display, name), RegularFile.ReadText(path), problems);
            for (var i = 0; i < stanzas.Count; i++)
            {
                var stem = Path.GetFileNameWithoutExtension(name);
                var id = stanzas[i].Find("X-Repo-Id")?.Value ?? (i == 0 ? stem : $"{stem}-{i + 1}");
                if (!IdPattern().IsMatch(id))
                {
                    problems.Add(
                        RepositoryDiagnostics.Field(
                            "X-Repo-Id",
                            $"has the value '{id}'",
                            stanzas[i].Span,
                            "letters, digits, '.', '_', '+' and '-'"
                        )
                    );
                }
                else if (found.Find(f => f.Id == id) is { Definition: { } first })
                {
                    problems.Add(RepositoryDiagnostics.Twice(id, stanzas[i].Span, first.Span));
                }
                else
                {
                    found.Add((id, stanzas[i]));
                }
            }
        }

        return found;
    }

    private static async Task<DebRepository?> ReadAsync(
        string id,
        Deb822Stanza stanza,
        string directory,
        Manifest manifest,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        CheckFields(stanza, problems);
        var (url, suite, keys) = (One(stanza, "URIs", problems), One(stanza, "Suites", problems), stanza.Find("Signed-By"));
        if (keys is null)
        {
            problems.Add(
                RepositoryDiagnostics.Field("Signed-By", "is missing", stanza.Span, "name the file with the keys that sign the repository")
            );
        }

        if (url is null || suite is null || keys is null)
        {
            return null;
        }

        var components = stanza.Words("Components");
        var baseUrl = await ExpandAsync(url, manifest, mirrors, problems, cancellationToken);
        var name = await ExpandAsync(suite, manifest, mirrors, problems, cancellationToken);
        if (
            name is not null
            && (
                name.EndsWith('/') != (components.Length == 0)
                || !components.Append(name.TrimEnd('/')).All(c => PathPattern().IsMatch(c) && !c.Split('/').Contains(".."))
            )
        )
        {
            problems.Add(
                RepositoryDiagnostics.Field(
                    "Suites",
                    "and 'Components' do not fit",
                    suite.Span,
                    "a suite has components; a flat repository's suite ends in '/' and has none"
                )
            );
            return null;
        }

        var keyring = Keyring.Read(keys.Value, directory, keys.Span, problems);
        if (baseUrl is null || name is null || keyring is null)
        {
            return null;
        }

        if (!Uri.TryCreate(baseUrl, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            problems.Add(
                RepositoryDiagnostics.Field(
                    "URIs",
                    $"has the value '{UrlCredentials.Shown(baseUrl)}'",
                    url.Span,
                    "only http and https are supported"
                )
            );
            return null;
        }

        return new()
        {
            Id = id,
            BaseUrl = mirrors.WithoutCredentials(baseUrl),
            Suite = name,
            Components = components.ToValueList(),
            Keyring = keyring.Value,
            Span = stanza.Span,
        };
    }

    private static void CheckFields(Deb822Stanza stanza, DiagnosticBag problems)
    {
        foreach (
            var field in stanza.Fields.Where(f =>
                !f.Name.StartsWith("X-", StringComparison.OrdinalIgnoreCase) && !Fields.Contains(f.Name, StringComparer.OrdinalIgnoreCase)
            )
        )
        {
            problems.Add(
                field.Name.ToLowerInvariant() switch
                {
                    "trusted"
                    or "check-valid-until"
                    or "valid-until-min"
                    or "valid-until-max"
                    or "check-date"
                    or "date-max-future"
                    or "inrelease-path"
                    or "snapshot"
                    or "allow-insecure"
                    or "allow-weak" => RepositoryDiagnostics.Field(
                        field.Name,
                        "is not supported: a repository is always verified",
                        field.Span,
                        "remove the field"
                    ),
                    _ => RepositoryDiagnostics.UnknownField(field.Name, field.Span, Fields),
                }
            );
        }

        if (One(stanza, "Types", problems) is { } type && type.Value != "deb")
        {
            problems.Add(RepositoryDiagnostics.Field("Types", $"has the value '{type.Value}'", type.Span, "only 'deb' is supported"));
        }
    }

    private static Deb822Field? One(Deb822Stanza stanza, string name, DiagnosticBag problems)
    {
        var words = stanza.Words(name);
        if (words.Length == 1)
        {
            return stanza.Find(name)! with { Value = words[0] };
        }

        problems.Add(
            RepositoryDiagnostics.Field(
                name,
                words.Length == 0 ? "is missing" : "must have exactly one value",
                stanza.Find(name)?.Span ?? stanza.Span,
                words.Length > 1 ? "write one stanza for each" : null
            )
        );
        return null;
    }

    /// <summary>The field with its variables replaced, or <c>null</c> after reporting one that has no value.</summary>
    private static async Task<string?> ExpandAsync(
        Deb822Field field,
        Manifest manifest,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        var text = field.Value;
        foreach (var reference in Reference().Matches(text).Select(m => m.Groups[1].Value).Distinct().ToArray())
        {
            var isMirror = reference.StartsWith("mirror:", StringComparison.Ordinal);
            var value = isMirror
                ? await mirrors.ResolveAsync(reference["mirror:".Length..], field.Span, problems, cancellationToken)
                : manifest.Variables.FirstOrDefault(v => v.Name == reference)?.Value;
            if (value is null)
            {
                if (!isMirror)
                {
                    problems.Add(
                        Manifests.ManifestDiagnostics.UndefinedVariable(reference, field.Span, manifest.Variables.Select(v => v.Name))
                    );
                }

                return null;
            }

            text = text.Replace($"${{{reference}}}", value, StringComparison.Ordinal);
        }

        return text;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._+-]*\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[A-Za-z0-9._+-]+(/[A-Za-z0-9._+-]+)*\z")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Reference();
}
