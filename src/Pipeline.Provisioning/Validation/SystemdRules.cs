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
