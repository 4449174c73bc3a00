using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Butane;

/// <summary>The rules about what exists only in Butane, checked before anything is translated.</summary>
internal sealed class ButaneRules(ButaneVersion version, DiagnosticBag problems)
{
    private const string BootDisk = "/dev/disk/by-id/coreos-boot-disk";
    private const int SwapUnitsSince = 3;
    private static readonly string[] QuadletSuffixes =
    [
        ".container",
        ".volume",
        ".network",
        ".kube",
        ".image",
        ".build",
        ".pod",
        ".artifact",
    ];

    /// <summary>Checks the whole config.</summary>
    public void Check(SpecObject root)
    {
        Visit(root);
        if (version.IsFcos(6))
        {
            // The disks of a mirror get a new partition table.
            var mirrored = (root.Object("bootDevice")?.Object("mirror")?.Texts("devices") ?? [])
                .Select(d => d.Value)
                .ToHashSet(StringComparer.Ordinal);
            foreach (var disk in (root.Object("storage")?.Objects("disks") ?? []).Where(d => !mirrored.Contains(d.TextOrEmpty("device"))))
            {
                ReuseByLabel(disk);
            }
        }
    }

    private void Visit(SpecObject node)
    {
        switch (node.Shape.Name)
        {
            case "resource":
                OneOf(node, ButaneTexts.TooManySources, "local", "inline", "source");
                break;
            case "unit" or "dropin":
                OneOf(node, ButaneTexts.TooManyContents, "contents", "contentsLocal");
                break;
            case "quadlet":
                Quadlet(node);
                break;
            case "filesystem":
                MountUnit(node);
                break;
            case "file" or "directory":
                DecimalMode(node);
                break;
            case "tree" when !node.HasText("local"):
                problems.Add(ButaneTexts.TreeLocalMissing(node.Origin));
                break;
            case "bootDevice":
                new BootDeviceRules(version, problems).Check(node);
                break;
            case "grubUser":
                Grub(node);
                break;
            default:
                break;
        }

        foreach (var (field, value) in node.Set)
        {
            if (field.Kind == FieldKind.Map)
            {
                Visit((SpecObject)value);
            }
            else if (field.Kind == FieldKind.MapList)
            {
                ((SpecList)value).Items.ForEach(i => Visit((SpecObject)i));
            }
        }
    }

    private void OneOf(SpecObject node, Func<Origin, Diagnostic> text, params string[] names)
    {
        var given = names.Where(n => node[n] is not null).ToArray();
        if (given.Length > 1)
        {
            problems.Add(text(RuleContext.At(node, given[^1])));
        }
    }

    private void MountUnit(SpecObject node)
    {
        if (node.Flag("withMountUnit") != true)
        {
            return;
        }

        var format = node.TextOrEmpty("format");
        var path = node.TextOrEmpty("path");
        if (format.Length == 0)
        {
            problems.Add(ButaneTexts.MountUnitFormat(RuleContext.At(node, "format")));
        }
        else if (path.Length == 0 && !(format == "swap" && version.Ignition.Has(SwapUnitsSince)))
        {
            problems.Add(ButaneTexts.MountUnitPath(RuleContext.At(node, "path")));
        }

        if (
            version.IsFcos(6)
            && node["path"] is not null
            && path is not ("/etc" or "/var")
            && !path.StartsWith("/etc/", StringComparison.Ordinal)
            && !path.StartsWith("/var/", StringComparison.Ordinal)
        )
        {
            problems.Add(ButaneTexts.MountPointForbidden(RuleContext.At(node, "path"), path));
        }
    }

    private void DecimalMode(SpecObject node)
    {
        if (node.Number("mode") is { } mode && MistypedModes.LooksDecimal(mode, node.Shape.Name == "directory"))
        {
            problems.Add(ButaneTexts.DecimalMode(RuleContext.At(node, "mode"), mode));
        }
    }

    private void ReuseByLabel(SpecObject disk)
    {
        if (disk.Text("device") == BootDisk || disk.Flag("wipeTable") == true)
        {
            return;
        }

        foreach (var partition in disk.Objects("partitions").Where(p => (p.Number("number") ?? 0) == 0 && p["label"] is not null))
        {
            problems.Add(ButaneTexts.ReuseByLabel(RuleContext.At(partition, "number")));
        }
    }

    private void Grub(SpecObject user)
    {
        if (!user.HasText("name"))
        {
            problems.Add(ButaneTexts.GrubName(RuleContext.At(user, "name")));
        }

        if (!user.HasText("passwordHash"))
        {
            problems.Add(ButaneTexts.GrubPassword(RuleContext.At(user, "passwordHash")));
        }
    }

    private void Quadlet(SpecObject node)
    {
        var name = node.TextOrEmpty("name");
        if (!QuadletSuffixes.Any(s => name.EndsWith(s, StringComparison.Ordinal)))
        {
            problems.Add(ButaneTexts.QuadletSuffix(RuleContext.At(node, "name"), name));
        }
        else if (Quadlets.TemplateOf(name) is null)
        {
            OneOf(node, ButaneTexts.TooManyContents, "contents", "contentsLocal");
        }
        else
        {
            foreach (var given in ((string[])["contents", "contentsLocal"]).Where(n => node[n] is not null))
            {
                problems.Add(ButaneTexts.QuadletInstance(RuleContext.At(node, given)));
            }
        }
    }
}
