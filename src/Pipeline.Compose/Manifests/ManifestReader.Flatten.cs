using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>From merged keys to the record: substitution, checks, paths.</summary>
internal sealed partial class ManifestReader
{
    /// <summary>What rpm-ostree substitutes; our schema substitutes everywhere but in scripts and package patterns.</summary>
    private static readonly HashSet<string> Substituted = new(StringComparer.Ordinal)
    {
        "ref",
        "rojig",
        "metadata",
        "add-commit-metadata",
        "automatic-version-prefix",
        "mutate-os-release",
        "platform-module",
    };

    private static readonly HashSet<string> NeverSubstituted = new(StringComparer.Ordinal) { "postprocess", "remove-from-packages" };

    private Manifest Flatten(TreefileConfig config)
    {
        SubstituteAll(config);
        NoteSupport(config);
        var root = new SourceSpan(_request.Display, 1, 1);
        var packages = config.Sets.GetValueOrDefault("packages")?.Values.ToValueList() ?? [];
        var exclude = Items(config, "exclude-packages").Select(i => new Sourced(i.Text, i.Span)).ToValueList();
        var byName = packages.ToDictionary(p => p.Text, StringComparer.Ordinal);
        foreach (var excluded in exclude.Where(e => byName.ContainsKey(e.Text)))
        {
            _problems.Add(ManifestDiagnostics.PackageBothWays(excluded.Text, excluded.Span, byName[excluded.Text].Span));
        }

        var (repos, inline) = Repos(config);
        if (packages.Count == 0)
        {
            _blocking.Add(ManifestDiagnostics.NoPackages(root));
        }

        if (repos.Count == 0 && !HasRepoFiles())
        {
            _blocking.Add(ManifestDiagnostics.NoRepos(root));
        }

        var manifest = new Manifest
        {
            File = _request.Display,
            IsSchema = _schema,
            Name = Name(config),
            Architecture = _request.Architecture,
            Ref = Checked(config, "ref", RefPattern(), "segments of letters, digits, '.', '_' and '-' joined by '/'"),
            ReleaseVersion = _request.Variables.GetValueOrDefault("releasever") ?? Single(config, "releasever")?.Text,
            Repos = repos,
            InlineRepos = inline,
            LockfileRepos = Items(config, "lockfile-repos").DistinctBy(i => i.Text).Select(i => new Sourced(i.Text, i.Span)).ToValueList(),
            RepositoryPlaces = RepositoryPlaces(config),
            RepositoryVariables = RepositoryVariables(config),
            RepoPackages = RepoPackages(config),
            Packages = packages,
            ExcludePackages = exclude,
            RemoveFromPackages = Removals(config),
            InstallLanguages = InstallLanguages(config),
            Layers = Layers(config),
            AddFiles = AddedFiles(config),
            RemoveFiles = RelativePaths(config, "remove-files"),
            Postprocess = Scripts(config),
            Units = Names(config, "units", UnitPattern(), "write a unit name such as sshd.service"),
            DefaultTarget = Checked(config, "default-target", UnitPattern(), "write a target such as multi-user.target") is { } target
                ? new(target, Single(config, "default-target")!.Span)
                : null,
            EtcGroupMembers = Names(config, "etc-group-members", GroupPattern(), "write a group name such as sudo"),
            IsContainer = IsTrue(config, "container"),
            HasInitramfs = !IsTrue(config, "no-initramfs"),
            InitramfsArguments = InitramfsArguments(config),
            HasEmptyMachineId = IsTrue(config, "machineid-compat"),
            ContainerCommand = ContainerCommand(config),
            CommitMetadata = CommitMetadata(config),
            RecordsRepositories = Single(config, "repo-metadata")?.Text != "disabled",
            RecordsAdvisories = Single(config, "advisories-metadata")?.Text != "disabled",
            MutateOsRelease = Single(config, "mutate-os-release")?.Text,
            AutomaticVersionPrefix = Single(config, "automatic-version-prefix")?.Text,
            Recommends = Single(config, "recommends")?.Text != "false",
            Documentation = Single(config, "documentation")?.Text != "false",
            Labels = Single(config, "selinux")?.Text != "false",
            LabelVersion = Single(config, "selinux-label-version")?.Text == "1" ? 1 : 0,
            Variables = _variables.Values.Select(v => new ManifestVariable(v.Key, v.Value.Text)).ToValueList(),
            Metadata = MapJson(config, "metadata"),
            Flattened = new([]),
        };
        if (!manifest.IsContainer)
        {
            var (users, groups) = AccountRules(config);
            manifest = manifest with { Users = users, Groups = groups };
        }

        return manifest with
        {
            Flattened = FlattenedManifest.Of(config, manifest),
        };
    }

    private void SubstituteAll(TreefileConfig config)
    {
        foreach (var key in config.Single.Keys.Where(IsSubstituted).ToArray())
        {
            config.Single[key] = config.Single[key] with { Node = SubstituteIn(config.Single[key].Node) };
        }

        foreach (var (_, map) in config.Maps.Where(m => IsSubstituted(m.Key)))
        {
            foreach (var name in map.Keys.ToArray())
            {
                map[name] = map[name] with
                {
                    Value = _schema || map[name].Value is YamlScalar ? SubstituteIn(map[name].Value) : map[name].Value,
                };
            }
        }

        foreach (var key in config.Lists.Keys.Where(IsSubstituted).ToArray())
        {
            config.Lists[key] = config.Lists[key].ConvertAll(i => i with { Node = SubstituteIn(i.Node) });
        }
    }

    private bool IsSubstituted(string key) => _schema ? !NeverSubstituted.Contains(key) : Substituted.Contains(key);

    private YamlNode SubstituteIn(YamlNode node) =>
        node switch
        {
            YamlScalar s => Expand(s),
            YamlSequence s => s with { Items = s.Items.Select(SubstituteIn).ToValueList() },
            YamlMapping m => m with { Entries = m.Entries.Select(e => e with { Value = SubstituteIn(e.Value) }).ToValueList() },
            _ => node,
        };

    /// <summary>Says of each key that is given what does not act, and why.</summary>
    private void NoteSupport(TreefileConfig config)
    {
        foreach (var (name, node) in Given(config))
        {
            var key = TreefileKeys.All[name];
            var text = (node as YamlScalar)?.Text;
            var empty = node is YamlSequence { Items.Count: 0 } or YamlMapping { Entries.Count: 0 };
            if (key.Values.Count > 0 && text is not null && key.Shape != ValueShape.Texts && !key.Values.Contains(text))
            {
                _problems.Add(ManifestDiagnostics.BadValue(name, text, node.Span));
            }
            else if (key.Support == KeySupport.Noted)
            {
                _remarks.Add(ManifestDiagnostics.Noted(name, node.Span));
            }
            else if (key.Support == KeySupport.Refused && !empty && !(text is not null && key.Harmless.Contains(text)))
            {
                _blocking.Add(ManifestDiagnostics.Refused(name, node.Span));
            }
        }
    }

    private static IEnumerable<(string Name, YamlNode Node)> Given(TreefileConfig config) =>
        config
            .Single.Select(s => (s.Key, s.Value.Node))
            .Concat(config.Maps.Where(m => m.Value.Count > 0).Select(m => (m.Key, (YamlNode)m.Value.Values.First().Key)))
            .Concat(config.Lists.Where(l => l.Value.Count > 0).Select(l => (l.Key, l.Value[0].Node)))
            .Concat(
                config
                    .Sets.Where(s => s.Key != "packages" && s.Value.Count > 0)
                    .Select(s =>
                        (s.Key, (YamlNode)new YamlScalar(s.Value.Values.First().Span, s.Value.Keys.First(), YamlScalarStyle.DoubleQuoted))
                    )
            )
            .OrderBy(g => g.Key, StringComparer.Ordinal);

    private string Name(TreefileConfig config)
    {
        var metadata = config.Maps.GetValueOrDefault("metadata")?.GetValueOrDefault("name")?.Value as YamlScalar;
        var rojig = (config.Single.GetValueOrDefault("rojig")?.Node as YamlMapping)?.Find("name") as YamlScalar;
        var named = metadata ?? rojig;
        var name = named?.Text ?? Path.GetFileNameWithoutExtension(_request.Path);
        if (!FileNamePattern().IsMatch(name))
        {
            _problems.Add(
                ManifestDiagnostics.BadName(
                    "metadata name",
                    name,
                    "it begins the file name of every artifact: letters, digits, '.', '_', '+' and '-'",
                    named?.Span ?? new(_request.Display, 1, 1)
                )
            );
        }

        return name;
    }

    private ValueList<string> Scripts(TreefileConfig config)
    {
        var scripts = Items(config, "postprocess").Select(i => i.Text).ToList();
        foreach (var item in Items(config, "postprocess").Where(i => !i.Text.StartsWith("#!", StringComparison.Ordinal)))
        {
            _remarks.Add(ManifestDiagnostics.NoShebang(item.Span));
        }

        if (Single(config, "postprocess-script") is { } script)
        {
            var path = Path.Combine(config.Single["postprocess-script"].Directory, script.Text);
            var info = RegularFile.Is(path) ? new FileInfo(path) : null;
            var why =
                info is null ? "does not exist, or is not a regular file"
                : (info.UnixFileMode & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0
                    ? "is not executable"
                : info.Length > MaxFileSize ? "is larger than 16 MiB"
                : null;
            if (why is null)
            {
                scripts.Add(RegularFile.ReadText(path));
            }
            else
            {
                _problems.Add(ManifestDiagnostics.BadScript(script.Text, why, script.Span));
            }
        }

        return scripts.ToValueList();
    }

    private ValueList<Sourced> RelativePaths(TreefileConfig config, string key)
    {
        foreach (
            var item in Items(config, key)
                .Where(i =>
                    i.Text.Length == 0
                    || i.Text.StartsWith('/')
                    || i.Text.Contains('\0', StringComparison.Ordinal)
                    || i.Text.Split('/').Contains("..")
                )
        )
        {
            _problems.Add(ManifestDiagnostics.BadPath(key, item.Text, item.Span));
        }

        return Items(config, key).Select(i => new Sourced(i.Text, i.Span)).ToValueList();
    }

    private ValueList<Sourced> Names(TreefileConfig config, string key, Regex pattern, string allowed)
    {
        foreach (var item in Items(config, key).Where(i => !pattern.IsMatch(i.Text)))
        {
            _problems.Add(ManifestDiagnostics.BadName($"item of {key}", item.Text, allowed, item.Span));
        }

        return Items(config, key).Select(i => new Sourced(i.Text, i.Span)).ToValueList();
    }

    private string? Checked(TreefileConfig config, string key, Regex pattern, string allowed)
    {
        if (Single(config, key) is not { } scalar)
        {
            return null;
        }

        // A treefile keeps unknown variables as written; our schema has reported them.
        if (!pattern.IsMatch(scalar.Text) && !scalar.Text.Contains("${", StringComparison.Ordinal))
        {
            _problems.Add(ManifestDiagnostics.BadName(key, scalar.Text, allowed, scalar.Span));
        }

        return scalar.Text;
    }

    private static YamlScalar? Single(TreefileConfig config, string key) => config.Single.GetValueOrDefault(key)?.Node as YamlScalar;

    private static bool IsTrue(TreefileConfig config, string key) => Single(config, key)?.Text == "true";

    private static List<YamlScalar> Items(TreefileConfig config, string key) =>
        AllItems(config, key).Select(i => i.Node).OfType<YamlScalar>().ToList();

    private static List<TreefileItem> AllItems(TreefileConfig config, string key) => config.Lists.GetValueOrDefault(key) ?? [];

    private static JsonTextObject MapJson(TreefileConfig config, string key) =>
        config.Maps.TryGetValue(key, out var map)
            ? new(map.Select(m => new JsonTextMember(m.Key, TreefileJson.ToJson(m.Value.Value))).ToValueList())
            : new([]);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._+-]*\z")]
    private static partial Regex FileNamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\z")]
    private static partial Regex RefPattern();

    [GeneratedRegex(@"^[A-Za-z0-9:_.\\@-]+\.[a-z]+\z")]
    private static partial Regex UnitPattern();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.-]*\z")]
    private static partial Regex GroupPattern();
}
