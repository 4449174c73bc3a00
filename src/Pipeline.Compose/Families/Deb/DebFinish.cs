using Pipeline.Compose.Trees;

namespace Pipeline.Compose.Families.Deb;

/// <summary>What apt, dpkg and ucf leave in a tree, and where a commit keeps their databases.</summary>
internal static class DebFinish
{
    /// <summary>The rules.</summary>
    public static FinishRules Rules { get; } =
        new()
        {
            Scrub =
            [
                "etc/apt",
                "var/lib/apt",
                "var/lib/dpkg/available",
                "var/lib/dpkg/lock",
                "var/lib/dpkg/lock-frontend",
                "var/lib/dpkg/triggers/Lock",
                "usr/sbin/policy-rc.d",
            ],
            Patterns = [new("var/lib/dpkg", @"-old\z"), new("var/lib/ucf", @"\A[\s\S]+\.[0-9]\z")],
            Leftovers = [".dpkg-new", ".dpkg-old", ".dpkg-dist"],
            Databases =
            [
                new("var/lib/dpkg", "usr/lib/sysimage/dpkg"),
                new("var/lib/ucf", "usr/lib/sysimage/ucf"),
                new("var/lib/pam", "usr/lib/sysimage/pam"),
            ],
        };
}
