using Pipeline.Model.Text;

namespace Pipeline.Model.Configs;

/// <summary>A key of a file beside a manifest.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Reason">Why nothing is done with it; <c>null</c> for a key that acts.</param>
public sealed record ConfigKey(string Name, string? Reason = null)
{
    /// <summary>The value that is accepted in silence; every other one is refused. <c>null</c>: every value is noted.</summary>
    public string? Accepted { get; init; }

    /// <summary>A value, as it is written; <c>null</c> for a key that nothing is done with.</summary>
    public string? Example { get; init; }

    /// <summary>The version of this program that knew it first.</summary>
    public string Since { get; init; } = "0.1.0";

    /// <summary>Whether a value says what is so anyway.</summary>
    internal bool IsAccepted(YamlNode value) =>
        Accepted is { } accepted
        && (accepted == "[]" ? value is YamlSequence { Items.Count: 0 } : value is YamlScalar scalar && scalar.Text == accepted);
}

/// <summary>The keys of these files.</summary>
public static class ConfigKeys
{
    private const string NoOva = "no image for VMware is made yet";
    private const string NoLive = "the root file system of live media is a squashfs with zstd";
    private const string FromCommit = "images are made from the OSTree commit of a build";
    private const string AtUpload = "it is a setting of the upload, not of the image";

    /// <summary>Of image.yaml.</summary>
    public static IReadOnlyList<ConfigKey> Image { get; } =
    [
        new("size") { Example = "size: 10" },
        new("extra-kargs") { Example = "extra-kargs: [quiet, mitigations=auto]" },
        new("include") { Example = "include: image-base.yaml" },
        new("ignition-network-kcmdline", "the first boot has no network arguments of its own") { Accepted = "[]" },
        new("luks_rootfs", "the root file system is not encrypted") { Accepted = "false" },
        new("ostree-remote", "updates come from the update graph, not from a remote of the deployment"),
        new("compressor", "each platform has its compressor"),
        new("squashfs-compression", NoLive),
        new("live-rootfs-fstype", NoLive),
        new("live-rootfs-fsoptions", NoLive),
        new("vmware-os-type", NoOva),
        new("vmware-hw-version", NoOva),
        new("vmware-secure-boot", NoOva),
        new("deploy-via-container", FromCommit),
        new("container-imgref", FromCommit),
        new("bootc-install-to-fs", FromCommit),
        new("aws-imdsv2-only", AtUpload),
        new("aws-volume-type", AtUpload),
        new("aws-x86-boot-mode", AtUpload),
    ];

    /// <summary>Of a platform in platforms.yaml.</summary>
    public static IReadOnlyList<ConfigKey> Platform { get; } =
    [
        new("kernel_arguments") { Example = "kernel_arguments: [console=ttyS0]" },
        new("grub_commands", "the boot loader of an image speaks on the consoles of the firmware"),
    ];

    /// <summary>Of build-args.conf.</summary>
    public static IReadOnlyList<ConfigKey> BuildArguments { get; } =
    [
        new("VERSION") { Example = "VERSION=43" },
        new("STREAM") { Example = "STREAM=testing-devel" },
        new("ID") { Example = "ID=fedora" },
        new("BUILDER_IMG", "no container is built"),
        new("MANIFEST", "the manifest is named on the command line"),
        new("IMAGE_CONFIG", "images read image.yaml of the directory given with --config"),
        new("PASSWD_GROUP_DIR", "accounts are given with 'check-passwd' of the manifest"),
        new("NAME", "os-release is that of the packages"),
        new("DESCRIPTION", "os-release is that of the packages"),
        new("MUTATE_OS_RELEASE", "'mutate-os-release' of the manifest decides"),
        new("STRICT_MODE", "a lockfile given with --lock is always composed exactly"),
    ];

    /// <summary>Of an extension in extensions.yaml.</summary>
    public static IReadOnlyList<ConfigKey> Extension { get; } =
    [
        new("packages") { Example = "packages: [strace]" },
        new("repos") { Example = "repos: [fedora]" },
        new("architectures") { Example = "architectures: [x86_64]" },
        new("match-base-evr") { Example = "match-base-evr: kernel" },
        new("kind") { Example = "kind: development" },
        new("modules", "modules of repositories are not read"),
    ];
}
