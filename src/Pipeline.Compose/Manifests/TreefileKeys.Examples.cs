namespace Pipeline.Compose.Manifests;

/// <summary>How a key that has an effect is written. Kept apart from the rules, which the reader needs.</summary>
/// <param name="Example">A line of a manifest, or a few.</param>
/// <param name="Otherwise">What counts when it is not written; empty for nothing.</param>
internal sealed record TreefileKeyUse(string Example, string Otherwise = "");

/// <content>Examples and defaults, for people; tests read every example.</content>
internal static partial class TreefileKeys
{
    /// <summary>By key: all that act or are noted.</summary>
    public static IReadOnlyDictionary<string, TreefileKeyUse> Uses { get; } =
        new Dictionary<string, TreefileKeyUse>(StringComparer.Ordinal)
        {
            ["add-commit-metadata"] = new("add-commit-metadata: {org.example.team: base}"),
            ["add-files"] = new("add-files: [[motd, usr/share/motd]]"),
            ["advisories-metadata"] = new("advisories-metadata: disabled", "inline"),
            ["arch-include"] = new("arch-include: {x86_64: more.yaml}"),
            ["automatic-version-prefix"] = new("automatic-version-prefix: \"7\"", "`releasever`"),
            ["basearch"] = new("basearch: s390x", "any"),
            ["bootstrap-packages"] = new("bootstrap-packages: [base-files]"),
            ["check-groups"] = new("check-groups: {type: previous}", "not checked"),
            ["check-passwd"] = new("check-passwd: {type: data, entries: {root: 0}}", "not checked"),
            ["conditional-include"] = new("conditional-include: [{if: basearch == \"x86_64\", include: more.yaml}]"),
            ["container"] = new("container: true", "false"),
            ["container-cmd"] = new("container-cmd: [/sbin/init]"),
            ["default-target"] = new("default-target: multi-user.target", "that of the packages"),
            ["documentation"] = new("documentation: false", "true"),
            ["edition"] = new("edition: \"2024\""),
            ["etc-group-members"] = new("etc-group-members: [wheel]"),
            ["exclude-packages"] = new("exclude-packages: [plymouth]"),
            ["ignore-removed-groups"] = new("check-groups: {type: previous}\nignore-removed-groups: [games]"),
            ["ignore-removed-users"] = new("check-passwd: {type: previous}\nignore-removed-users: [games]"),
            ["include"] = new("include: more.yaml"),
            ["initramfs-args"] = new("initramfs-args: [--no-hostonly, --add, network]", "--no-hostonly"),
            ["install-langs"] = new("install-langs: [de, fr]", "all"),
            ["lockfile-repos"] = new("lockfile-repos: [pool]"),
            ["machineid-compat"] = new("machineid-compat: true", "false"),
            ["metadata"] = new("metadata: {name: my-os, summary: The OS of our kiosks}", "the file's name"),
            ["mutate-os-release"] = new("mutate-os-release: \"13\""),
            ["no-initramfs"] = new("no-initramfs: true", "false"),
            ["ostree-layers"] = new("ostree-layers: [overlay/one]"),
            ["ostree-override-layers"] = new("ostree-override-layers: [overlay/one]"),
            ["packages"] = new("packages: [systemd, openssh-server]"),
            ["postprocess"] = new("postprocess: [\"#!/bin/sh\\nrm -rf usr/share/info\"]"),
            ["postprocess-script"] = new("postprocess-script: script"),
            ["preserve-passwd"] = new("preserve-passwd: false"),
            ["recommends"] = new("recommends: false", "true"),
            ["ref"] = new("ref: my-os/${basearch}/stable", "NAME/ARCH"),
            ["releasever"] = new("releasever: 43"),
            ["remove-files"] = new("remove-files: [etc/issue]"),
            ["remove-from-packages"] = new("remove-from-packages: [[bash, /usr/share/doc/.*]]"),
            ["repo-metadata"] = new("repo-metadata: disabled", "inline"),
            ["repo-packages"] = new("repo-packages: [{repo: updates, packages: [bash]}]"),
            ["repos"] = new("repos: [debian, debian-security]", "all that are enabled"),
            ["repovars"] = new("repovars: {channel: stable}"),
            ["rojig"] = new("rojig: {name: my-os, summary: The OS of our kiosks, license: MIT}"),
            ["rpmdb-normalize"] = new("rpmdb-normalize: true"),
            ["schema"] = new("schema: compose/v1", "only rpm-ostree's keys"),
            ["selinux"] = new("selinux: false", "true"),
            ["selinux-label-version"] = new("selinux-label-version: 1", "0"),
            ["sysusers"] = new("sysusers: compose-auto"),
            ["units"] = new("units: [podman.socket]"),
            ["variables"] = new("variables: {channel: stable}"),
        };
}
