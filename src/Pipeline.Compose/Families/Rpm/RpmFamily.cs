using Pipeline.Compose.Layers;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>RPM packages: yum's repositories, .rpm files, rpm's database.</summary>
internal sealed class RpmFamily : IPackageFamily
{
    private RpmFamily() { }

    /// <summary>The one there is; it has no state.</summary>
    public static RpmFamily Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "rpm";

    /// <inheritdoc/>
    public IIndexFormat Indices { get; } = new RpmIndexFormat();

    /// <inheritdoc/>
    public IPackageReader Packages { get; } = new RpmReader();

    /// <inheritdoc/>
    public IMergeRules Merging => throw NotInstalled();

    /// <inheritdoc/>
    public FinishRules Finishing => throw NotInstalled();

    /// <inheritdoc/>
    public void RequireComposable() => throw NotInstalled();

    /// <inheritdoc/>
    public string? FileOf(string directory, string repository) => RepoReader.FileOf(directory, repository);

    /// <inheritdoc/>
    public Task<RepositorySet> ReadRepositoriesAsync(
        RepositorySource source,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    ) => RepoReader.ReadAsync(source, mirrors, problems, cancellationToken);

    /// <inheritdoc/>
    public Task<RepositoryState> VerifyAsync(
        Repository repository,
        Architecture architecture,
        bool offline,
        RepositoryServices services,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    ) => new RepoMdUpdater(services).UpdateAsync((RpmRepository)repository, architecture, offline, warn, cancellationToken);

    /// <inheritdoc/>
    public Task<RepositoryState> ExtendAsync(
        RepositoryState state,
        IndexParts parts,
        bool offline,
        RepositoryServices services,
        CancellationToken cancellationToken
    ) => new RepoMdUpdater(services).ExtendAsync(state, parts, offline, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<PackageGroup> Groups(string repo, ReadOnlyMemory<byte> text) => CompsReader.Read(repo, text);

    /// <inheritdoc/>
    public void WriteDatabase(MergedTree tree, TreeHandle root) => throw NotInstalled();

    /// <inheritdoc/>
    public Task ConfigureAsync(
        MergedTree tree,
        TreeHandle root,
        TreeSandbox sandbox,
        LayerObjects objects,
        CancellationToken cancellationToken
    ) => throw NotInstalled();

    private static PipelineException NotInstalled() => new(RpmDiagnostics.NotComposed());
}
