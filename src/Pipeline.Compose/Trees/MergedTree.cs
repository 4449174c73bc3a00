using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// All layers laid over one another, without touching a file. The family's rules decide at once what its package manager would decide entry
/// by entry.
/// </summary>
internal sealed class MergedTree
{
    private readonly Dictionary<string, TreeNode> _nodes = new(StringComparer.Ordinal);
    private readonly List<TreeNode> _deferred = [];
    private readonly DiagnosticBag _problems = new();

    private readonly IMergeRules _rules;

    private MergedTree(IReadOnlyList<TreePackage> packages, IMergeRules rules) => (Packages, _rules) = (packages, rules);

    /// <summary>The packages in unpacking order.</summary>
    public IReadOnlyList<TreePackage> Packages { get; }

    /// <summary>Everything, parents before children.</summary>
    public IEnumerable<TreeNode> Nodes => _nodes.Values.OrderBy(n => n.Path, StringComparer.Ordinal);

    /// <summary>Bytes of all files.</summary>
    public long Size => _nodes.Values.Concat(_deferred).Sum(n => n.Entry.Size);

    /// <summary>Files of packages that divert the file of another at the same place; they are laid once the diversion is made.</summary>
    public IReadOnlyList<TreeNode> Deferred => _deferred;

    /// <summary>Merges layers in order.</summary>
    /// <param name="layers">Dependencies first.</param>
    /// <param name="rules">The family's.</param>
    /// <param name="documentation">Whether manuals, translations and the like are laid.</param>
    /// <param name="languages">The languages whose files are laid; <c>null</c> or none for all.</param>
    /// <exception cref="PipelineException">PL2101 conflicts (class 2), PL2117 (class 5), all of them; PL2104, PL2113 (class 5).</exception>
    public static MergedTree Of(
        IReadOnlyList<PackageLayer> layers,
        IMergeRules rules,
        bool documentation,
        ValueList<string>? languages = null
    )
    {
        var tree = new MergedTree(rules.Open(layers), rules);
        foreach (var entry in rules.Skeleton)
        {
            tree._nodes[entry.Path] = new(entry.Path, entry, null);
        }

        foreach (var package in tree.Packages)
        {
            foreach (var entry in package.Layer.Layer.Entries.Where(e => IsWanted(e, rules, documentation, languages ?? [])))
            {
                tree.Add(new(tree.Resolve(entry.Path), entry, package));
            }
        }

        tree.RequireFreePlaces();
        tree._problems.ThrowIfErrors();
        return tree;
    }

    /// <summary>Where a node is laid, relative to the root.</summary>
    public string PathOnDisk(TreeNode node) => _rules.PathOnDisk(node);

    /// <summary>Whether a file is laid; languages are names that a locale begins with.</summary>
    private static bool IsWanted(LayerEntry entry, IMergeRules rules, bool documentation, ValueList<string> languages) =>
        (documentation || !rules.IsDocumentation(entry))
        && (
            languages.Count == 0
            || entry.Language is not { } language
            || language.Split('|').Any(l => l.Length > 0 && languages.Any(w => w.StartsWith(l, StringComparison.Ordinal)))
        );

    private void Add(TreeNode node)
    {
        var kind = node.Entry.Kind switch
        {
            TarKind.Directory => UnixKind.Directory,
            TarKind.Symlink => UnixKind.Symlink,
            _ => UnixKind.File,
        };
        if (_rules.Layout.Find(node.Path) is { } rule && !rule.Allows(kind, node.Entry.Target))
        {
            _problems.Add(TreeDiagnostics.Layout(new(rule, kind, node.Entry.Target), $"package '{node.Owner!.Name}'"));
            return;
        }

        if (Imply(PackagePath.Parent(node.Path)) is { } file)
        {
            _problems.Add(TreeDiagnostics.Conflict(file.Path, file.Owner!.Name, node.Owner!.Name, _rules.ConflictReason));
            return;
        }

        if (!_nodes.TryGetValue(node.Path, out var there))
        {
            _nodes[node.Path] = node;
            return;
        }

        if (there.Owner is null)
        {
            AddOverOwnerless(node, there);
            return;
        }

        if (IsSameFile(node.Entry, there.Entry))
        {
            return;
        }

        switch (_rules.Decide(there, node))
        {
            case MergeDecision.TakeNext:
                _nodes[node.Path] = node;
                break;
            case MergeDecision.DeferNext:
                _deferred.Add(node);
                break;
            case MergeDecision.DeferFirst:
                _deferred.Add(there);
                _nodes[node.Path] = node;
                break;
            case MergeDecision.Conflict:
                _problems.Add(TreeDiagnostics.Conflict(node.Path, there.Owner.Name, node.Owner!.Name, _rules.ConflictReason));
                break;
        }
    }

    /// <summary>
    /// A directory implied by a child before its own entry came, or a link of the skeleton, which stays however it is spelled.
    /// </summary>
    private void AddOverOwnerless(TreeNode node, TreeNode there)
    {
        var (isDirectory, wasDirectory) = (node.Entry.Kind == TarKind.Directory, there.Entry.Kind == TarKind.Directory);
        if (isDirectory && wasDirectory)
        {
            _nodes[node.Path] = node;
        }
        else if (wasDirectory && node.Entry.Kind != TarKind.Symlink)
        {
            _problems.Add(TreeDiagnostics.Conflict(node.Path, "usr-merge", node.Owner!.Name));
        }
        else if (wasDirectory && !_rules.KeepsDirectories)
        {
            var below = _nodes.Values.First(n => n.Owner is not null && n.Path.StartsWith(node.Path + "/", StringComparison.Ordinal));
            _problems.Add(TreeDiagnostics.Conflict(node.Path, below.Owner!.Name, node.Owner!.Name, _rules.ConflictReason));
        }
    }

    private static bool IsSameFile(LayerEntry left, LayerEntry right) =>
        left.Kind != TarKind.Directory
        && (left.Kind, left.Object, left.Target, left.UserName, left.GroupName)
            == (right.Kind, right.Object, right.Target, right.UserName, right.GroupName);

    /// <summary>A node that is laid at another path first must not meet one that has that path.</summary>
    private void RequireFreePlaces()
    {
        foreach (var node in _nodes.Values)
        {
            if (_rules.PathOnDisk(node) is var place && place != node.Path && _nodes.TryGetValue(place, out var there))
            {
                _problems.Add(TreeDiagnostics.Conflict(place, there.Owner?.Name ?? "usr-merge", node.Owner!.Name));
            }
        }
    }

    /// <summary>Makes a directory and its parents; returns the file that is in the way.</summary>
    private TreeNode? Imply(string directory)
    {
        for (; directory.Length > 0; directory = PackagePath.Parent(directory))
        {
            if (_nodes.TryGetValue(directory, out var there))
            {
                return there.Entry.Kind is TarKind.Directory or TarKind.Symlink ? null : there;
            }

            _nodes[directory] = new(
                directory,
                new()
                {
                    Path = directory,
                    Kind = TarKind.Directory,
                    Mode = FileModes.Executable,
                },
                null
            );
        }

        return null;
    }

    /// <summary>
    /// The place with links of other packages in its parents followed as after chroot. The last component is not followed. Nothing is on
    /// disk yet; once it is, <see cref="Host.Files.Trees.TreeHandle"/> follows links.
    /// </summary>
    private string Resolve(string path)
    {
        const int mostLinks = 40;
        var pending = new Stack<string>(path.Split('/').Reverse());
        var real = new List<string>();
        for (var links = 0; pending.TryPop(out var part); )
        {
            if (part is "." or "")
            {
                continue;
            }

            if (part == "..")
            {
                real.RemoveRange(Math.Max(0, real.Count - 1), Math.Min(1, real.Count));
                continue;
            }

            real.Add(part);
            if (pending.Count == 0 || LinkAt(string.Join('/', real)) is not { } target)
            {
                continue;
            }

            if (++links > mostLinks)
            {
                throw new PipelineException(TreeDiagnostics.LinkLoop(path));
            }

            real.RemoveAt(real.Count - 1);
            if (target.StartsWith('/'))
            {
                real.Clear();
            }

            foreach (var piece in target.Split('/').Reverse())
            {
                pending.Push(piece);
            }
        }

        return string.Join('/', real);
    }

    private string? LinkAt(string path) =>
        _nodes.TryGetValue(path, out var node) && node.Entry.Kind == TarKind.Symlink ? node.Entry.Target : null;
}
