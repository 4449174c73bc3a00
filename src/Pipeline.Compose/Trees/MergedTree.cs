using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>A package on its way into a tree.</summary>
/// <param name="Layer">Its entries and control files.</param>
/// <param name="Control">Its control file, read.</param>
internal sealed record TreePackage(PackageLayer Layer, DebControl Control)
{
    /// <summary>A control file as text, or <c>null</c>.</summary>
    public string? Text(string name) =>
        Layer.Layer.Control.TryGetValue(name, out var bytes) ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Configuration files by dpkg's rules, as absolute paths.</summary>
    public IEnumerable<string> ConfigurationFiles =>
        (Text("conffiles") ?? "").Split('\n', StringSplitOptions.TrimEntries).Where(l => l.StartsWith('/'));
}

/// <summary>An entry at its final place.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="Entry">What lies there.</param>
/// <param name="Owner">Whose it is; <c>null</c> for links of the merged-/usr layout and implied directories.</param>
internal sealed record TreeNode(string Path, LayerEntry Entry, TreePackage? Owner);

/// <summary>All layers laid over one another, without touching a file. What dpkg would do entry by entry is decided here at once.</summary>
internal sealed class MergedTree
{
    private readonly Dictionary<string, TreeNode> _nodes = new(StringComparer.Ordinal);
    private readonly List<TreeNode> _deferred = [];
    private readonly DiagnosticBag _problems = new();

    private MergedTree(IReadOnlyList<TreePackage> packages) => Packages = packages;

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
    /// <param name="documentation">Whether manuals, translations and the like are laid; copyright files always are.</param>
    /// <exception cref="PipelineException">PL2101 conflicts (class 2), all of them; PL2104, PL2113 (class 5).</exception>
    public static MergedTree Of(IReadOnlyList<PackageLayer> layers, bool documentation)
    {
        // base-files owns the standard directories and links, base-passwd the first accounts: both go first, as in debootstrap.
        var packages = layers
            .Select(l => new TreePackage(l, DebControl.Parse(l.Package.Name, l.Layer.Control["control"])))
            .OrderBy(p =>
                p.Control.Package switch
                {
                    "base-files" => 0,
                    "base-passwd" => 1,
                    _ => 2,
                }
            )
            .ToArray();
        var tree = new MergedTree(packages);
        foreach (var alias in PackagePath.UsrAliases.Where(a => a is "bin" or "sbin" or "lib" or "lib64").Order(StringComparer.Ordinal))
        {
            tree._nodes[alias] = new(
                alias,
                new()
                {
                    Path = alias,
                    Kind = TarKind.Symlink,
                    Target = $"usr/{alias}",
                },
                null
            );
        }

        foreach (var package in packages)
        {
            foreach (var entry in package.Layer.Layer.Entries.Where(e => documentation || !IsDocumentation(e)))
            {
                tree.Add(new(tree.Resolve(entry.Path), entry, package));
            }
        }

        tree._problems.ThrowIfErrors();
        return tree;
    }

    /// <summary>Whether <c>documentation: false</c> drops it.</summary>
    internal static bool IsDocumentation(LayerEntry entry)
    {
        var path = entry.Path;
        return path.StartsWith("usr/share/doc/", StringComparison.Ordinal)
            ? !path.EndsWith("/copyright", StringComparison.Ordinal) && !(entry.Kind == TarKind.Symlink && path.Count(c => c == '/') == 3)
            : ((string[])["man/", "info/", "lintian/", "locale/"]).Any(d => path.StartsWith("usr/share/" + d, StringComparison.Ordinal));
    }

    private void Add(TreeNode node)
    {
        Imply(PackagePath.Parent(node.Path));
        if (!_nodes.TryGetValue(node.Path, out var there))
        {
            _nodes[node.Path] = node;
            return;
        }

        var (isDirectory, wasDirectory) = (node.Entry.Kind == TarKind.Directory, there.Entry.Kind == TarKind.Directory);
        switch (isDirectory, wasDirectory)
        {
            case (true, true) when there.Owner is null:
                _nodes[node.Path] = node; // Implied by a child before its own entry came.
                break;
            case (true, true):
            case (false, true) when node.Entry.Kind == TarKind.Symlink:
            case (true, false) when there.Entry.Kind == TarKind.Symlink:
                break; // dpkg neither changes a directory nor exchanges directories and links.
            case (false, false):
                Collide(node, there);
                break;
            default:
                _problems.Add(
                    TreeDiagnostics.Conflict(node.Path, there.Owner?.Control.Package ?? "usr-merge", node.Owner!.Control.Package)
                );
                break;
        }
    }

    private void Collide(TreeNode node, TreeNode there)
    {
        if (node.Entry.Object == there.Entry.Object && node.Entry.Kind == there.Entry.Kind && node.Entry.Target == there.Entry.Target)
        {
            return;
        }

        if (there.Owner is null)
        {
            return; // bin -> usr/bin, written with another spelling of the same target.
        }

        // Versions in Replaces are not compared: in a set the resolver accepted, a collision is the case the field was written for.
        if (node.Owner!.Control.Names("Replaces").Contains(there.Owner.Control.Package))
        {
            _nodes[node.Path] = node;
        }
        else if (there.Owner.Control.Names("Replaces").Contains(node.Owner.Control.Package))
        {
            return;
        }
        else if (Diverts(node.Owner))
        {
            _deferred.Add(node);
        }
        else if (Diverts(there.Owner))
        {
            _deferred.Add(there);
            _nodes[node.Path] = node;
        }
        else
        {
            _problems.Add(TreeDiagnostics.Conflict(node.Path, there.Owner.Control.Package, node.Owner.Control.Package));
        }
    }

    private static bool Diverts(TreePackage package) => package.Text("preinst")?.Contains("dpkg-divert", StringComparison.Ordinal) == true;

    private void Imply(string directory)
    {
        for (; directory.Length > 0 && !_nodes.ContainsKey(directory); directory = PackagePath.Parent(directory))
        {
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
