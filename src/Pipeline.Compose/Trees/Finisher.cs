using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>Turns a configured tree into what a commit holds: no state, no traces of the build, OSTree's layout.</summary>
internal static class Finisher
{
    /// <summary>Top-level directories that are empty in a commit.</summary>
    private static readonly string[] Empty = ["boot", "dev", "proc", "run", "sys", "sysroot", "tmp", "var"];

    /// <summary>Top-level links, and the one inside <c>/usr</c>.</summary>
    internal static readonly (string Path, string Target)[] Links =
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
        "var/lib/systemd",
        "var/lib/dbus/machine-id",
    ];

    private static readonly string[] ScrubInside = ["var/cache", "var/log", "run", "tmp", "var/tmp", "dev", "proc", "sys"];

    /// <summary>Finishes the tree in place.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="rules">What the package family leaves in it.</param>
    /// <param name="layout">What must be at the paths it works on.</param>
    /// <param name="reporter">Receives what is dropped from <c>/var</c>.</param>
    /// <exception cref="PipelineException">PL2108–PL2110, PL2118, all at once; PL2117 before anything is changed.</exception>
    public static void Run(TreeHandle root, FinishRules rules, TreeLayout layout, IReporter reporter)
    {
        layout.Require(root, "a script or an overlay");
        Clean(root, rules);
        foreach (var (from, to) in rules.Databases)
        {
            if (root.Is(UnixKind.Directory, from))
            {
                root.MakeDirectories(TreePath.FromString(to).Parent);
                TreeCopy.Move(root, from, to);
            }
        }

        EmptyVar(root, reporter);
        if (root.Is(UnixKind.Directory, "etc"))
        {
            TreeCopy.Move(root, "etc", "usr/etc");
        }

        var problems = new DiagnosticBag();
        TopLevel(root, problems);
        foreach (var entry in root.Walk(TreePath.Root, TreeOrder.ChildrenFirst))
        {
            if (entry.Kind == UnixKind.Special)
            {
                problems.Add(TreeDiagnostics.Special(entry.Path));
            }
            else if (!entry.Name.IsText)
            {
                problems.Add(TreeDiagnostics.NotText(entry.Path));
            }
        }

        problems.ThrowIfErrors();
    }

    /// <summary>
    /// Removes what is random in every configured tree. Done before dracut looks at the tree: else each of them needed an initramfs of its
    /// own.
    /// </summary>
    public static void RemoveIdentity(TreeHandle root)
    {
        root.Delete("etc/machine-id");
        Matching(root, "etc/ssh", n => n.StartsWith("ssh_host_", StringComparison.Ordinal));
    }

    private static void Clean(TreeHandle root, FinishRules rules)
    {
        foreach (var path in Scrub.Concat(rules.Scrub))
        {
            root.Delete(path);
        }

        foreach (var directory in ScrubInside)
        {
            root.Clear(directory);
        }

        RemoveIdentity(root);
        foreach (var (directory, pattern) in rules.Patterns)
        {
            Matching(root, directory, n => Regex.IsMatch(n, pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)));
        }

        if (root.Is(UnixKind.File, "etc/resolv.conf"))
        {
            root.Delete("etc/resolv.conf");
        }

        foreach (
            var entry in root.Walk("etc", TreeOrder.ChildrenFirst)
                .Where(e => rules.Leftovers.Any(l => e.Name.Text.EndsWith(l, StringComparison.Ordinal)))
        )
        {
            entry.Directory.Delete(entry.Name);
        }
    }

    private static void Matching(TreeHandle root, TreePath directory, Func<string, bool> matches)
    {
        foreach (var entry in root.Entries(directory).Where(e => matches(e.Name.Text)))
        {
            root.Delete(directory / entry.Name);
        }
    }

    private static void EmptyVar(TreeHandle root, IReporter reporter)
    {
        var dropped = root.Walk("var", TreeOrder.ChildrenFirst).Where(e => e.Kind == UnixKind.File).Select(e => e.Path.Text).ToArray();
        if (dropped.Length > 0)
        {
            reporter.Report(TreeDiagnostics.VarDropped(dropped));
        }
    }

    private static void TopLevel(TreeHandle root, DiagnosticBag problems)
    {
        // /var goes first: it may hold what the links below point to.
        foreach (var name in Empty)
        {
            root.Delete(name);
            root.MakeDirectory(name, name == "tmp" ? FileModes.SharedDirectory : FileModes.Executable);
        }

        foreach (var (path, target) in Links)
        {
            var file = root.Walk(path, TreeOrder.ChildrenFirst).Where(e => e.Kind == UnixKind.File).Select(e => e.Path).FirstOrDefault();
            if (!file.IsRoot && !IsSkeleton(path, file))
            {
                problems.Add(TreeDiagnostics.NotEmpty(file.Text));
            }

            root.Delete(path);
            root.Symlink(path, Encoding.UTF8.GetBytes(target));
        }

        string[] kept = ["usr", "bin", "lib", "lib64", "sbin", .. Empty, .. Links.Select(l => l.Path)];
        foreach (var entry in root.Entries(TreePath.Root).Where(e => !kept.Contains(e.Name.Text)))
        {
            problems.Add(TreeDiagnostics.TopLevel(entry.Name.Text));
        }

        root.SetMode(TreePath.Root, FileModes.Executable);
    }

    /// <summary>Root's shell start-up files come from a package and from <c>/usr/share</c> again when the home is made.</summary>
    private static bool IsSkeleton(string path, TreePath file) => path == "root" && file.Name.Text.StartsWith('.');
}
