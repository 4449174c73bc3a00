namespace Pipeline.Compose.Manifests;

/// <summary>How two files' values of a key become one.</summary>
internal enum MergeRule
{
    /// <summary>The including file's value wins; among includes the first.</summary>
    First,

    /// <summary>Union, sorted by ordinal.</summary>
    Union,

    /// <summary>By member, the including file's member wins, not deeper than one level.</summary>
    ByMember,

    /// <summary>The included file's items come first.</summary>
    Prepend,

    /// <summary>Read while the file is read, never merged.</summary>
    None,
}

/// <summary>What a key's value must look like.</summary>
internal enum ValueShape
{
    /// <summary>A text: not a plain number or boolean.</summary>
    Text,

    /// <summary>A plain <c>true</c> or <c>false</c>.</summary>
    Truth,

    /// <summary>A text or a plain whole number.</summary>
    TextOrNumber,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A mapping with any content.</summary>
    Mapping,

    /// <summary>A list with any content.</summary>
    List,

    /// <summary>Anything.</summary>
    Any,
}

/// <summary>What the composer does with a key.</summary>
internal enum KeySupport
{
    /// <summary>It does what the key says.</summary>
    Used,

    /// <summary>Setting it changes nothing here, and that is right or harmless.</summary>
    NoEffect,

    /// <summary>Setting it to anything but its harmless values would be ignored, so a compose refuses it.</summary>
    NotYet,
}

/// <summary>One key of the treefile language.</summary>
internal sealed record TreefileKey(string Name, MergeRule Merge, ValueShape Shape, KeySupport Support)
{
    /// <summary>Values for which <see cref="KeySupport.NotYet"/> does not apply, because they say what we do anyway.</summary>
    public IReadOnlyList<string> Harmless { get; init; } = [];

    /// <summary>Whether only <c>schema: compose/v1</c> manifests know it.</summary>
    public bool SchemaOnly { get; init; }

    /// <summary>Every key by name.</summary>
    /// <remarks>Names and merge rules are those of rpm-ostree's treefile reader (2025.x) and of our schema.</remarks>
    public static IReadOnlyDictionary<string, TreefileKey> All { get; } = Table().ToDictionary(k => k.Name, StringComparer.Ordinal);

    /// <summary>Keys that layer packages on a machine or in a container; never part of a compose.</summary>
    public static IReadOnlySet<string> Derive { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            "base-refspec",
            "container-image-reference",
            "packages-local",
            "packages-local-fileoverride",
            "override-remove",
            "ex-override-replace",
            "override-replace-local",
            "initramfs",
            "custom",
            "override-commit",
            "unconfigured-state",
        };

    /// <summary>Old spellings that are still read.</summary>
    public static IReadOnlyDictionary<string, string> Legacy { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["gpg_key"] = "gpg-key",
            ["boot_location"] = "boot-location",
            ["default_target"] = "default-target",
            ["automatic_version_prefix"] = "automatic-version-prefix",
            ["bootstrap_packages"] = "bootstrap-packages",
        };

    private static IEnumerable<TreefileKey> Table() =>
        [
            Used("include", MergeRule.None, ValueShape.Any),
            Used("arch-include", MergeRule.None, ValueShape.Mapping),
            Used("conditional-include", MergeRule.None, ValueShape.List),
            Used("variables", MergeRule.None, ValueShape.Mapping),
            Used("schema", MergeRule.None, ValueShape.Text),
            Used("edition", MergeRule.First, ValueShape.Text),
            Used("ref", MergeRule.First, ValueShape.Text),
            Used("basearch", MergeRule.First, ValueShape.Text),
            Used("rojig", MergeRule.First, ValueShape.Mapping),
            Used("recommends", MergeRule.First, ValueShape.Truth),
            Used("documentation", MergeRule.First, ValueShape.Truth),
            Used("default-target", MergeRule.First, ValueShape.Text),
            Used("releasever", MergeRule.First, ValueShape.TextOrNumber),
            Used("automatic-version-prefix", MergeRule.First, ValueShape.Text),
            Used("mutate-os-release", MergeRule.First, ValueShape.Text),
            Used("postprocess-script", MergeRule.First, ValueShape.Text),
            Used("packages", MergeRule.Union, ValueShape.Texts),
            Used("bootstrap-packages", MergeRule.Union, ValueShape.Texts),
            Used("metadata", MergeRule.ByMember, ValueShape.Mapping),
            Used("repos", MergeRule.Prepend, ValueShape.List),
            Used("lockfile-repos", MergeRule.Prepend, ValueShape.Texts),
            Used("repo-packages", MergeRule.Prepend, ValueShape.List),
            Used("repovars", MergeRule.ByMember, ValueShape.Mapping),
            Used("exclude-packages", MergeRule.Prepend, ValueShape.Texts),
            Used("ostree-layers", MergeRule.Prepend, ValueShape.Texts),
            Used("units", MergeRule.Prepend, ValueShape.Texts),
            Used("etc-group-members", MergeRule.Prepend, ValueShape.Texts),
            Used("postprocess", MergeRule.Prepend, ValueShape.Texts),
            Used("remove-files", MergeRule.Prepend, ValueShape.Texts),
            Used("install-langs", MergeRule.Prepend, ValueShape.Texts),
            NotYet("selinux", MergeRule.First, ValueShape.Truth, "false"),
            NotYet("ignore-devices", MergeRule.First, ValueShape.Truth, "false"),
            NotYet("ima", MergeRule.First, ValueShape.Truth, "false"),
            NotYet("gpg-key", MergeRule.First, ValueShape.Text),
            NotYet("container", MergeRule.First, ValueShape.Truth, "false"),
            NotYet("readonly-executables", MergeRule.First, ValueShape.Truth, "false"),
            NotYet("container-cmd", MergeRule.First, ValueShape.Texts),
            NotYet("boot-location", MergeRule.First, ValueShape.Text, "modules"),
            NotYet("tmp-is-dir", MergeRule.First, ValueShape.Truth, "true"),
            NotYet("opt-usrlocal", MergeRule.First, ValueShape.Text, "var"),
            NotYet("machineid-compat", MergeRule.First, ValueShape.Truth, "false"),
            NotYet("automatic-version-suffix", MergeRule.First, ValueShape.Text, "."),
            NotYet("check-passwd", MergeRule.First, ValueShape.Mapping, "none", "previous"),
            NotYet("check-groups", MergeRule.First, ValueShape.Mapping, "none", "previous"),
            NotYet("no-initramfs", MergeRule.First, ValueShape.Truth, "false"),
            NotYet("add-commit-metadata", MergeRule.ByMember, ValueShape.Mapping),
            NotYet("ostree-override-layers", MergeRule.Prepend, ValueShape.Texts),
            NotYet("initramfs-args", MergeRule.Prepend, ValueShape.Texts),
            NotYet("add-files", MergeRule.Prepend, ValueShape.List),
            NotYet("remove-from-packages", MergeRule.Prepend, ValueShape.List),
            NoEffect("sysusers", MergeRule.First, ValueShape.Text),
            NoEffect("selinux-label-version", MergeRule.First, ValueShape.TextOrNumber),
            NoEffect("repo-metadata", MergeRule.First, ValueShape.Text),
            NoEffect("advisories-metadata", MergeRule.First, ValueShape.Text),
            NoEffect("rpmdb", MergeRule.First, ValueShape.Text),
            NoEffect("rpmdb-normalize", MergeRule.First, ValueShape.Truth),
            NoEffect("preserve-passwd", MergeRule.First, ValueShape.Truth),
            NoEffect("cliwrap", MergeRule.First, ValueShape.Truth),
            NoEffect("platform-module", MergeRule.First, ValueShape.Text),
            NoEffect("ignore-removed-users", MergeRule.Union, ValueShape.Texts),
            NoEffect("ignore-removed-groups", MergeRule.Union, ValueShape.Texts),
            NoEffect("cliwrap-binaries", MergeRule.Prepend, ValueShape.Texts),
            Schema("distro", MergeRule.First, ValueShape.Any),
            Schema("lock", MergeRule.First, ValueShape.Any),
            Schema("snapshot", MergeRule.First, ValueShape.Any),
            Schema("ids", MergeRule.First, ValueShape.Any),
            Schema("disk", MergeRule.First, ValueShape.Any),
            Schema("debconf", MergeRule.ByMember, ValueShape.Mapping),
            Schema("script-policy", MergeRule.ByMember, ValueShape.Mapping),
            Schema("budget", MergeRule.ByMember, ValueShape.Mapping),
            Schema("outputs", MergeRule.ByMember, ValueShape.Mapping),
            Schema("attest", MergeRule.ByMember, ValueShape.Mapping),
            Schema("streams", MergeRule.ByMember, ValueShape.Mapping),
            Schema("pins", MergeRule.Prepend, ValueShape.List),
            Schema("vex", MergeRule.Prepend, ValueShape.List),
        ];

    private static TreefileKey Used(string name, MergeRule merge, ValueShape shape) => new(name, merge, shape, KeySupport.Used);

    private static TreefileKey NoEffect(string name, MergeRule merge, ValueShape shape) => new(name, merge, shape, KeySupport.NoEffect);

    private static TreefileKey NotYet(string name, MergeRule merge, ValueShape shape, params string[] harmless) =>
        new(name, merge, shape, KeySupport.NotYet) { Harmless = harmless };

    private static TreefileKey Schema(string name, MergeRule merge, ValueShape shape) =>
        new(name, merge, shape, KeySupport.NotYet) { SchemaOnly = true };
}
