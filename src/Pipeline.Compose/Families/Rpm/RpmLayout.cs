using Pipeline.Compose.Trees;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>What must be at the paths of an RPM tree that the composer works on.</summary>
internal static class RpmLayout
{
    /// <summary>The rules.</summary>
    public static TreeLayout Layout { get; } =
        new([
            .. TreeLayout.Common,
            .. ((string[])["bin", "lib", "lib64"]).Select(p => LayoutRule.Link(p, $"usr/{p}", $"/usr/{p}")),
            LayoutRule.Link("sbin", "usr/sbin", "/usr/sbin", "usr/bin", "/usr/bin"),
            LayoutRule.DirectoryOrLink("usr/sbin", "bin", "/usr/bin"),
            LayoutRule.DirectoryOrLink(RpmDatabase.Usual, RpmDatabase.UsualTarget, "/" + RpmDatabase.Place),
            .. ((string[])[RpmDatabase.Place, "usr/lib/rpm/macros.d", "usr/lib/tmpfiles.d", "var/lib/rpm-state"]).Select(
                LayoutRule.Directory
            ),
            .. RpmScriptPolicy
                .Inert.Concat(RpmDatabase.Files)
                .Concat(["etc/group", "etc/passwd", "usr/lib/group", "usr/lib/passwd"])
                .Select(LayoutRule.File),
        ]);
}

/// <summary>What rpm leaves in a tree, and where a commit keeps its database.</summary>
internal static class RpmFinish
{
    /// <summary>The rules.</summary>
    public static FinishRules Rules { get; } =
        new()
        {
            Scrub = ["var/lib/dnf", "var/lib/rpm-state"],
            Patterns = [new(RpmDatabase.Place, @"(\A\.rpm\.lock|-shm|-wal)\z")],
            Leftovers = [".rpmnew", ".rpmorig", ".rpmsave"],
            Databases = [new(RpmDatabase.Usual, RpmDatabase.Place)],
        };
}
