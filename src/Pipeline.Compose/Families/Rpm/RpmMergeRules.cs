using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>What rpm decides about files that several packages of one transaction have.</summary>
internal sealed class RpmMergeRules : IMergeRules
{
    /// <summary>The colour of 64-bit programs, which are preferred.</summary>
    private const long Preferred = 2;

    /// <inheritdoc/>
    public IEnumerable<LayerEntry> Skeleton =>
        from alias in (string[])["bin", "lib", "lib64", "sbin"]
        select new LayerEntry
        {
            Path = alias,
            Kind = TarKind.Symlink,
            Target = $"usr/{alias}",
        };

    /// <inheritdoc/>
    public TreeLayout Layout => RpmLayout.Layout;

    /// <inheritdoc/>
    public string ConflictReason => "they differ, and packages may only share what is equal in content, mode and owner";

    /// <inheritdoc/>
    public bool KeepsDirectories => false;

    /// <inheritdoc/>
    /// <remarks><c>filesystem</c> owns the standard directories and links, <c>setup</c> the first accounts: both go first.</remarks>
    public IReadOnlyList<TreePackage> Open(IReadOnlyList<PackageLayer> layers)
    {
        var problems = new DiagnosticBag();
        var packages = new List<RpmPackage>();
        foreach (var layer in layers)
        {
            try
            {
                packages.Add(new(layer));
                RpmIdentity.Check(packages[^1], problems);
            }
            catch (BadPackageException e)
            {
                problems.Add(LayerDiagnostics.Refused(layer.Package.Name, e));
            }
        }

        problems.ThrowIfErrors();
        return
        [
            .. packages.OrderBy(p =>
                p.Name switch
                {
                    "filesystem" => 0,
                    "setup" => 1,
                    _ => 2,
                }
            ),
        ];
    }

    /// <inheritdoc/>
    /// <remarks>Only what the package marks so; license texts have a mark of their own and stay.</remarks>
    public bool IsDocumentation(LayerEntry entry) => ((RpmFileFlags)entry.Flags).HasFlag(RpmFileFlags.Documentation);

    /// <inheritdoc/>
    /// <remarks>
    /// As rpmfilesCompare and handleColorConflict of rpm 4.18 (lib/rpmfi.c, lib/transaction.c): equal files are shared, directories must
    /// have one mode and owner too, and of a 32-bit and a 64-bit program the latter is laid. Beyond rpm, file capabilities must be equal.
    /// </remarks>
    public MergeDecision Decide(TreeNode there, TreeNode next)
    {
        var (first, second) = (Listed(there), Listed(next));
        return IsShared(first.Entry, second.Entry) ? MergeDecision.KeepFirst
            : first.Colour == 0 || second.Colour == 0 || first.Colour == second.Colour ? MergeDecision.Conflict
            : (second.Colour & Preferred) != 0 ? MergeDecision.TakeNext
            : (first.Colour & Preferred) != 0 ? MergeDecision.KeepFirst
            : MergeDecision.Conflict;
    }

    /// <inheritdoc/>
    public string PathOnDisk(TreeNode node) => node.Path;

    private static (RpmPackageEntry Entry, long Colour) Listed(TreeNode node) => ((RpmPackage)node.Owner!).Listed(node.Entry);

    private static bool IsShared(RpmPackageEntry first, RpmPackageEntry second) =>
        (first.Mode, first.User, first.Group, first.Target, first.Capabilities)
            == (second.Mode, second.User, second.Group, second.Target, second.Capabilities)
        && (first.Kind != TarKind.File || (first.Size, first.Digest) == (second.Size, second.Digest));
}
