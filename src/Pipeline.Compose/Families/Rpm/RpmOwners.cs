using System.Globalization;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// Gives files to the owners that packages name. Until now they are root's: there were no users before the early scripts ran.
/// </summary>
internal static class RpmOwners
{
    private const int Limit = 4 << 20;
    private const uint Unusable = 65535;

    /// <summary>Sets owner, capabilities and mode of every file that is not root's.</summary>
    /// <exception cref="PipelineException">PL2131 (class 5): owners that the tree does not have, all of them.</exception>
    public static void Apply(MergedTree tree, TreeHandle root)
    {
        var nodes = tree.Nodes.Where(n => n.Entry.UserName is not null || n.Entry.GroupName is not null).ToArray();
        if (nodes.Length == 0)
        {
            return;
        }

        var users = Read(root, "passwd");
        var groups = Read(root, "group");
        var problems = new DiagnosticBag();
        foreach (var node in nodes)
        {
            var user = Find(users, node.Entry.UserName, "user", node, problems);
            var group = Find(groups, node.Entry.GroupName, "group", node, problems);
            if (user is { } u && group is { } g)
            {
                Give(root, node, u, g);
            }
        }

        problems.ThrowIfErrors();
    }

    /// <summary>
    /// Names and ids of <c>/etc/FILE</c>, then of <c>/usr/lib/FILE</c>, where images keep those that an administrator does not edit.
    /// </summary>
    internal static IReadOnlyDictionary<string, uint> Read(TreeHandle root, string file)
    {
        var ids = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (var path in (string[])[$"etc/{file}", $"usr/lib/{file}"])
        {
            foreach (var fields in (root.ReadText(path, Limit) ?? "").Split('\n').Select(l => l.Split(':')).Where(f => f.Length > 2))
            {
                if (uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < Unusable)
                {
                    ids.TryAdd(fields[0], id);
                }
            }
        }

        return ids;
    }

    private static uint? Find(IReadOnlyDictionary<string, uint> ids, string? name, string kind, TreeNode node, DiagnosticBag problems)
    {
        if (name is null)
        {
            return 0;
        }

        if (ids.TryGetValue(name, out var id))
        {
            return id;
        }

        problems.Add(RpmInstallDiagnostics.NoOwner(node.Owner!.Name, node.Path, kind, name));
        return null;
    }

    /// <summary>A script may have moved the file away, or put something else in its place: that is its own then.</summary>
    private static void Give(TreeHandle root, TreeNode node, uint user, uint group)
    {
        var kind = node.Entry.Kind switch
        {
            TarKind.Directory => UnixKind.Directory,
            TarKind.Symlink => UnixKind.Symlink,
            _ => UnixKind.File,
        };
        if (!root.Is(kind, node.Path))
        {
            return;
        }

        using var directory = root.OpenParent(node.Path);
        var name = ((TreePath)node.Path).Name;
        var kept = kind == UnixKind.File ? directory.Attributes(name) : [];
        directory.SetOwner(name, user, group); // clears capabilities and set-user-id
        foreach (var (attribute, value) in kept)
        {
            directory.SetAttribute(name, attribute, value);
        }

        if (kind != UnixKind.Symlink)
        {
            directory.SetMode(name, node.Entry.Mode);
        }
    }
}
