using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>Files, directories and links, alone and against one another.</summary>
internal static class NodeRules
{
    private const int SpecialBits = 0xE00;
    private const int SpecialBitsSince = 6;
    private const int TargetRequiredSince = 3;
    private const int ParentsSince = 6;

    public static void File(SpecObject node, RuleContext context)
    {
        Node(node, context);
        Mode(node, context);
        if (node.Flag("overwrite") == true && node.Object("contents")?["source"] is null)
        {
            context.Report(RuleTexts.OverwriteWithoutSource(RuleContext.At(node, "overwrite")));
        }
    }

    public static void Directory(SpecObject node, RuleContext context)
    {
        Node(node, context);
        Mode(node, context);
    }

    public static void Link(SpecObject node, RuleContext context) => Node(node, context);

    public static void Owner(SpecObject node, RuleContext context)
    {
        if (node["id"] is not null && node.HasText("name"))
        {
            context.Report(RuleTexts.IdAndName(node.Origin));
        }
    }

    public static void Storage(SpecObject node, RuleContext context)
    {
        var links = new PathSet(node.Objects("links").Select(l => l.TextOrEmpty("path")));
        foreach (var entry in Nodes(node))
        {
            if (links.Above(entry.TextOrEmpty("path")) is { } link)
            {
                context.Report(RuleTexts.ThroughLink(RuleContext.At(entry, "path"), entry.TextOrEmpty("path"), link));
            }
        }

        var directories = new HashSet<string>(node.Objects("directories").Select(d => d.TextOrEmpty("path")), StringComparer.Ordinal);
        foreach (var link in node.Objects("links"))
        {
            LinkTarget(link, directories, context);
        }

        Parents(node, context);
        DiskRules.WholeDisks(node, context);
    }

    /// <summary>All files, directories and links.</summary>
    public static IEnumerable<SpecObject> Nodes(SpecObject storage) =>
        [.. storage.Objects("directories"), .. storage.Objects("files"), .. storage.Objects("links")];

    private static void Node(SpecObject node, RuleContext context) =>
        context.CheckPath(node.TextOrEmpty("path"), RuleContext.At(node, "path"));

    private static void Mode(SpecObject node, RuleContext context)
    {
        if (node.Number("mode") is not { } mode)
        {
            return;
        }

        var at = RuleContext.At(node, "mode");
        if (mode is < 0 or > 4095)
        {
            context.Report(RuleTexts.IllegalMode(at, mode));
        }
        else if ((mode & SpecialBits) != 0 && !context.Version.Has(SpecialBitsSince))
        {
            context.Report(RuleTexts.SpecialMode(at));
        }
    }

    private static void LinkTarget(SpecObject link, HashSet<string> directories, RuleContext context)
    {
        var target = link.TextOrEmpty("target");
        if (target.Length == 0 && context.Version.Has(TargetRequiredSince))
        {
            context.Report(RuleTexts.LinkTargetMissing(RuleContext.At(link, "target")));
        }

        if (target.Length == 0 || link.Flag("hard") != true)
        {
            return;
        }

        var path = target[0] == '/' ? GoPath.Clean(target) : GoPath.Join(link.TextOrEmpty("path"), target);
        if (directories.Contains(path))
        {
            context.Report(RuleTexts.HardLinkToDirectory(RuleContext.At(link, "target"), path));
        }

        foreach (var owner in (string[])["user", "group"])
        {
            if (link.Object(owner) is { IsEmpty: false } given)
            {
                context.Report(RuleTexts.HardLinkOwner(given.Origin));
            }
        }
    }

    /// <summary>A file cannot be a directory of another entry; before 3.6.0 Ignition found that out only on the machine.</summary>
    private static void Parents(SpecObject storage, RuleContext context)
    {
        var files = new PathSet(storage.Objects("files").Select(f => f.TextOrEmpty("path")));
        foreach (var entry in Nodes(storage))
        {
            var path = entry.TextOrEmpty("path");
            if ((files.Above(path) ?? (path != "/" && files.Contains("/") ? "/" : null)) is { Length: > 0 } above)
            {
                var problem = RuleTexts.ParentIsNoDirectory(RuleContext.At(entry, "path"), path, above);
                context.Report(
                    context.Version.Has(ParentsSince) ? problem : problem with { Severity = Severity.Warning, Exit = ExitClass.Done }
                );
            }
        }
    }
}
