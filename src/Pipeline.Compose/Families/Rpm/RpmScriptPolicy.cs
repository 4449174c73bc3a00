using System.Text.RegularExpressions;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>A script that is not run, and why.</summary>
/// <param name="Packages">Matches names of packages.</param>
/// <param name="Scripts">Names of scripts, as in a spec file without <c>%</c>.</param>
/// <param name="Reason">Why: it ends in the record of the build.</param>
internal sealed record RpmSkipRule(Regex Packages, ValueList<string> Scripts, string Reason);

/// <summary>
/// Which scripts of packages run. All do, by the tree's own rpm, but for those here: they do work that the composer does itself, once and
/// at the end, or that only makes sense on a running machine.
/// </summary>
/// <remarks>
/// rpm-ostree skips more: there is no rpm in its sandbox, so that Lua cannot be run. A script that only calls a program of
/// <see cref="Inert"/> needs no rule.
/// </remarks>
internal static partial class RpmScriptPolicy
{
    /// <summary>Programs in whose place one that does nothing stands while scripts run.</summary>
    public static IReadOnlyList<string> Inert { get; } =
    [
        "usr/bin/bootctl",
        "usr/bin/dracut",
        "usr/bin/kernel-install",
        "usr/bin/mandb",
        "usr/libexec/grubby/grubby-bls",
        "usr/sbin/grub2-mkconfig",
        "usr/sbin/installkernel",
        "usr/sbin/new-kernel-pkg",
    ];

    /// <summary>The rules.</summary>
    public static IReadOnlyList<RpmSkipRule> Rules { get; } =
    [
        new(Kernel(), ["post", "posttrans"], "the composer places the kernel and makes the initramfs itself"),
        new(BootLoader(), ["post", "posttrans"], "boot loaders are installed when an image is made"),
        new(Microcode(), ["post", "posttrans"], "the composer makes the initramfs itself, at the end"),
        new(Filesystem(), ["posttrans"], "it sets modes of directories that a machine mounts over"),
    ];

    /// <summary>The rule that says that a script is not run, or <c>null</c>.</summary>
    public static RpmSkipRule? Find(string package, string script) =>
        Rules.FirstOrDefault(r => r.Scripts.Contains(script) && r.Packages.IsMatch(package));

    /// <summary>The tags of the scripts of a package that are not run.</summary>
    public static IReadOnlySet<RpmTag> SkippedTags(RpmPackage package) =>
        Kinds.Where(k => Find(package.Name, k.Name) is not null).SelectMany(k => (RpmTag[])[k.Text, k.Program]).ToHashSet();

    /// <summary>What is not run, for the record of the build.</summary>
    public static ValueList<SkippedScript> Skipped(MergedTree tree) =>
        (
            from package in tree.Packages.Cast<RpmPackage>()
            from kind in Kinds
            where package.Header.Has(kind.Text) || package.Header.Has(kind.Program)
            let rule = Find(package.Name, kind.Name)
            where rule is not null
            select new SkippedScript(package.FullName, $"%{kind.Name}", rule.Reason)
        ).ToValueList();

    private static readonly (string Name, RpmTag Text, RpmTag Program)[] Kinds =
    [
        ("pretrans", RpmTag.PreTrans, RpmTag.PreTransProgram),
        ("pre", RpmTag.PreIn, RpmTag.PreInProgram),
        ("post", RpmTag.PostIn, RpmTag.PostInProgram),
        ("posttrans", RpmTag.PostTrans, RpmTag.PostTransProgram),
    ];

    [GeneratedRegex(@"\Akernel(-[a-z0-9]+)*-(core|modules|modules-[a-z]+)\z|\Akernel(-(64k|debug|rt))*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Kernel();

    [GeneratedRegex(@"\A(grub2-.*|shim-.*|systemd-boot.*|s390utils-core|fwupd-efi)\z", RegexOptions.CultureInvariant)]
    private static partial Regex BootLoader();

    [GeneratedRegex(@"\A(microcode_ctl|amd-ucode-firmware)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Microcode();

    [GeneratedRegex(@"\Afilesystem\z", RegexOptions.CultureInvariant)]
    private static partial Regex Filesystem();
}
