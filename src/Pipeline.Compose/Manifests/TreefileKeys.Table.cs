namespace Pipeline.Compose.Manifests;

/// <content>The keys.</content>
internal static partial class TreefileKeys
{
    /// <summary>Which files, and which packages from where.</summary>
    private static IEnumerable<TreefileKey> Selecting() =>
        [
            Acts("include", MergeRule.None, ValueShape.Any, "reads further files; paths start at the file that names them"),
            Acts("arch-include", MergeRule.None, ValueShape.Mapping, "the same for one architecture"),
            Acts("conditional-include", MergeRule.None, ValueShape.List, "the same where all conditions of 'if' hold"),
            Acts("variables", MergeRule.None, ValueShape.Mapping, "defines variables of conditions and of `${name}`"),
            Acts("schema", MergeRule.None, ValueShape.Text, "`compose/v1` in the root allows our own keys", "compose/v1"),
            Acts("basearch", MergeRule.First, ValueShape.Text, "the only architecture that the manifest may be composed for"),
            Acts("releasever", MergeRule.First, ValueShape.TextOrNumber, "the variable `releasever`, also of repository files"),
            Acts(
                "repos",
                MergeRule.Prepend,
                ValueShape.List,
                "repositories beside the root manifest, this file or one that includes it; none means all enabled ones"
            ),
            Acts("lockfile-repos", MergeRule.Prepend, ValueShape.Texts, "repositories that are used only for packages of --lock"),
            Acts("repovars", MergeRule.ByMember, ValueShape.Mapping, "variables of repository files"),
            Acts("packages", MergeRule.Union, ValueShape.Texts, "packages, also as `packages-ARCH` for one architecture"),
            Acts("bootstrap-packages", MergeRule.Union, ValueShape.Texts, "the same as `packages`"),
            Acts("repo-packages", MergeRule.Prepend, ValueShape.List, "packages that must come from one repository"),
            Acts("exclude-packages", MergeRule.Prepend, ValueShape.Texts, "packages that are never installed"),
            Acts("recommends", MergeRule.First, ValueShape.Truth, "whether weak dependencies are installed (default: true)"),
            Acts("documentation", MergeRule.First, ValueShape.Truth, "whether documentation is laid (default: true)"),
            Acts("install-langs", MergeRule.Prepend, ValueShape.Texts, "lays only translations of these languages; `all` is all"),
            Acts(
                "remove-from-packages",
                MergeRule.Prepend,
                ValueShape.List,
                "`[package, pattern…]`: files whose path in the commit (`/usr/etc/…`) a regular expression matches are not laid"
            ),
        ];

    /// <summary>What becomes of the tree.</summary>
    private static IEnumerable<TreefileKey> Shaping() =>
        [
            Acts(
                "ostree-layers",
                MergeRule.Prepend,
                ValueShape.Texts,
                "`overlay/NAME` lays `overlay.d/NAME` over the packages; it is beside the root manifest, this file or one that includes it"
            ),
            Acts("ostree-override-layers", MergeRule.Prepend, ValueShape.Texts, "the same, after all of `ostree-layers`"),
            Acts("remove-files", MergeRule.Prepend, ValueShape.Texts, "removes files and directories, after the layers"),
            Acts("add-files", MergeRule.Prepend, ValueShape.List, "`[source, target]`: adds a file, after `remove-files`"),
            Acts("units", MergeRule.Prepend, ValueShape.Texts, "enables units, by a preset"),
            Acts("default-target", MergeRule.First, ValueShape.Text, "links `default.target`"),
            Acts("postprocess", MergeRule.Prepend, ValueShape.Texts, "scripts that run in the tree, in order"),
            Acts("postprocess-script", MergeRule.First, ValueShape.Text, "a script file that runs after them"),
            Acts("mutate-os-release", MergeRule.First, ValueShape.Text, "a text in os-release that becomes the version"),
            Acts("machineid-compat", MergeRule.First, ValueShape.Truth, "true: `/etc/machine-id` is empty; false, the default: missing"),
            Acts("no-initramfs", MergeRule.First, ValueShape.Truth, "true: dracut does not run"),
            Acts("initramfs-args", MergeRule.Prepend, ValueShape.Texts, "arguments of dracut instead of `--no-hostonly`"),
            Acts("container", MergeRule.First, ValueShape.Truth, "true: no kernel, no initramfs, no check of accounts"),
        ];

    /// <summary>Numbers of users and groups.</summary>
    private static IEnumerable<TreefileKey> Accounts() =>
        [
            Acts(
                "check-passwd",
                MergeRule.First,
                ValueShape.Mapping,
                "users must keep their numbers: of a file, of data, of the last build"
            ),
            Acts("check-groups", MergeRule.First, ValueShape.Mapping, "the same for groups; `file` only for both or none"),
            Acts("ignore-removed-users", MergeRule.Union, ValueShape.Texts, "users that may be missing all the same; `*` is all"),
            Acts("ignore-removed-groups", MergeRule.Union, ValueShape.Texts, "the same for groups"),
            Noted("etc-group-members", MergeRule.Prepend, ValueShape.Texts, "every group is in /etc/group, where it can be edited"),
            Noted("sysusers", MergeRule.First, ValueShape.Text, "packages make their accounts when they are configured", SysusersModes),
        ];

    /// <summary>What a commit and its documents say.</summary>
    private static IEnumerable<TreefileKey> Describing() =>
        [
            Acts("ref", MergeRule.First, ValueShape.Text, "the commit's ref"),
            Acts("metadata", MergeRule.ByMember, ValueShape.Mapping, "`name` begins file names, `summary` is in meta.json"),
            Acts("rojig", MergeRule.First, ValueShape.Mapping, "`name`, where `metadata` has none"),
            Acts("automatic-version-prefix", MergeRule.First, ValueShape.Text, "the beginning of the version"),
            Acts("add-commit-metadata", MergeRule.ByMember, ValueShape.Mapping, "further metadata of the commit and in commitmeta.json"),
            Acts("container-cmd", MergeRule.First, ValueShape.Texts, "the commit's metadata `ostree.container-cmd`"),
            Acts("repo-metadata", MergeRule.First, ValueShape.Text, "whether commitmeta.json has `rpmostree.rpmmd-repos`", MetadataModes),
            Acts("advisories-metadata", MergeRule.First, ValueShape.Text, "whether it has `rpmostree.advisories`", MetadataModes),
            Noted("edition", MergeRule.First, ValueShape.Text, "the defaults of edition 2024 hold for every manifest", "2014", "2024"),
            Noted("rpmdb-normalize", MergeRule.First, ValueShape.Truth, "the package database is always the same for the same packages"),
            Noted("preserve-passwd", MergeRule.First, ValueShape.Truth, "no build takes accounts from another; see `check-passwd`"),
            Acts("selinux", MergeRule.First, ValueShape.Truth, "whether the policy that the tree turns on labels the files of the commit"),
            Acts("selinux-label-version", MergeRule.First, ValueShape.TextOrNumber, "with 1 `/usr/etc` has the labels of `/etc`", "0", "1"),
        ];

    private static IEnumerable<TreefileKey> Refusing() =>
        [
            Refused("ignore-devices", MergeRule.First, ValueShape.Truth, "a device in a package is refused, not left out", "false"),
            Refused("ima", MergeRule.First, ValueShape.Truth, "IMA signatures of packages are not put on files", "false"),
            Refused("gpg-key", MergeRule.First, ValueShape.Text, "a compose has no private key: commits are signed when they are released"),
            Refused("readonly-executables", MergeRule.First, ValueShape.Truth, "modes of packages are kept; /usr is read-only", "false"),
            Refused("boot-location", MergeRule.First, ValueShape.Text, "the kernel lies in /usr/lib/modules and nowhere else", "modules"),
            Refused("tmp-is-dir", MergeRule.First, ValueShape.Truth, "/tmp is a directory, and images have no /sysroot/tmp", "true"),
            Refused("opt-usrlocal", MergeRule.First, ValueShape.Text, "/opt and /usr/local are links into /var", "var"),
            Refused("automatic-version-suffix", MergeRule.First, ValueShape.Text, "parts of a version are joined by dots", "."),
            Refused("platform-module", MergeRule.First, ValueShape.Text, "modules of repositories are not read"),
            Refused("modules", MergeRule.First, ValueShape.Mapping, "modules of repositories are not read"),
            Refused("cliwrap", MergeRule.First, ValueShape.Truth, "no program of the tree is wrapped", "false"),
            Refused("cliwrap-binaries", MergeRule.Prepend, ValueShape.Texts, "no program of the tree is wrapped"),
            Refused("rpmdb", MergeRule.First, ValueShape.Text, "the rpm of the tree writes its database", RpmDatabases) with
            {
                Values = [.. RpmDatabases, "host"],
            },
        ];

    /// <summary>Names of our schema that are kept for later; a manifest that needs them must not be composed without them.</summary>
    private static IEnumerable<TreefileKey> OwnSchema() =>
        [
            Schema("distro", MergeRule.First, ValueShape.Any, "the packages decide what os-release says", "change it in 'postprocess:'"),
            Schema("lock", MergeRule.First, ValueShape.Any, "lockfiles are named on the command line", "pass --lock FILE"),
            Schema("snapshot", MergeRule.First, ValueShape.Any, "repositories decide what day they show", "put the day into the address"),
            Schema("ids", MergeRule.First, ValueShape.Any, "numbers of accounts come from files", "write check-passwd: {type: data, …}"),
            Schema("disk", MergeRule.First, ValueShape.Any, "images are described beside the manifest", "write 'size:' into image.yaml"),
            Schema("debconf", MergeRule.ByMember, ValueShape.Mapping, "packages are configured with their defaults", "use an overlay"),
            Schema("script-policy", MergeRule.ByMember, ValueShape.Mapping, "every script of a package runs", "use 'postprocess:'"),
            Schema("budget", MergeRule.ByMember, ValueShape.Mapping, "limits are given on the command line", "pass --script-limit"),
            Schema("outputs", MergeRule.ByMember, ValueShape.Mapping, "a compose makes a commit", "choose images: pipeline images -p NAME"),
            Schema("attest", MergeRule.ByMember, ValueShape.Mapping, "evidence is made when a build is released", "remove the key"),
            Schema("streams", MergeRule.ByMember, ValueShape.Mapping, "streams are described in ci/pipeline.yaml", "pass --stream NAME"),
            Schema("pins", MergeRule.Prepend, ValueShape.List, "versions are pinned in the package request", "write 'NAME=VERSION'"),
            Schema("vex", MergeRule.Prepend, ValueShape.List, "no statements about vulnerabilities are made", "remove the key"),
        ];

    private static string[] SysusersModes => ["compose-auto", "compose-forced"];

    private static string[] MetadataModes => ["inline", "detached", "disabled"];

    private static string[] RpmDatabases => ["target", "bdb", "ndb", "sqlite", "b-d-b"];
}
