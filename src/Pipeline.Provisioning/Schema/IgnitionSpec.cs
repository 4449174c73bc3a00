using static Pipeline.Provisioning.Schema.FieldKind;

namespace Pipeline.Provisioning.Schema;

/// <summary>
/// The one definition of every object and field of the Ignition specifications 3.0.0 to 3.7.0-experimental. A number behind a
/// field is the minor version that introduced it. Order is the order of members that Ignition and Butane write.
/// </summary>
internal static class IgnitionSpec
{
    private static readonly Shape Verification = new("verification", [new("hash", Text)]);

    private static readonly Shape Header = new("header", [Name, new("value", Text)], "name");

    /// <summary>What a file's contents, a fragment or a key file is fetched from.</summary>
    private static readonly Shape Contents = Resource(0);

    /// <summary>The same for configs and certificates, which could not be compressed in 3.0.0.</summary>
    private static readonly Shape Reference = Resource(1);

    private static readonly Shape Owner = new("owner", [new("id", Number), new("name", Text)]);

    private static readonly Shape Clevis = new(
        "clevis",
        [
            new("custom", Map, 2, new("custom", [new("config", Text, 2), new("needsNetwork", Flag, 2), new("pin", Text, 2)])),
            new("tang", MapList, 2, new("tang", [new("advertisement", Text, 4), new("thumbprint", Text, 2), new("url", Text, 2)], "url")),
            new("threshold", Number, 2),
            new("tpm2", Flag, 2),
        ]
    );

    private static readonly Shape Disk = new(
        "disk",
        [
            Required("device"),
            new(
                "partitions",
                MapList,
                0,
                new(
                    "partition",
                    [
                        new("guid", Text),
                        new("label", Text),
                        new("number", Number) { ZeroIsUnset = true },
                        new("resize", Flag, 2),
                        new("shouldExist", Flag),
                        new("sizeMiB", Number),
                        new("startMiB", Number),
                        new("typeGuid", Text),
                        new("wipePartitionEntry", Flag),
                    ],
                    "number",
                    "label"
                )
            ),
            new("wipeTable", Flag),
        ],
        "device"
    );

    private static readonly Shape Filesystem = new(
        "filesystem",
        [
            Required("device"),
            new("format", Text),
            new("label", Text),
            Appended("mountOptions", TextList, 1),
            Appended("options", TextList),
            new("path", Text),
            new("uuid", Text),
            new("wipeFilesystem", Flag),
        ],
        "device"
    );

    private static readonly Shape Luks = new(
        "luks",
        [
            new("cex", Map, 5, new("cex", [new("enabled", Flag, 5)])),
            new("clevis", Map, 2, Clevis),
            new("device", Text, 2),
            new("discard", Flag, 4),
            new("keyFile", Map, 2, Contents),
            new("label", Text, 2),
            Required("name", 2),
            Appended("openOptions", TextList, 4),
            Appended("options", TextList, 2),
            new("uuid", Text, 2),
            new("wipeVolume", Flag, 2),
        ],
        "name"
    );

    private static readonly Shape Raid = new(
        "raid",
        [new("devices", TextList), new("level", Text), Name, Appended("options", TextList), new("spares", Number)],
        "name"
    );

    private static readonly Shape Unit = new(
        "unit",
        [
            new("contents", Text),
            new("dropins", MapList, 0, new("dropin", [new("contents", Text), Name], "name")),
            new("enabled", Flag),
            new("mask", Flag),
            Name,
        ],
        "name"
    );

    private static readonly Shape User = new(
        "user",
        [
            new("gecos", Text),
            new("groups", TextList),
            new("homeDir", Text),
            Name,
            new("noCreateHome", Flag),
            new("noLogInit", Flag),
            new("noUserGroup", Flag),
            new("passwordHash", Text),
            new("primaryGroup", Text),
            new("shouldExist", Flag, 2),
            new("sshAuthorizedKeys", TextList),
            new("shell", Text),
            new("system", Flag),
            new("uid", Number),
        ],
        "name"
    );

    private static readonly Shape Group = new(
        "group",
        [new("gid", Number), Name, new("passwordHash", Text), new("shouldExist", Flag, 2), new("system", Flag)],
        "name"
    );

    private static readonly Shape Ignition = new(
        "ignition",
        [
            new("config", Map, 0, new("configs", [new("merge", MapList, 0, Reference), new("replace", Map, 0, Reference)])),
            new("proxy", Map, 1, new("proxy", [new("httpProxy", Text, 1), new("httpsProxy", Text, 1), new("noProxy", TextList, 1)])),
            new(
                "security",
                Map,
                0,
                new("security", [new("tls", Map, 0, new("tls", [new("certificateAuthorities", MapList, 0, Reference)]))])
            ),
            new("timeouts", Map, 0, new("timeouts", [new("httpResponseHeaders", Number), new("httpTotal", Number)])),
            Required("version"),
        ]
    );

    private static readonly Shape Storage = new(
        "storage",
        [
            new("directories", MapList, 0, Node("directory", new Field("mode", Number))) { KeySpace = "node" },
            new("disks", MapList, 0, Disk),
            new(
                "files",
                MapList,
                0,
                Node("file", Appended("append", MapList) with { Item = Contents }, new("contents", Map, 0, Contents), new("mode", Number))
            )
            {
                KeySpace = "node",
            },
            new("filesystems", MapList, 0, Filesystem),
            new("links", MapList, 0, Node("link", new("hard", Flag), new("target", Text))) { KeySpace = "node" },
            new("luks", MapList, 2, Luks),
            new("raid", MapList, 0, Raid),
        ]
    );

    /// <summary>The whole config.</summary>
    public static Shape Config { get; } =
        new(
            "config",
            [
                new("ignition", Map, 0, Ignition),
                new(
                    "kernelArguments",
                    Map,
                    3,
                    new(
                        "kernelArguments",
                        [new("shouldExist", TextList, 3) { KeySpace = "karg" }, new("shouldNotExist", TextList, 3) { KeySpace = "karg" }]
                    )
                ),
                new("passwd", Map, 0, new("passwd", [new("groups", MapList, 0, Group), new("users", MapList, 0, User)])),
                new("storage", Map, 0, Storage),
                new("systemd", Map, 0, new("systemd", [new("units", MapList, 0, Unit)])),
            ]
        );

    private static Field Name => Required("name");

    private static Field Required(string name, int since = 0) => new(name, Text, since) { Required = true };

    private static Field Appended(string name, FieldKind kind, int since = 0) => new(name, kind, since) { Rule = ListRule.Append };

    private static Shape Resource(int compressionSince) =>
        new(
            "resource",
            [
                new("compression", Text, compressionSince),
                new("httpHeaders", MapList, 1, Header),
                new("source", Text),
                new("verification", Map, 0, Verification),
            ],
            "source"
        );

    private static Shape Node(string name, params Field[] own) =>
        new(name, [new("group", Map, 0, Owner), new("overwrite", Flag), Required("path"), new("user", Map, 0, Owner), .. own], "path");
}
