using System.Globalization;
using System.Text;
using Pipeline.Model.Configs;

namespace Pipeline.Compose.Manifests;

/// <summary>
/// Every key of the treefile language: names and merge rules are those of rpm-ostree's reader (2025.x) and of our schema. The reader, the
/// diagnostics and the list of keys for people (<see cref="Document"/>) are made from this table, and a test goes through it: a key either
/// acts, or says why not.
/// </summary>
internal static partial class TreefileKeys
{
    private const string Layering = "it describes packages layered on a machine, which a compose does not do";

    /// <summary>Every key by name.</summary>
    public static IReadOnlyDictionary<string, TreefileKey> All { get; } =
        Selecting()
            .Concat(Shaping())
            .Concat(Accounts())
            .Concat(Describing())
            .Concat(Refusing())
            .Concat(OwnSchema())
            .ToDictionary(k => k.Name, StringComparer.Ordinal);

    /// <summary>Keys that layer packages on a machine or in a container; never part of a compose. With what to write instead.</summary>
    public static IReadOnlyDictionary<string, string> Derive { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["base-refspec"] = "a compose starts from packages: name them under 'packages:'",
            ["container-image-reference"] = "a compose starts from packages: name them under 'packages:'",
            ["packages-local"] = "put the files into a repository and name it under 'repos:'",
            ["packages-local-fileoverride"] = "put the files into a repository and name it under 'repos:'",
            ["override-remove"] = "name the packages under 'exclude-packages:'",
            ["override-replace-local"] = "put the files into a repository with a better priority",
            ["ex-override-replace"] = "write 'repo-packages: [{repo: ID, packages: [NAME]}]'",
            ["initramfs"] = "write 'initramfs-args:', or put a file into etc/dracut.conf.d with an overlay",
            ["custom"] = "remove the key",
            ["override-commit"] = "compose from a lockfile with --lock",
            ["unconfigured-state"] = "remove the key",
        };

    /// <summary>Old spellings that are still read.</summary>
    public static IReadOnlyDictionary<string, string> Legacy { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["gpg_key"] = "gpg-key",
            ["boot_location"] = "boot-location",
            ["default_target"] = "default-target",
            ["automatic_version_prefix"] = "automatic-version-prefix",
            ["bootstrap_packages"] = "bootstrap-packages",
        };

    /// <summary>The list for people, <c>docs/manifest-keys.md</c>.</summary>
    public static string Document()
    {
        var text = new StringBuilder(
            "# Keys of a manifest\n\nGenerated from the table in `src/Pipeline.Compose/Manifests/TreefileKeys*.cs`; a test compares, and "
                + "reads every example.\nNames, shapes and merge rules are those of rpm-ostree's treefiles.\n"
                + "*merge*: how values of included files become one. *otherwise*: what counts when a key is not written.\n"
                + "*since*: the version of this program that knew it first.\n"
        );
        Section("Keys that act", KeySupport.Acts, "what it does");
        Section("Keys that need nothing to be done", KeySupport.Noted, "why (a note, PL1023)");
        Section("Keys that a compose refuses", KeySupport.Refused, "why (an error, PL1022)");
        text.Append("\n## Keys of layering\n\nErrors (PL1024): ").Append(Layering).Append(".\n\n| key | instead |\n|---|---|\n");
        foreach (var (name, instead) in Derive.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | {instead} |\n");
        }

        Beside("image.yaml", ConfigKeys.Image);
        Beside("platforms.yaml, for each architecture and platform", ConfigKeys.Platform);
        Beside("extensions.yaml, for each of `extensions`; beside these `repos`", ConfigKeys.Extension);
        Beside("build-args.conf", ConfigKeys.BuildArguments);
        return text.ToString();

        void Beside(string file, IReadOnlyList<ConfigKey> keys)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n## Keys of {file}\n\n| key | what becomes of it | example | since |\n|---|---|---|---|\n"
            );
            foreach (var key in keys)
            {
                var accepted = key.Accepted is { } value ? $"; refused but for `{value}`" : "";
                var example = key.Example is { } written ? $"`{written}`" : "";
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{key.Name}` | {key.Reason ?? "acts"}{accepted} | {example} | {key.Since} |\n"
                );
            }
        }

        void Section(string title, KeySupport support, string column)
        {
            var last = support == KeySupport.Refused ? "since | accepted" : "otherwise | example | since";
            var columns = string.Concat(Enumerable.Repeat("---|", last.Count(c => c == '|') + 5));
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| key | value | merge | {column} | {last} |\n|{columns}\n");
            foreach (var key in All.Values.Where(k => k.Support == support).OrderBy(k => k.Name, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"| `{key.Name}`{(key.SchemaOnly ? " (compose/v1)" : "")} ")
                    .Append(CultureInfo.InvariantCulture, $"| {Shape(key.Shape)}{OneOf(key)} | {Merge(key.Merge)} | {key.Text} | ")
                    .AppendJoin(" | ", support == KeySupport.Refused ? [key.Since, string.Join(", ", key.Harmless)] : Use(key))
                    .Append(" |\n");
            }
        }
    }

    private static string[] Use(TreefileKey key)
    {
        var use = Uses[key.Name];
        var example = use.Example.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", "`<br>`", StringComparison.Ordinal);
        return [use.Otherwise, $"`{example}`", key.Since];
    }

    private static string OneOf(TreefileKey key) =>
        key.Values.Count == 0 || key.Support == KeySupport.Refused ? "" : $": {string.Join(", ", key.Values)}";

    private static string Shape(ValueShape shape) =>
        shape switch
        {
            ValueShape.Truth => "true or false",
            ValueShape.TextOrNumber => "text or number",
            ValueShape.Texts => "texts",
            ValueShape.Mapping => "mapping",
            ValueShape.List => "list",
            ValueShape.Any => "any",
            _ => "text",
        };

    private static string Merge(MergeRule merge) =>
        merge switch
        {
            MergeRule.First => "first wins",
            MergeRule.Union => "union",
            MergeRule.ByMember => "by member",
            MergeRule.Prepend => "included first",
            _ => "per file",
        };

    private static TreefileKey Acts(string name, MergeRule merge, ValueShape shape, string text, params string[] values) =>
        new(name, merge, shape, KeySupport.Acts, text) { Values = values };

    private static TreefileKey Noted(string name, MergeRule merge, ValueShape shape, string why, params string[] values) =>
        new(name, merge, shape, KeySupport.Noted, why) { Values = values };

    private static TreefileKey Refused(string name, MergeRule merge, ValueShape shape, string why, params string[] harmless) =>
        new(name, merge, shape, KeySupport.Refused, why) { Harmless = harmless };

    private static TreefileKey Schema(string name, MergeRule merge, ValueShape shape, string why, string instead) =>
        new(name, merge, shape, KeySupport.Refused, why) { SchemaOnly = true, Instead = instead };
}
