using System.Globalization;
using Pipeline.Provisioning.Ignition;
using Pipeline.Provisioning.Schema;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Butane;

/// <summary>
/// <c>boot_device</c>: the partitions, arrays, LUKS volume and file systems of a mirrored or encrypted boot disk, in the layout of the
/// image; the user's own <c>storage</c> is merged over them.
/// </summary>
internal static class BootDevice
{
    // The image's own sizes and types: a copy of a partition may not be smaller than the one it replaces.
    private static readonly Part Bios = new("bios", 1, "21686148-6449-6E6F-744E-656564454649");
    private static readonly Part Prep = new("prep", 4, "9E1A2D38-C612-4316-AA26-8B49521E5A8B");
    private static readonly Part Reserved = new("reserved", 1, "8DA63339-0007-60C0-C436-083AC8230908");
    private static readonly Part Esp = new("esp", 127, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    private static readonly Part Boot = new("boot", 384, null);
    private static readonly Part Root = new("root", null, null);
    private static readonly Dictionary<string, Part[]> Layouts = new(StringComparer.Ordinal)
    {
        ["x86_64"] = [Bios, Esp, Boot, Root],
        ["aarch64"] = [Reserved, Esp, Boot, Root],
        ["ppc64le"] = [Prep, Reserved, Boot, Root],
    };

    private static Shape Storage => IgnitionSpec.Config["storage"].Item!;

    /// <summary>The config with the boot device under it.</summary>
    public static SpecObject Add(SpecObject butane, SpecObject config)
    {
        var bootDevice = butane.Object("bootDevice");
        var luks = bootDevice?.Object("luks");
        var mirror = bootDevice?.Object("mirror");
        var wantLuks =
            luks is not null && (luks.Flag("tpm2") == true || luks.Count("tang") > 0 || luks.Object("cex")?.Flag("enabled") == true);
        var wantMirror = mirror is not null && mirror.Count("devices") > 0;
        if (bootDevice is null || (!wantLuks && !wantMirror))
        {
            return config;
        }

        var rendered = new SpecObject(IgnitionSpec.Config, bootDevice.Origin);
        var storage = rendered.Need("storage", bootDevice.Origin);
        if (wantMirror)
        {
            Mirror(storage, mirror!, Layouts[bootDevice.Text("layout") ?? "x86_64"]);
        }

        if (wantLuks)
        {
            storage.NeedList("luks", luks!.Origin).Items.Add(Luks(luks, LuksDevice(bootDevice.Text("layout"), luks, wantMirror)));
        }

        AddFilesystem(storage, wantLuks ? "/dev/mapper/root" : "/dev/md/md-root", "xfs", "root", bootDevice.Origin);
        return IgnitionMerger.Merge(rendered, config);
    }

    private static void Mirror(SpecObject storage, SpecObject mirror, Part[] layout)
    {
        var index = 0;
        foreach (var device in mirror.Texts("devices"))
        {
            index++;
            var disk = new SpecObject(Storage["disks"].Item!, device.Origin)
                .With("device", device.Value, device.Origin)
                .With("wipeTable", true, device.Origin);
            disk["partitions"] = new SpecList(device.Origin, layout.Select(p => Partition(p, index, device.Origin)));
            storage.NeedList("disks", mirror.Origin).Items.Add(disk);
            if (layout.Contains(Esp))
            {
                AddFilesystem(
                    storage,
                    string.Create(CultureInfo.InvariantCulture, $"/dev/disk/by-partlabel/esp-{index}"),
                    "vfat",
                    string.Create(CultureInfo.InvariantCulture, $"esp-{index}"),
                    device.Origin
                );
            }
        }

        foreach (var name in (string[])["boot", "root"])
        {
            var raid = new SpecObject(Storage["raid"].Item!, mirror.Origin)
                .With(
                    "devices",
                    Enumerable
                        .Range(1, index)
                        .Select(i => string.Create(CultureInfo.InvariantCulture, $"/dev/disk/by-partlabel/{name}-{i}")),
                    mirror.Origin
                )
                .With("level", "raid1", mirror.Origin)
                .With("name", "md-" + name, mirror.Origin);
            if (name == "boot")
            {
                // With its superblock at the end, GRUB on BIOS can read the partition without knowing of RAID.
                raid.With("options", (string[])["--metadata=1.0"], mirror.Origin);
            }

            storage.NeedList("raid", mirror.Origin).Items.Add(raid);
        }

        AddFilesystem(storage, "/dev/md/md-boot", "ext4", "boot", mirror.Origin);
    }

    private static SpecObject Partition(Part part, int index, Origin at)
    {
        var made = new SpecObject(Storage["disks"].Item!["partitions"].Item!, at).With(
            "label",
            string.Create(CultureInfo.InvariantCulture, $"{part.Label}-{index}"),
            at
        );
        if (part.SizeMiB is { } size)
        {
            made.With("sizeMiB", size, at);
        }

        if (part.Type is { } type)
        {
            made.With("typeGuid", type, at);
        }

        return made;
    }

    private static void AddFilesystem(SpecObject storage, string device, string format, string label, Origin at) =>
        storage
            .NeedList("filesystems", at)
            .Items.Add(
                new SpecObject(Storage["filesystems"].Item!, at)
                    .With("device", device, at)
                    .With("format", format, at)
                    .With("label", label, at)
                    .With("wipeFilesystem", true, at)
            );

    private static string LuksDevice(string? layout, SpecObject luks, bool mirrored) =>
        layout switch
        {
            "s390x-eckd" => luks.Text("device") + "2",
            "s390x-zfcp" => luks.Text("device") + "4",
            _ => mirrored ? "/dev/md/md-root" : "/dev/disk/by-partlabel/root",
        };

    private static SpecObject Luks(SpecObject from, string device)
    {
        var at = from.Origin;
        var made = new SpecObject(Storage["luks"].Item!, at)
            .With("device", device, at)
            .With("label", "luks-root", at)
            .With("name", "root", at)
            .With("wipeVolume", true, at);
        made["discard"] = from["discard"];
        if (from.Object("cex")?.Flag("enabled") == true)
        {
            made.Need("cex", from["cex"]!.Origin)["enabled"] = from.Object("cex")!["enabled"];
            return made;
        }

        var clevis = made.Need("clevis", at);
        clevis["threshold"] = from["threshold"];
        clevis["tpm2"] = from["tpm2"];
        if (from["tang"] is SpecList tang)
        {
            clevis["tang"] = new SpecList(tang.Origin, tang.Items.Cast<SpecObject>().Select(Tang));
        }

        return made;
    }

    private static SpecObject Tang(SpecObject from)
    {
        var made = new SpecObject(Storage["luks"].Item!["clevis"].Item!["tang"].Item!, from.Origin);
        foreach (var field in made.Shape.Fields)
        {
            made[field] = from[field.Name];
        }

        return made;
    }

    private sealed record Part(string Label, long? SizeMiB, string? Type);
}
