using static Pipeline.Provisioning.Schema.FieldKind;

namespace Pipeline.Provisioning.Schema;

/// <summary>
/// The objects of Butane: those of Ignition without <c>ignition.version</c>, and the sugar. Since every Butane version stands on one
/// Ignition version, that also says since when most sugar exists; what only one variant has says so itself.
/// </summary>
internal static class ButaneSpec
{
    private const string Fcos = "fcos";

    private static readonly Dictionary<Shape, Shape> Derived = new(ReferenceEqualityComparer.Instance);

    /// <summary>The whole config.</summary>
    public static Shape Config { get; } = Derive(IgnitionSpec.Config);

    private static Shape Derive(Shape shape)
    {
        if (!Derived.TryGetValue(shape, out var made))
        {
            var own = shape
                .Fields.Where(f => shape.Name != "ignition" || f.Name != "version")
                .Select(f => f.Item is null ? f : f with { Item = Derive(f.Item) });
            Derived[shape] = made = new Shape(shape.Name, [.. own, .. Extra(shape)], [.. shape.Key]);
        }

        return made;
    }

    private static IEnumerable<Field> Extra(Shape shape) =>
        shape.Name switch
        {
            "config" => Root(),
            "resource" =>
            [
                Sugar("inline", Text, shape["compression"].Since, "The contents, instead of 'source' or 'local'."),
                Sugar("local", Text, 1, "A file below the directory of local files with the contents, instead of 'source' or 'inline'."),
            ],
            "filesystem" => [Sugar("withMountUnit", Flag, 1, "Also make a systemd mount unit, or a swap unit for swap.")],
            "storage" => [Sugar("trees", MapList, 1, "Local directories to embed.") with { Item = Tree() }],
            "unit" or "dropin" => [Sugar("contentsLocal", Text, 4, "A file below the directory of local files with the contents.")],
            "user" => [Sugar("sshAuthorizedKeysLocal", TextList, 4, "Files below the directory of local files with one key per line.")],
            "systemd" => [Sugar("quadlets", MapList, 7, "Podman quadlets.") with { Item = Quadlet() }],
            _ => [],
        };

    private static IEnumerable<Field> Root()
    {
        var tang = Derive(IgnitionSpec.Config["storage"].Item!["luks"].Item!["clevis"].Item!["tang"].Item!);
        var cex = Derive(IgnitionSpec.Config["storage"].Item!["luks"].Item!["cex"].Item!);
        var luks = new Shape(
            "bootLuks",
            [
                Sugar("cex", Map, 5, "Unlocks with an IBM Crypto Express card.", 6) with
                {
                    Item = cex,
                },
                Sugar("device", Text, 5, "The whole disk; only for s390x.", 6),
                Sugar("discard", Flag, 4, "Passes discards to the device.", 5),
                Sugar("tang", MapList, 2, "Tang servers that unlock the root file system.", 3) with
                {
                    Item = tang,
                },
                Sugar("threshold", Number, 2, "How many of the ways to unlock are needed; 1 by default.", 3),
                Sugar("tpm2", Flag, 2, "Unlocks with the TPM2 device.", 3),
            ]
        );
        var mirror = new Shape("bootMirror", [Sugar("devices", TextList, 2, "At least two whole disks.", 3)]);
        var bootDevice = new Shape(
            "bootDevice",
            [
                Sugar("layout", Text, 2, "The partition layout of the image, by architecture; x86_64 by default.", 3),
                Sugar("luks", Map, 2, "Encrypts the root file system.", 3) with
                {
                    Item = luks,
                },
                Sugar("mirror", Map, 2, "Mirrors the boot disk.", 3) with
                {
                    Item = mirror,
                },
            ]
        );
        var grubUser = new Shape(
            "grubUser",
            [Sugar("name", Text, 4, "The user's name.", 5), Sugar("passwordHash", Text, 4, "Made by grub2-mkpasswd-pbkdf2.", 5)],
            "name"
        );
        var grub = new Shape("grub", [Sugar("users", MapList, 4, "GRUB's superusers.", 5) with { Item = grubUser }]);
        return
        [
            Sugar("variant", Text, 0, "The operating system: fcos or flatcar."),
            Sugar("version", Text, 0, "The version of the variant's specification."),
            Sugar("bootDevice", Map, 2, "Encryption and mirroring of the boot disk.", 3) with
            {
                Item = bootDevice,
            },
            Sugar("grub", Map, 4, "The boot loader.", 5) with
            {
                Item = grub,
            },
        ];
    }

    private static Shape Tree()
    {
        var owner = Derive(IgnitionSpec.Config["storage"].Item!["files"].Item!["user"].Item!);
        return new(
            "tree",
            [
                Sugar("dirMode", Number, 6, "The mode of every directory."),
                Sugar("fileMode", Number, 6, "The mode of every file."),
                Sugar("group", Map, 6, "The group of everything.") with
                {
                    Item = owner,
                },
                Sugar("local", Text, 1, "The directory, below the directory of local files."),
                Sugar("path", Text, 1, "Where it goes; / by default."),
                Sugar("user", Map, 6, "The owner of everything.") with
                {
                    Item = owner,
                },
            ]
        );
    }

    private static Shape Quadlet() =>
        new(
            "quadlet",
            [
                Sugar("contents", Text, 7, "The contents."),
                Sugar("contentsLocal", Text, 7, "A file below the directory of local files with the contents."),
                Sugar("dropins", MapList, 7, "Files that override settings of the quadlet.") with
                {
                    Item = Derive(IgnitionSpec.Config["systemd"].Item!["units"].Item!["dropins"].Item!),
                },
                Sugar("name", Text, 7, "The file name with the suffix of a quadlet."),
                Sugar("rootful", Flag, 7, "Runs as root, not for every user."),
            ],
            "name"
        );

    private static Field Sugar(string name, FieldKind kind, int since, string summary, int fcosSince = -1) =>
        new(name, kind, since)
        {
            Sugar = true,
            Summary = summary,
            Only = fcosSince < 0 ? null : (Fcos, fcosSince),
        };
}
