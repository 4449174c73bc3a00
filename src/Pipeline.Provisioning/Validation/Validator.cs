using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>
/// Applies every rule of the specification to a typed tree. Rules belong to shapes; each rule defines the versions it applies to.
/// </summary>
internal static class Validator
{
    private static readonly Dictionary<string, Action<SpecObject, RuleContext>> Rules = new(StringComparer.Ordinal)
    {
        ["clevis"] = LuksRules.Clevis,
        ["config"] = SystemdRules.Config,
        ["configs"] = ResourceRules.Configs,
        ["custom"] = LuksRules.Custom,
        ["directory"] = NodeRules.Directory,
        ["disk"] = DiskRules.Disk,
        ["dropin"] = SystemdRules.Dropin,
        ["file"] = NodeRules.File,
        ["filesystem"] = DiskRules.Filesystem,
        ["header"] = ResourceRules.Header,
        ["link"] = NodeRules.Link,
        ["luks"] = LuksRules.Luks,
        ["owner"] = NodeRules.Owner,
        ["partition"] = DiskRules.Partition,
        ["proxy"] = ResourceRules.Proxy,
        ["raid"] = DiskRules.Raid,
        ["resource"] = ResourceRules.Resource,
        ["storage"] = NodeRules.Storage,
        ["systemd"] = SystemdRules.Systemd,
        ["tang"] = LuksRules.Tang,
        ["tls"] = ResourceRules.Tls,
        ["unit"] = SystemdRules.Unit,
        ["verification"] = ResourceRules.Verification,
    };

    /// <summary>Checks everything.</summary>
    public static void Check(SpecObject root, IgnitionVersion version, DiagnosticBag problems)
    {
        var context = new RuleContext(version, problems);
        Walk(
            root,
            node =>
            {
                if (Rules.TryGetValue(node.Shape.Name, out var rule))
                {
                    rule(node, context);
                }

                Duplicates(node, context);
            }
        );
    }

    /// <summary>Checks only that no key is given twice, before a merge would hide it.</summary>
    public static void CheckDuplicates(SpecObject root, IgnitionVersion version, DiagnosticBag problems)
    {
        var context = new RuleContext(version, problems);
        Walk(root, node => Duplicates(node, context));
    }

    /// <summary>The key of an entry of a list; empty when it has none.</summary>
    public static string KeyOf(SpecNode item)
    {
        if (item is SpecText text)
        {
            return text.Value;
        }

        var node = (SpecObject)item;
        if (node.Shape.Name == "partition")
        {
            return (node.Number("number") ?? 0) is var number and not 0 ? $"number {number.ToString(CultureInfo.InvariantCulture)}"
                : node.Text("label") is { } label ? $"label {label}"
                : "";
        }

        return node.Shape.Key.Count == 0 ? "" : node.TextOrEmpty(node.Shape.Key[0]);
    }

    private static void Duplicates(SpecObject node, RuleContext context)
    {
        Dictionary<(string Space, string Key), Origin>? seen = null;
        foreach (var (field, value) in node.Set)
        {
            if (value is not SpecList { Items.Count: > 0 } list || field.Rule == ListRule.Append)
            {
                continue;
            }

            seen ??= [];
            foreach (var item in list.Items)
            {
                var key = KeyOf(item);
                if (!seen.TryAdd((field.KeySpace ?? field.Name, key), item.Origin))
                {
                    context.Report(RuleTexts.Duplicate(item.Origin, key, seen[(field.KeySpace ?? field.Name, key)]));
                }
            }
        }
    }

    private static void Walk(SpecObject node, Action<SpecObject> visit)
    {
        visit(node);
        foreach (var (_, value) in node.Set)
        {
            if (value is SpecObject child)
            {
                Walk(child, visit);
            }
            else if (value is SpecList list)
            {
                foreach (var item in list.Items.OfType<SpecObject>())
                {
                    Walk(item, visit);
                }
            }
        }
    }
}
