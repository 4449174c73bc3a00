using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>Units, drop-ins and their paths.</summary>
internal static class SystemdRules
{
    private const int ConflictsSince = 4;
    private static readonly HashSet<string> Suffixes =
    [
        ".service",
        ".socket",
        ".device",
        ".mount",
        ".automount",
        ".swap",
        ".target",
        ".path",
        ".timer",
        ".snapshot",
        ".slice",
        ".scope",
    ];

    public static void Unit(SpecObject node, RuleContext context)
    {
        var name = node.TextOrEmpty("name");
        if (!Suffixes.Contains(GoPath.Extension(name)))
        {
            context.Report(RuleTexts.UnitSuffix(RuleContext.At(node, "name"), name));
        }

        var sections = Contents(node, context);
        if (sections is not null && node.Flag("enabled") == true && node.HasText("contents") && !sections.Contains("Install"))
        {
            context.Report(RuleTexts.UnitNoInstall(RuleContext.At(node, "contents"), name));
        }
    }

    /// <summary>An enabled instance takes [Install] from its template, when that is in the same config.</summary>
    public static void Systemd(SpecObject node, RuleContext context)
    {
        Dictionary<string, SpecObject>? templates = null;
        foreach (var unit in node.Objects("units").Where(u => u.Flag("enabled") == true && !u.HasText("contents")))
        {
            var name = unit.TextOrEmpty("name");
            if (TemplateOf(name) is not { } template || Install(unit) == true)
            {
                continue;
            }

            templates ??= TemplatesOf(node);
            if (templates.TryGetValue(template, out var found) && Install(found) == false)
            {
                context.Report(RuleTexts.TemplateNoInstall(RuleContext.At(found, "contents"), template, name));
            }
        }
    }

    private static Dictionary<string, SpecObject> TemplatesOf(SpecObject node)
    {
        var templates = new Dictionary<string, SpecObject>(StringComparer.Ordinal);
        foreach (var unit in node.Objects("units").Where(u => u.HasText("contents")))
        {
            templates.TryAdd(unit.TextOrEmpty("name"), unit);
        }

        return templates;
    }

    /// <summary><c>say@one.service</c> to <c>say@.service</c>; <c>null</c> when the name is no instance.</summary>
    private static string? TemplateOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        var suffix = GoPath.Extension(name);
        return at > 0 && name.Length - suffix.Length > at + 1 && suffix.Length > 0 ? name[..(at + 1)] + suffix : null;
    }

    /// <summary>Whether a unit, or a drop-in of it, has [Install]; <c>null</c> when that cannot be said.</summary>
    private static bool? Install(SpecObject unit)
    {
        bool? has = null;
        foreach (var text in unit.Objects("dropins").Append(unit).Select(n => n.Text("contents")).OfType<string>())
        {
            if (UnitText.Sections(text, out _) is not { } sections)
            {
                return null;
            }

            has = has == true || sections.Contains("Install");
        }

        return has;
    }

    public static void Dropin(SpecObject node, RuleContext context)
    {
        var name = node.TextOrEmpty("name");
        if (GoPath.Extension(name) != ".conf")
        {
            context.Report(RuleTexts.DropinSuffix(RuleContext.At(node, "name"), name));
        }

        Contents(node, context);
    }

    /// <summary>An entry of <c>storage</c> that writes the same path as a unit; Ignition refuses it since 3.4.0.</summary>
    public static void Config(SpecObject node, RuleContext context)
    {
        var units = node.Object("systemd")?.Objects("units") ?? [];
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var unit in units)
        {
            var path = $"/etc/systemd/system/{unit.TextOrEmpty("name")}";
            if (unit.HasText("contents"))
            {
                paths.Add(path);
            }

            paths.UnionWith(unit.Objects("dropins").Where(d => d.HasText("contents")).Select(d => $"{path}.d/{d.TextOrEmpty("name")}"));
        }

        if (paths.Count == 0 || node.Object("storage") is not { } storage)
        {
            return;
        }

        foreach (var entry in NodeRules.Nodes(storage).Where(e => paths.Contains(e.TextOrEmpty("path"))))
        {
            var problem = RuleTexts.ConflictsWithUnit(RuleContext.At(entry, "path"), entry.TextOrEmpty("path"));
            context.Report(
                context.Version.Has(ConflictsSince) ? problem : problem with { Severity = Severity.Warning, Exit = ExitClass.Done }
            );
        }
    }

    private static IReadOnlySet<string>? Contents(SpecObject node, RuleContext context)
    {
        if (node.Text("contents") is not { } text)
        {
            return null;
        }

        var sections = UnitText.Sections(text, out var error);
        if (sections is null)
        {
            context.Report(RuleTexts.UnitText(RuleContext.At(node, "contents"), error.Why, error.Line));
        }

        return sections;
    }
}
