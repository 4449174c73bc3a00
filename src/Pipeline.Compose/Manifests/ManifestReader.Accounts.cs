using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <content><c>check-passwd</c> and <c>check-groups</c>.</content>
internal sealed partial class ManifestReader
{
    private static readonly string[] AccountKeys = ["check-passwd", "check-groups"];

    private (AccountRule? Users, AccountRule? Groups) AccountRules(TreefileConfig config)
    {
        var users = AccountRuleOf(config, AccountKeys[0], isGroup: false, "ignore-removed-users");
        var groups = AccountRuleOf(config, AccountKeys[1], isGroup: true, "ignore-removed-groups");
        if ((users?.Source == AccountSource.File) != (groups?.Source == AccountSource.File))
        {
            var key = users?.Source == AccountSource.File ? AccountKeys[0] : AccountKeys[1];
            var why = $"is of type 'file', but '{AccountKeys.Single(k => k != key)}' is not: users need their groups";
            _problems.Add(ManifestDiagnostics.BadAccounts(key, why, config.Single[key].Node.Span));
        }

        return (users, groups);
    }

    private AccountRule? AccountRuleOf(TreefileConfig config, string key, bool isGroup, string ignored)
    {
        if (config.Single.GetValueOrDefault(key) is not { Node: YamlMapping mapping } item)
        {
            return null;
        }

        var type = (mapping.Find("type") as YamlScalar)?.Text;
        var allowed = type switch
        {
            "file" => "filename",
            "data" => "entries",
            _ => "type",
        };
        foreach (var entry in mapping.Entries.Where(e => e.Key.Text is var name && name != "type" && name != allowed))
        {
            _problems.Add(ManifestDiagnostics.BadAccounts(key, $"has no '{entry.Key.Text}' with this type", entry.Key.Span));
        }

        var removed = config.Sets.GetValueOrDefault(ignored)?.Keys.ToValueList() ?? [];
        switch (type)
        {
            case "none":
                return null;
            case "previous":
                return new(AccountSource.Previous, [], "", removed);
            case "data" when mapping.Find("entries") is YamlMapping entries:
                return new(AccountSource.Data, Data(entries, key, isGroup), "", removed)
                {
                    Places = entries.Entries.Select(e => new Sourced(e.Key.Text, e.Key.Span)).ToValueList(),
                };
            case "file" when mapping.Find("filename") is YamlScalar { IsNull: false } name:
                var text = AccountFile(item.Directory, key, name);
                return new(AccountSource.File, InFile(text, key, isGroup, name), text, removed);
            default:
                _problems.Add(ManifestDiagnostics.BadAccounts(key, "does not say where numbers come from", mapping.Span));
                return null;
        }
    }

    private ValueList<ManifestAccount> Data(YamlMapping entries, string key, bool isGroup)
    {
        var found = new SortedDictionary<string, ManifestAccount>(StringComparer.Ordinal);
        foreach (var entry in entries.Entries)
        {
            ValueList<YamlNode> nodes = entry.Value is YamlSequence list && !isGroup ? list.Items : [entry.Value];
            var numbers = nodes.Select(n => n is YamlScalar s ? AccountId(s.Text) : null).ToArray();
            if (numbers.Length is 0 or > 2 || numbers.Contains(null) || !GroupPattern().IsMatch(entry.Key.Text))
            {
                _problems.Add(ManifestDiagnostics.BadAccounts(key, $"has no numbers for '{entry.Key.Text}'", entry.Value.Span));
                continue;
            }

            found[entry.Key.Text] = new(entry.Key.Text, numbers[0]!.Value, isGroup ? null : numbers[^1]);
        }

        return found.Values.ToValueList();
    }

    private string AccountFile(string directory, string key, YamlScalar name)
    {
        var path = name.Text.Contains('\0', StringComparison.Ordinal) ? "" : Path.Combine(directory, name.Text);
        if (RegularFile.Is(path) && new FileInfo(path).Length <= MaxFileSize)
        {
            return RegularFile.ReadText(path);
        }

        _problems.Add(ManifestDiagnostics.BadAccounts(key, $"names '{name.Text}', which is no regular file of at most 16 MiB", name.Span));
        return "";
    }

    private ValueList<ManifestAccount> InFile(string text, string key, bool isGroup, YamlScalar name)
    {
        var accounts = AccountText.Read(text, isGroup, out var wrong);
        foreach (var line in wrong)
        {
            _problems.Add(ManifestDiagnostics.BadAccounts(key, $"names '{name.Text}', whose line {line} is no account", name.Span));
        }

        return accounts;
    }

    private static uint? AccountId(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < uint.MaxValue ? id : null;
}
