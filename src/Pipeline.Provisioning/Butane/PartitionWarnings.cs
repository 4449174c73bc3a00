using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;
using Pipeline.Provisioning.Validation;

namespace Pipeline.Provisioning.Butane;

/// <summary>What is probably wrong about partitions of the boot disk of Fedora CoreOS.</summary>
internal sealed class PartitionWarnings(ButaneVersion version, DiagnosticBag problems)
{
    private const int RootSince = 3;
    private const long RootMiB = 8192;
    private static readonly Dictionary<string, long> Reserved = new(StringComparer.Ordinal)
    {
        ["BIOS-BOOT"] = 1,
        ["PowerPC-PReP-boot"] = 1,
        ["EFI-SYSTEM"] = 2,
        ["boot"] = 3,
        ["root"] = 4,
    };

    public void Check(SpecObject config)
    {
        foreach (var disk in version.Variant == "fcos" ? config.Object("storage")?.Objects("disks") ?? [] : [])
        {
            var partitions = disk.Objects("partitions").ToArray();
            for (var i = 0; i < partitions.Length; i++)
            {
                if (partitions[i].Text("label") is not { } label)
                {
                    continue;
                }

                if (label == "root" && version.IsFcos(RootSince))
                {
                    Root(partitions[i], partitions[(i + 1)..]);
                }

                if (
                    disk.Flag("wipeTable") != true
                    && Reserved.TryGetValue(label, out var number)
                    && (partitions[i].Number("number") ?? 0) != number
                )
                {
                    problems.Add(ButaneTexts.ReservedLabel(RuleContext.At(partitions[i], "label"), label, number));
                }
            }
        }
    }

    /// <summary>
    /// A partition without a start takes the free space behind those before it in the list. What stands before the root partition has its
    /// place already, so a root partition in the last place may fill the disk.
    /// </summary>
    private void Root(SpecObject root, SpecObject[] behind)
    {
        var size = root.Number("sizeMiB") ?? 0;
        if (size == 0 && behind.Any(p => p.Flag("shouldExist") != false && (p.Number("startMiB") ?? 0) == 0))
        {
            problems.Add(ButaneTexts.RootConstrained(RuleContext.At(root, "label")));
        }
        else if (size is not 0 and < RootMiB)
        {
            problems.Add(ButaneTexts.RootTooSmall(RuleContext.At(root, "sizeMiB")));
        }
    }
}
