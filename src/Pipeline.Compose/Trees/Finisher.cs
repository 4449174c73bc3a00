using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Trees;

/// <summary>Turns a configured tree into what a commit holds: no state, no traces of the build, OSTree's layout.</summary>
internal static class Finisher
{
    /// <summary>Top-level directories that are empty in a commit.</summary>
    private static readonly string[] Empty = ["boot", "dev", "proc", "run", "sys", "sysroot", "tmp", "var"];

    /// <summary>Top-level links, and the one inside <c>/usr</c>.</summary>
    private static readonly (string Path, string Target)[] Links =
    [
        ("home", "var/home"),
        ("root", "var/roothome"),
        ("opt", "var/opt"),
        ("srv", "var/srv"),
        ("mnt", "var/mnt"),
        ("media", "run/media"),
        ("ostree", "sysroot/ostree"),
        ("usr/local", "../var/usrlocal"),
    ];

    private static readonly string[] Scrub =
    [
        "etc/machine-id",
        "etc/hostname",
        "etc/.resolv.conf.systemd-resolved.bak",
        "etc/passwd-",
        "etc/shadow-",
        "etc/group-",
        "etc/gshadow-",
        "etc/subuid-",
        "etc/subgid-",
        "etc/.pwd.lock",
        "etc/fstab",
        "etc/apt",
        "var/lib/apt",
        "var/lib/systemd",
        "var/lib/dbus/machine-id",
        "var/lib/dpkg/available",
        "var/lib/dpkg/lock",
        "var/lib/dpkg/lock-frontend",
        "var/lib/dpkg/triggers/Lock",
        "usr/sbin/policy-rc.d",
    ];

    private static readonly string[] ScrubInside = ["var/cache", "var/log", "run", "tmp", "var/tmp", "dev", "proc", "sys"];

    /// <summary>Databases that describe <c>/usr</c> and therefore live there.</summary>
    private static readonly (string From, string To)[] Databases =
    [
        ("var/lib/dpkg", "usr/lib/sysimage/dpkg"),
        ("var/lib/ucf", "usr/lib/sysimage/ucf"),
        ("var/lib/pam", "usr/lib/sysimage/pam"),
    ];

    /// <summary>Finishes the tree in place.</summary>
    /// <exception cref="PipelineException">PL2108–PL2110, all at once.</exception>
    public static void Run(string root, IReporter reporter)
    {
        Clean(root);
        foreach (var (from, to) in Databases)
        {
            if (UnixFile.Status(TreePath.Inside(root, from)) is { Kind: UnixKind.Directory })
            {
                TreeCopy.Move(TreePath.Inside(root, from), TreePath.ForWriting(root, to));
            }
        }

        EmptyVar(root, reporter);
        if (UnixFile.Status($"{root}/etc") is { Kind: UnixKind.Directory })
        {
            TreeCopy.Move($"{root}/etc", $"{root}/usr/etc");
        }

        var problems = new DiagnosticBag();
        TopLevel(root, problems);
        foreach (var path in TreeCopy.Walk(root).Where(p => UnixFile.Status(p) is { Kind: UnixKind.Special }))
        {
            problems.Add(TreeDiagnostics.Special(path[(root.Length + 1)..]));
        }

        problems.ThrowIfErrors();
    }

    private static void Clean(string root)
    {
        foreach (var path in Scrub)
        {
            UnixFile.DeleteTree(TreePath.Inside(root, path));
        }

        foreach (var directory in ScrubInside)
        {
            foreach (var name in TreeCopy.Names($"{root}/{directory}"))
            {
                UnixFile.DeleteTree($"{root}/{directory}/{name}");
            }
        }

        Matching(root, "etc/ssh", n => n.StartsWith("ssh_host_", StringComparison.Ordinal));
        Matching(root, "var/lib/dpkg", n => n.EndsWith("-old", StringComparison.Ordinal));
        Matching(root, "var/lib/ucf", n => n.Length > 2 && n[^2] == '.' && char.IsAsciiDigit(n[^1]));
        if (UnixFile.Status($"{root}/etc/resolv.conf") is { Kind: UnixKind.File })
        {
            UnixFile.DeleteTree($"{root}/etc/resolv.conf");
        }

        foreach (
            var path in TreeCopy
                .Walk($"{root}/etc")
                .Where(p =>
                    p.EndsWith(".dpkg-new", StringComparison.Ordinal)
                    || p.EndsWith(".dpkg-old", StringComparison.Ordinal)
                    || p.EndsWith(".dpkg-dist", StringComparison.Ordinal)
                )
                .ToArray()
        )
        {
            UnixFile.DeleteTree(path);
        }
    }

    private static void Matching(string root, string directory, Func<string, bool> matches)
    {
        foreach (var name in TreeCopy.Names($"{root}/{directory}").Where(matches))
        {
            UnixFile.DeleteTree($"{root}/{directory}/{name}");
        }
    }

    private static void EmptyVar(string root, IReporter reporter)
    {
        var dropped = TreeCopy
            .Walk($"{root}/var")
            .Where(p => UnixFile.Status(p) is { Kind: UnixKind.File })
            .Select(p => p[(root.Length + 1)..])
            .ToArray();
        if (dropped.Length > 0)
        {
            reporter.Report(TreeDiagnostics.VarDropped(dropped));
        }
    }

    private static void TopLevel(string root, DiagnosticBag problems)
    {
        // /var goes first: it may hold what the links below point to.
        foreach (var name in Empty)
        {
            UnixFile.DeleteTree($"{root}/{name}");
            UnixFile.MakeDirectory($"{root}/{name}", name == "tmp" ? 0x3ff : 0x1ed);
        }

        foreach (var (path, target) in Links)
        {
            var real = $"{root}/{path}";
            if (
                TreeCopy.Walk(real).FirstOrDefault(p => UnixFile.Status(p) is { Kind: UnixKind.File }) is { } file
                && !IsSkeleton(path, file)
            )
            {
                problems.Add(TreeDiagnostics.NotEmpty(file[(root.Length + 1)..]));
            }

            UnixFile.DeleteTree(real);
            UnixFile.Symlink(target, real);
        }

        string[] kept = ["usr", "bin", "lib", "lib64", "sbin", .. Empty, .. Links.Select(l => l.Path)];
        foreach (var name in TreeCopy.Names(root).Where(n => !kept.Contains(n)))
        {
            problems.Add(TreeDiagnostics.TopLevel(name));
        }

        UnixFile.SetMode(root, 0x1ed);
    }

    /// <summary>Root's shell start-up files come from a package and from <c>/usr/share</c> again when the home is made.</summary>
    private static bool IsSkeleton(string path, string file) => path == "root" && Path.GetFileName(file).StartsWith('.');
}
