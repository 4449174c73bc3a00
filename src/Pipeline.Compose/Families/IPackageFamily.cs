using Pipeline.Compose.Layers;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families;

/// <summary>
/// How packages of one kind are indexed, unpacked, merged, configured and recorded. Nothing outside <c>Families/</c> knows which one it
/// works with: <see cref="PackageFamilies"/> chooses it from the repositories of a manifest, and each step is handed the part it needs.
/// </summary>
internal interface IPackageFamily
{
    /// <summary>The word by which a locked request names it, for example <c>deb</c>.</summary>
    string Name { get; }

    /// <summary>How its indices become rows of the solver.</summary>
    IIndexFormat Indices { get; }

    /// <summary>Takes its package files apart.</summary>
    IPackageReader Packages { get; }

    /// <summary>What it decides when layers are laid over one another.</summary>
    IMergeRules Merging { get; }

    /// <summary>What finishing a tree removes and moves for it.</summary>
    FinishRules Finishing { get; }

    /// <summary>
    /// Programs that scripts run most and that make the same bytes on every architecture: while packages of a foreign tree are configured,
    /// those of this machine's architecture, from the same repositories and of the same version, stand in for them. Empty where trees have
    /// no place for the libraries of another architecture.
    /// </summary>
    ValueList<NativeProgram> NativePrograms => [];

    /// <summary>
    /// The name of the file in a directory that defines a repository, or <c>null</c>. Wrong files are reported by reading them.
    /// </summary>
    /// <param name="directory">One of those of <see cref="RepositorySource.PlacesOf"/>.</param>
    /// <param name="repository">Id of the repository.</param>
    string? FileOf(string directory, string repository);

    /// <summary>
    /// Reads the repositories that a manifest names; the first directory of <see cref="RepositorySource.PlacesOf"/> that defines one wins.
    /// </summary>
    /// <param name="source">The manifest and where it is.</param>
    /// <param name="mirrors">Answers <c>${mirror:ID}</c>.</param>
    /// <param name="problems">Receives PL11xx.</param>
    /// <param name="cancellationToken">Ends the search for a mirror.</param>
    Task<RepositorySet> ReadRepositoriesAsync(
        RepositorySource source,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    );

    /// <summary>Verifies one of its repositories and brings the indices of an architecture into the store.</summary>
    /// <param name="repository">From <see cref="ReadRepositoriesAsync"/>.</param>
    /// <param name="architecture">Whose packages.</param>
    /// <param name="offline">Trust the cached state, also an expired one, and fetch nothing.</param>
    /// <param name="services">Network, stores and clock.</param>
    /// <param name="warn">Receives what is odd but not wrong.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PipelineException">PL111x and PL13xx: class 5 for what is not trusted, class 4 for the network.</exception>
    Task<RepositoryState> VerifyAsync(
        Repository repository,
        Architecture architecture,
        bool offline,
        RepositoryServices services,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Brings further parts of a verified repository into the store; parts that it has not or that are there stay as they are.
    /// </summary>
    /// <param name="state">From <see cref="VerifyAsync"/>.</param>
    /// <param name="parts">Which.</param>
    /// <param name="offline">Fetch nothing.</param>
    /// <param name="services">Network, stores and clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PipelineException">As for <see cref="VerifyAsync"/>.</exception>
    Task<RepositoryState> ExtendAsync(
        RepositoryState state,
        IndexParts parts,
        bool offline,
        RepositoryServices services,
        CancellationToken cancellationToken
    );

    /// <summary>The groups of an index of groups.</summary>
    /// <param name="repo">Names the repository in errors.</param>
    /// <param name="text">Its unpacked text.</param>
    IReadOnlyList<PackageGroup> Groups(string repo, ReadOnlyMemory<byte> text);

    /// <summary>Checks the signatures of packages, where it is packages that are signed; before anything of them is unpacked.</summary>
    /// <param name="packages">What was fetched. The digest of each file is the lock's.</param>
    /// <param name="tools">Runs gpgv.</param>
    /// <param name="temporary">Where its files are made.</param>
    /// <param name="reporter">Receives the step, where there is one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PipelineException">PL2006, PL2001–PL2003 (class 5), for every refused package at once.</exception>
    Task RequireSignedAsync(
        IReadOnlyList<FetchedPackage> packages,
        IToolRunner tools,
        string temporary,
        IReporter reporter,
        CancellationToken cancellationToken
    ) => Task.CompletedTask;

    /// <summary>The scripts of packages that are not run, and why; the same for the same packages.</summary>
    ValueList<SkippedScript> SkippedScripts(MergedTree tree) => [];

    /// <summary>Whether repositories may say which updates their packages belong to.</summary>
    bool HasAdvisories => false;

    /// <summary>The advisories of an index that speak of packages of a lock.</summary>
    /// <param name="repo">Names the repository in errors.</param>
    /// <param name="text">Its unpacked text.</param>
    /// <param name="packages">The lock.</param>
    IReadOnlyList<Advisory> Advisories(string repo, ReadOnlyMemory<byte> text, IEnumerable<LockedPackage> packages) => [];

    /// <summary>Writes the package database of packages that are unpacked but not configured.</summary>
    /// <param name="tree">The packages.</param>
    /// <param name="root">A fresh checkout of them.</param>
    void WriteDatabase(MergedTree tree, TreeHandle root);

    /// <summary>Turns unpacked packages into installed ones.</summary>
    /// <param name="tree">The packages.</param>
    /// <param name="root">A writable view of their checkout.</param>
    /// <param name="sandbox">Runs programs of the tree.</param>
    /// <param name="objects">Content of nodes that are laid late.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="PipelineException">PL2101, PL2102, PL2103.</exception>
    Task ConfigureAsync(MergedTree tree, TreeHandle root, TreeSandbox sandbox, LayerObjects objects, CancellationToken cancellationToken);
}

/// <summary>A package file that was fetched.</summary>
/// <param name="Package">What was locked.</param>
/// <param name="File">Where it is.</param>
/// <param name="Repository">Where it is from.</param>
internal sealed record FetchedPackage(LockedPackage Package, string File, Repository Repository);
