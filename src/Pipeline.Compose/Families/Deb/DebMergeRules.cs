using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Deb;

/// <summary>What dpkg decides while it unpacks packages one after another.</summary>
internal sealed class DebMergeRules : IMergeRules
{
    private static readonly string[] DocumentationDirectories =
    [
        "usr/share/man/",
        "usr/share/info/",
        "usr/share/lintian/",
        "usr/share/locale/",
    ];

    /// <inheritdoc/>
    public IEnumerable<LayerEntry> Skeleton =>
        from alias in PackagePath.UsrAliases
        where alias is "bin" or "sbin" or "lib" or "lib64"
        orderby alias
        select new LayerEntry
        {
            Path = alias,
            Kind = TarKind.Symlink,
            Target = $"usr/{alias}",
        };

    /// <inheritdoc/>
    public TreeLayout Layout => DebLayout.Layout;

    /// <inheritdoc/>
    /// <remarks>
    /// base-files owns the standard directories and links, base-passwd the first accounts: both go first, as in debootstrap.
    /// </remarks>
    public IReadOnlyList<TreePackage> Open(IReadOnlyList<PackageLayer> layers)
    {
        var problems = new DiagnosticBag();
        var packages = layers.Select(l => new DebPackage(l)).ToArray();
        foreach (var package in packages)
        {
            DebIdentity.Check(package, problems);
        }

        problems.ThrowIfErrors();
        return
        [
            .. packages.OrderBy(p =>
                p.Name switch
                {
                    "base-files" => 0,
                    "base-passwd" => 1,
                    _ => 2,
                }
            ),
        ];
    }

    /// <inheritdoc/>
    /// <remarks>Copyright files are always laid, and links of one documentation directory to another.</remarks>
    public bool IsDocumentation(LayerEntry entry)
    {
        var path = entry.Path;
        return path.StartsWith("usr/share/doc/", StringComparison.Ordinal)
            ? !path.EndsWith("/copyright", StringComparison.Ordinal) && !(entry.Kind == TarKind.Symlink && path.Count(c => c == '/') == 3)
            : DocumentationDirectories.Any(d => path.StartsWith(d, StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// dpkg neither changes a directory nor exchanges directories and links. Versions in Replaces are not compared: in a set the resolver
    /// accepted, a collision is the case the field was written for.
    /// </remarks>
    public MergeDecision Decide(TreeNode there, TreeNode next)
    {
        var (first, second) = ((DebPackage)there.Owner!, (DebPackage)next.Owner!);
        var (wasDirectory, isDirectory) = (there.Entry.Kind == TarKind.Directory, next.Entry.Kind == TarKind.Directory);
        return (wasDirectory, isDirectory) switch
        {
            (true, true) => MergeDecision.KeepFirst,
            (true, false) when next.Entry.Kind == TarKind.Symlink => MergeDecision.KeepFirst,
            (false, true) when there.Entry.Kind == TarKind.Symlink => MergeDecision.KeepFirst,
            (true, false) or (false, true) => MergeDecision.Conflict,
            _ when second.Replaces(first) => MergeDecision.TakeNext,
            _ when first.Replaces(second) => MergeDecision.KeepFirst,
            _ when second.Diverts => MergeDecision.DeferNext,
            _ when first.Diverts => MergeDecision.DeferFirst,
            _ => MergeDecision.Conflict,
        };
    }

    /// <inheritdoc/>
    /// <remarks>dpkg moves a new configuration file into place itself when it configures the package.</remarks>
    public string PathOnDisk(TreeNode node) =>
        node.Owner is DebPackage owner && owner.IsConfiguration(node.Entry) ? $"{node.Path}.dpkg-new" : node.Path;
}
