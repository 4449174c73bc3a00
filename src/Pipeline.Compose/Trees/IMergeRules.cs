using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Trees;

/// <summary>What one package family decides when layers are laid over one another.</summary>
internal interface IMergeRules
{
    /// <summary>What is in the tree before any package: the links of the merged-/usr layout.</summary>
    IEnumerable<LayerEntry> Skeleton { get; }

    /// <summary>What must be at the paths that the composer works on, in packages as in the tree.</summary>
    TreeLayout Layout { get; }

    /// <summary>The packages in the order in which they are unpacked, their metadata read.</summary>
    /// <param name="layers">Dependencies first.</param>
    /// <exception cref="Model.Diagnostics.PipelineException">Metadata of a package makes no sense (class 5).</exception>
    IReadOnlyList<TreePackage> Open(IReadOnlyList<PackageLayer> layers);

    /// <summary>Whether <c>documentation: false</c> drops an entry.</summary>
    bool IsDocumentation(LayerEntry entry);

    /// <summary>Decides between two entries of one path. Both have owners, and they differ.</summary>
    /// <param name="there">The entry that came first.</param>
    /// <param name="next">The entry that comes now.</param>
    MergeDecision Decide(TreeNode there, TreeNode next);

    /// <summary>Why two packages cannot have one path, for the message about it.</summary>
    string ConflictReason => TreeDiagnostics.NobodyYields;

    /// <summary>
    /// Whether a directory that only has files of other packages stays where a package has a link; otherwise it is a conflict.
    /// </summary>
    bool KeepsDirectories => true;

    /// <summary>
    /// The path at which a node is laid, relative to the root: not its own where the package manager moves it into place when it configures
    /// the package.
    /// </summary>
    string PathOnDisk(TreeNode node);
}

/// <summary>Which of two entries of one path the tree gets.</summary>
internal enum MergeDecision
{
    /// <summary>The entry that came first stays, the other is dropped.</summary>
    KeepFirst,

    /// <summary>The later entry takes its place.</summary>
    TakeNext,

    /// <summary>The first stays, the later one is laid after the packages' early scripts ran.</summary>
    DeferNext,

    /// <summary>The later one takes its place, the first is laid after the packages' early scripts ran.</summary>
    DeferFirst,

    /// <summary>Both cannot be installed.</summary>
    Conflict,
}

/// <summary>A package on its way into a tree; a family adds what it reads from the package's metadata.</summary>
/// <param name="Layer">Its entries and control files.</param>
internal abstract record TreePackage(PackageLayer Layer)
{
    /// <summary>The package's name as its own metadata gives it.</summary>
    public abstract string Name { get; }
}

/// <summary>An entry at its final place.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="Entry">What lies there.</param>
/// <param name="Owner">Whose it is; <c>null</c> for links of the merged-/usr layout and implied directories.</param>
internal sealed record TreeNode(string Path, LayerEntry Entry, TreePackage? Owner);
