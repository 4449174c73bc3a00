using Pipeline.Compose.Trees;

namespace Pipeline.Compose.Families.Deb;

/// <summary>What must be at the paths of a Debian tree that the composer works on.</summary>
internal static class DebLayout
{
    /// <summary>The rules.</summary>
    public static TreeLayout Layout { get; } =
        new([
            .. TreeLayout.Common,
            .. ((string[])["bin", "lib", "lib64", "sbin"]).Select(p => LayoutRule.Link(p, $"usr/{p}", $"/usr/{p}")),
            .. (
                (string[])
                    [
                        "etc/apt",
                        "usr/sbin",
                        "usr/lib/sysimage/dpkg",
                        "usr/lib/sysimage/pam",
                        "usr/lib/sysimage/ucf",
                        "var/lib/apt",
                        "var/lib/dpkg/alternatives",
                        "var/lib/dpkg/info",
                        "var/lib/dpkg/parts",
                        "var/lib/dpkg/triggers",
                        "var/lib/dpkg/updates",
                        "var/lib/pam",
                        "var/lib/ucf",
                    ]
            ).Select(LayoutRule.Directory),
            .. Configurator.Inert.Concat(DpkgDatabase.Files).Select(LayoutRule.File),
        ]);
}
