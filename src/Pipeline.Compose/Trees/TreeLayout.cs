using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// What must be at the paths that the composer itself works on: where it writes, moves and removes, and over which it mounts for scripts.
/// A path may always be missing. Everything else there is refused, from a package as from a script.
/// </summary>
internal sealed class TreeLayout
{
    private readonly Dictionary<string, LayoutRule> _rules = new(StringComparer.Ordinal);

    /// <summary>A layout of these rules; the parents of each path are directories, unless a rule says otherwise.</summary>
    /// <param name="rules">At most one for each path.</param>
    public TreeLayout(params IEnumerable<LayoutRule> rules)
    {
        foreach (var rule in rules)
        {
            _rules.Add(rule.Path, rule);
        }

        foreach (var path in _rules.Keys.ToArray())
        {
            for (var parent = PackagePath.Parent(path); parent.Length > 0; parent = PackagePath.Parent(parent))
            {
                _rules.TryAdd(parent, LayoutRule.Directory(parent));
            }
        }

        Rules = [.. _rules.Values.OrderBy(r => r.Path, StringComparer.Ordinal)];
    }

    /// <summary>Rules of every family: what finishing makes of the top level, and where the composer writes below <c>/usr</c>.</summary>
    public static IEnumerable<LayoutRule> Common { get; } =
    [
        .. (
            (string[])
                [
                    "boot",
                    "dev",
                    "etc",
                    "etc/ssh",
                    "proc",
                    "run",
                    "sys",
                    "sysroot",
                    "tmp",
                    "usr/bin",
                    "usr/etc",
                    "usr/lib/modules",
                    "usr/lib/sysimage",
                    "usr/lib/systemd/system",
                    "usr/lib/systemd/system-preset",
                    "usr/libexec",
                    "usr/share",
                    "var/cache",
                    "var/lib/dbus",
                    "var/lib/systemd",
                    "var/log",
                    "var/tmp",
                ]
        ).Select(LayoutRule.Directory),
        .. Finisher.Links.Select(l => LayoutRule.DirectoryOrLink(l.Path, l.Target, AbsoluteOf(l.Path, l.Target))),
    ];

    /// <summary>All rules, parents before children.</summary>
    public IReadOnlyList<LayoutRule> Rules { get; }

    /// <summary>The rule for a path, or <c>null</c>.</summary>
    public LayoutRule? Find(string path) => _rules.GetValueOrDefault(path);

    /// <summary>What a tree has at these paths that must not be there; below a wrong directory nothing is looked at.</summary>
    public IEnumerable<LayoutProblem> Problems(TreeHandle root)
    {
        var wrong = new List<string>();
        foreach (var rule in Rules.Where(r => !wrong.Any(w => r.Path.StartsWith(w, StringComparison.Ordinal))))
        {
            // All parents are directories, or links that are allowed.
            if (root.Status(rule.Path) is not { } status)
            {
                continue;
            }

            var target = status.Kind == UnixKind.Symlink ? Encoding.UTF8.GetString(root.ReadLink(rule.Path)) : null;
            if (!rule.Allows(status.Kind, target))
            {
                wrong.Add(rule.Path + "/");
                yield return new(rule, status.Kind, target);
            }
        }
    }

    /// <summary>Refuses a tree with such problems.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="who">Who is to blame, for example <c>postprocess script 1</c>.</param>
    /// <exception cref="PipelineException">PL2117 (class 5), for all of them.</exception>
    public void Require(TreeHandle root, string who)
    {
        var problems = new DiagnosticBag();
        foreach (var problem in Problems(root))
        {
            problems.Add(TreeDiagnostics.Layout(problem, who));
        }

        problems.ThrowIfErrors();
    }

    /// <summary>Whether <see cref="Problems"/> has any, while programs still work on the tree.</summary>
    public bool IsBroken(TreeHandle root)
    {
        try
        {
            return Problems(root).Any();
        }
        catch (PipelineException)
        {
            return true; // a path that changes while it is looked at, or a loop of links
        }
    }

    /// <summary>The target as it would be written from the root: <c>../var/usrlocal</c> in <c>usr</c> is <c>/var/usrlocal</c>.</summary>
    private static string AbsoluteOf(string path, string target) => Path.GetFullPath(target, "/" + PackagePath.Parent(path));
}

/// <summary>What must be at a path.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="Kind">The kind that may be there; <c>null</c> when only a link may.</param>
/// <param name="Targets">The exact targets of links that may be there, the usual one first.</param>
internal sealed record LayoutRule(string Path, UnixKind? Kind, ValueList<string> Targets)
{
    /// <summary>A directory.</summary>
    public static LayoutRule Directory(string path) => new(path, UnixKind.Directory, []);

    /// <summary>A regular file.</summary>
    public static LayoutRule File(string path) => new(path, UnixKind.File, []);

    /// <summary>One of these links.</summary>
    public static LayoutRule Link(string path, params IEnumerable<string> targets) => new(path, null, [.. targets]);

    /// <summary>A directory or one of these links.</summary>
    public static LayoutRule DirectoryOrLink(string path, params IEnumerable<string> targets) =>
        new(path, UnixKind.Directory, [.. targets]);

    /// <summary>Whether this may be there.</summary>
    public bool Allows(UnixKind kind, string? target) => kind == UnixKind.Symlink ? Targets.Contains(target!) : kind == Kind;

    /// <summary>What may be there, in words.</summary>
    public string Wanted() =>
        (Kind, Targets.Count) switch
        {
            (UnixKind.Directory, 0) => "a directory",
            (UnixKind.Directory, _) => $"a directory or the link to '{Targets[0]}'",
            (null, _) => $"the link to '{Targets[0]}'",
            _ => "a regular file",
        };
}

/// <summary>Something at a path that must not be there.</summary>
/// <param name="Rule">What must be there.</param>
/// <param name="Found">What is.</param>
/// <param name="Target">The target of a link.</param>
internal sealed record LayoutProblem(LayoutRule Rule, UnixKind Found, string? Target);
