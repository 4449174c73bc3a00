using Pipeline.Compose.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// What maintainer scripts of Debian run most. Multi-arch directories let libraries of two architectures live side by side.
/// </summary>
/// <remarks>
/// Left out on purpose: dpkg, dpkg-query and dpkg-divert (each has an architecture of its own built in), libc-bin (ldconfig, locales), kmod
/// (depmod orders one text file by the byte order of the machine), and what a script gives another owner or mode.
/// </remarks>
internal static class DebNativePrograms
{
    /// <summary>The list.</summary>
    public static ValueList<NativeProgram> All { get; } =
    [
        .. (
            (string[])["bash", "coreutils", "dash", "debianutils", "diffutils", "findutils", "gawk", "grep", "gzip", "mawk", "openssl"]
        ).Select(Whole),
        .. ((string[])["passwd", "perl", "perl-base", "sed", "systemd", "tar", "udev", "util-linux"]).Select(Whole),
        new("dpkg", "update-alternatives"),
        new("usr-is-merged", ""), // asked for so that nothing larger is chosen; it has no programs
    ];

    /// <summary>
    /// Configured before anything stands in: Debian 12's usr-is-merged removes a <c>/lib64</c> that no package owns, where the loader of
    /// this machine's programs would be. Packages that need no other.
    /// </summary>
    public static ValueList<string> ConfiguredFirst { get; } = ["usr-is-merged"];

    private static NativeProgram Whole(string package) => new(package, null);
}
