using System.Globalization;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>Disks, partitions, file systems and arrays.</summary>
internal static class DiskRules
{
    private const int NoneSince = 3;
    private const int VirtiofsSince = 7;
    private const int MixedSince = 7;
    private const int PartitionLabelLimit = 36;
    private static readonly Dictionary<string, int> LabelLimits = new()
    {
        ["ext4"] = 16,
        ["btrfs"] = 256,
        ["xfs"] = 12,
        ["swap"] = 15,
        ["vfat"] = 11,
    };
    private static readonly HashSet<string> RaidLevels =
    [
        "linear",
        "raid0",
        "0",
        "stripe",
        "raid1",
        "1",
        "mirror",
        "raid4",
        "4",
        "raid5",
        "5",
        "raid6",
        "6",
        "raid10",
        "10",
    ];

    public static void Disk(SpecObject node, RuleContext context)
    {
        var device = node.TextOrEmpty("device");
        var at = RuleContext.At(node, "device");
        if (device.Length == 0)
        {
            context.Report(RuleTexts.DeviceMissing(at));
        }
        else
        {
            context.CheckPath(device, at);
        }

        var partitions = node.Objects("partitions").ToArray();
        Numbers(partitions, context);
        Labels(partitions, context);
        Overlaps(partitions, context);
        if (
            !context.Version.Has(MixedSince)
            && partitions.Any(p => p.Flag("shouldExist") == false)
            && partitions.Any(p => (p.Number("number") ?? 0) == 0)
        )
        {
            context.Report(RuleTexts.PartitionsMixed(RuleContext.At(node, "partitions")));
        }
    }

    public static void Partition(SpecObject node, RuleContext context)
    {
        if (
            node.Flag("shouldExist") == false
            && (
                node["label"] is not null
                || node.HasText("typeGuid")
                || node.HasText("guid")
                || node["startMiB"] is not null
                || node["sizeMiB"] is not null
            )
        )
        {
            context.Report(RuleTexts.PartitionAbsentWithOthers(node.Origin));
        }

        if ((node.Number("number") ?? 0) == 0 && node["label"] is null)
        {
            context.Report(RuleTexts.PartitionUnnamed(node.Origin));
        }

        if (node.Text("label") is { } label)
        {
            var at = RuleContext.At(node, "label");
            if (GoPath.Bytes(label) > PartitionLabelLimit)
            {
                context.Report(RuleTexts.PartitionLabelLong(at));
            }
            else if (label.Contains(':', StringComparison.Ordinal))
            {
                context.Report(RuleTexts.PartitionLabelColon(at));
            }
        }

        foreach (var name in (string[])["guid", "typeGuid"])
        {
            if (node.Text(name) is { Length: > 0 } guid && !IsGuid(guid))
            {
                context.Report(RuleTexts.Guid(RuleContext.At(node, name), guid));
            }
        }
    }

    public static void Filesystem(SpecObject node, RuleContext context)
    {
        if (node.HasText("path"))
        {
            context.CheckPath(node.TextOrEmpty("path"), RuleContext.At(node, "path"));
        }

        var format = node.TextOrEmpty("format");
        var virtiofs = format == "virtiofs" && context.Version.Has(VirtiofsSince);
        if (virtiofs)
        {
            Virtiofs(node, context);
        }
        else
        {
            context.CheckPath(node.TextOrEmpty("device"), RuleContext.At(node, "device"));
        }

        if (format.Length == 0)
        {
            if (
                node.HasText("path")
                || node.HasText("label")
                || node.HasText("uuid")
                || node.Flag("wipeFilesystem") == true
                || node.Count("mountOptions") + node.Count("options") > 0
            )
            {
                context.Report(RuleTexts.FilesystemFormatMissing(RuleContext.At(node, "format")));
            }
        }
        else if (!virtiofs && !LabelLimits.ContainsKey(format) && !(format == "none" && context.Version.Has(NoneSince)))
        {
            string[] known =
            [
                .. LabelLimits.Keys,
                .. context.Version.Has(NoneSince) ? (string[])["none"] : [],
                .. context.Version.Has(VirtiofsSince) ? (string[])["virtiofs"] : [],
            ];
            context.Report(RuleTexts.FilesystemFormat(RuleContext.At(node, "format"), format, string.Join(", ", known)));
        }

        Label(node, format, context);
    }

    public static void Raid(SpecObject node, RuleContext context)
    {
        var level = node.TextOrEmpty("level");
        if (level.Length == 0)
        {
            context.Report(RuleTexts.RaidLevelMissing(RuleContext.At(node, "level")));
        }
        else if (!RaidLevels.Contains(level))
        {
            context.Report(RuleTexts.RaidLevel(RuleContext.At(node, "level"), level));
        }
        else if (level is "linear" or "raid0" or "0" or "stripe" && node.Number("spares") is { } spares and not 0)
        {
            _ = spares;
            context.Report(RuleTexts.RaidSpares(RuleContext.At(node, "spares")));
        }

        if (node.Count("devices") == 0)
        {
            context.Report(RuleTexts.RaidDevices(RuleContext.At(node, "devices")));
        }

        foreach (var device in node.Texts("devices"))
        {
            context.CheckPath(device.Value, device.Origin);
        }
    }

    /// <summary>A file system on a whole disk whose table of partitions the same config makes or wipes.</summary>
    public static void WholeDisks(SpecObject storage, RuleContext context)
    {
        var disks = new Dictionary<string, SpecObject>(StringComparer.Ordinal);
        foreach (var disk in storage.Objects("disks"))
        {
            disks[disk.TextOrEmpty("device")] = disk;
        }

        foreach (var filesystem in storage.Objects("filesystems"))
        {
            if (!disks.TryGetValue(filesystem.TextOrEmpty("device"), out var disk))
            {
                continue;
            }

            var at = RuleContext.At(filesystem, "device");
            if (disk.Count("partitions") > 0)
            {
                context.Report(RuleTexts.PartitionsOverwritten(at));
            }
            else if (filesystem.Flag("wipeFilesystem") != true && disk.Flag("wipeTable") == true)
            {
                context.Report(RuleTexts.FilesystemWiped(at));
            }
        }
    }

    private static void Label(SpecObject node, string format, RuleContext context)
    {
        if (node.Text("label") is not { Length: > 0 } label)
        {
            return;
        }

        var at = RuleContext.At(node, "label");
        if (format.Length == 0)
        {
            context.Report(RuleTexts.FilesystemLabelNeedsFormat(at));
        }
        else if (LabelLimits.TryGetValue(format, out var limit) && GoPath.Bytes(label) > limit)
        {
            context.Report(RuleTexts.FilesystemLabelLong(at, format, limit));
        }
    }

    private static void Virtiofs(SpecObject node, RuleContext context)
    {
        const int tagLimit = 36;
        var tag = GoPath.Bytes(node.TextOrEmpty("device"));
        if (tag is 0 or > tagLimit)
        {
            context.Report(
                RuleTexts.FilesystemTag(
                    RuleContext.At(node, "device"),
                    tag == 0 ? "the tag of the virtiofs share is missing" : $"a virtiofs tag has at most {tagLimit} bytes"
                )
            );
        }

        foreach (var name in (string[])["label", "uuid"])
        {
            if (node.HasText(name))
            {
                context.Report(RuleTexts.FilesystemTag(RuleContext.At(node, name), $"virtiofs has no {name}"));
            }
        }

        if (node.Flag("wipeFilesystem") == true)
        {
            context.Report(RuleTexts.FilesystemTag(RuleContext.At(node, "wipeFilesystem"), "a virtiofs share cannot be wiped"));
        }

        if (node.Count("options") > 0)
        {
            context.Report(RuleTexts.FilesystemTag(RuleContext.At(node, "options"), "virtiofs has no options of mkfs"));
        }
    }

    private static void Numbers(SpecObject[] partitions, RuleContext context)
    {
        var seen = new HashSet<long>();
        foreach (var partition in partitions)
        {
            if (partition.Number("number") is { } number and not 0 && !seen.Add(number))
            {
                context.Report(RuleTexts.PartitionNumbers(partition.Origin, number));
            }
        }
    }

    private static void Labels(SpecObject[] partitions, RuleContext context)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var partition in partitions)
        {
            if (partition.Text("label") is { } label && !seen.Add(label))
            {
                context.Report(RuleTexts.PartitionLabels(partition.Origin, label));
            }
        }
    }

    private static void Overlaps(SpecObject[] partitions, RuleContext context)
    {
        // Only partitions whose start and size are both given have a known place; start 0 means "wherever there is room".
        // A sweep over the sorted starts, so that a hostile list of partitions costs no square.
        var placed = partitions
            .Where(p => p.Number("startMiB") is { } start and not 0 && p["sizeMiB"] is not null)
            .Select((p, i) => (Node: p, Order: i, Start: p.Number("startMiB")!.Value, End: End(p)))
            .ToArray();
        var bad = new SortedSet<int>();
        (SpecObject Node, int Order, long Start, long End)? widest = null;
        foreach (var one in placed.OrderBy(p => Math.Min(p.Start, p.End)).ThenBy(p => p.Order))
        {
            if (widest is { } w && Math.Min(one.Start, one.End) <= Math.Max(w.Start, w.End))
            {
                bad.Add(Math.Max(one.Order, w.Order));
            }

            if (widest is null || Math.Max(one.Start, one.End) > Math.Max(widest.Value.Start, widest.Value.End))
            {
                widest = one;
            }
        }

        foreach (var index in bad)
        {
            context.Report(RuleTexts.PartitionsOverlap(placed[index].Node.Origin));
        }
    }

    private static long End(SpecObject partition)
    {
        var start = partition.Number("startMiB")!.Value;
        var size = partition.Number("sizeMiB")!.Value;
        return size == 0 ? start : long.CreateSaturating((Int128)start + size - 1);
    }

    private static bool IsGuid(string text) =>
        text.Length == 36 && Guid.TryParseExact(text, "D", out _) && !text.Any(c => char.GetUnicodeCategory(c) == UnicodeCategory.Control);
}
