using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Configs;

/// <summary>Packages that a machine may get beside its image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Packages">What it consists of.</param>
/// <param name="Repos">Repositories beside those of the manifest.</param>
/// <param name="Architectures">Where it exists; empty for everywhere.</param>
/// <param name="MatchBase">The package of the image whose version its packages must have, or <c>null</c>.</param>
/// <param name="IsDevelopment">Whether its packages are not installed on machines of the image; nothing of them is resolved.</param>
/// <param name="Span">Where it stands.</param>
public sealed record Extension(
    string Name,
    ValueList<Sourced> Packages,
    ValueList<Sourced> Repos,
    ValueList<string> Architectures,
    string? MatchBase,
    bool IsDevelopment,
    SourceSpan Span
);

/// <summary>extensions.yaml of rpm-ostree.</summary>
/// <param name="Repos">Repositories of all extensions beside those of the manifest.</param>
/// <param name="Extensions">In the order of the file.</param>
public sealed record ExtensionSet(ValueList<Sourced> Repos, ValueList<Extension> Extensions)
{
    /// <summary>Those of an architecture.</summary>
    public IEnumerable<Extension> On(Architecture architecture) =>
        Extensions.Where(e => e.Architectures.Count == 0 || e.Architectures.Contains(architecture.Name));

    /// <summary>Reads the file.</summary>
    /// <param name="config">The file.</param>
    /// <param name="problems">Receives PL1050–PL1052 and those of YAML.</param>
    /// <param name="remarks">Receives PL1053.</param>
    public static ExtensionSet Read(ConfigText config, DiagnosticBag problems, ICollection<Diagnostic> remarks)
    {
        var reader = new ConfigReader(problems, remarks);
        var (repos, found) = (new List<Sourced>(), new List<Extension>());
        foreach (var entry in reader.Open(config)?.Entries ?? [])
        {
            switch (entry.Key.Text)
            {
                case "repos":
                    repos.AddRange(Sources(reader, "repos", entry.Value));
                    break;
                case "extensions":
                    found.AddRange(
                        (reader.Mapping("extensions", entry.Value)?.Entries ?? [])
                            .Select(e => ReadOne(reader, e, problems))
                            .OfType<Extension>()
                    );
                    break;
                default:
                    problems.Add(ConfigDiagnostics.UnknownKey(entry.Key.Text, entry.Key.Span, ["repos", "extensions"]));
                    break;
            }
        }

        return new([.. repos], [.. found]);
    }

    private static Extension? ReadOne(ConfigReader reader, YamlEntry extension, DiagnosticBag problems)
    {
        if (reader.Mapping(extension.Key.Text, extension.Value) is not { } mapping)
        {
            return null;
        }

        var found = new Extension(extension.Key.Text, [], [], [], null, false, extension.Key.Span);
        foreach (var (key, value) in reader.Acting(mapping, ConfigKeys.Extension).Select(e => (e.Key.Text, e.Value)))
        {
            found = key switch
            {
                "packages" => found with { Packages = Sources(reader, key, value) },
                "repos" => found with { Repos = Sources(reader, key, value) },
                "architectures" => found with { Architectures = reader.Texts(key, value) },
                "match-base-evr" when value is YamlScalar { IsNull: false } name => found with { MatchBase = name.Text },
                "kind" when value is YamlScalar { Text: "os-extension" or "development" } kind => found with
                {
                    IsDevelopment = kind.Text == "development",
                },
                _ => Wrong(found, key, value, problems),
            };
        }

        if (mapping.Find("packages") is null)
        {
            problems.Add(ConfigDiagnostics.WrongValue("packages", "a list of texts", extension.Key.Span));
        }

        return found;
    }

    private static Extension Wrong(Extension found, string key, YamlNode value, DiagnosticBag problems)
    {
        problems.Add(
            ConfigDiagnostics.WrongValue(key, key == "kind" ? "os-extension or development" : "the name of a package", value.Span)
        );
        return found;
    }

    private static ValueList<Sourced> Sources(ConfigReader reader, string key, YamlNode node) =>
        reader.Texts(key, node) is { Count: > 0 }
            ? [.. ((YamlSequence)node).Items.Cast<YamlScalar>().Select(s => new Sourced(s.Text, s.Span))]
            : [];
}
