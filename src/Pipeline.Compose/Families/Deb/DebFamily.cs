using Pipeline.Compose.Layers;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>Debian packages: apt's repositories, .deb files, dpkg.</summary>
internal sealed class DebFamily : IPackageFamily
{
    private DebFamily() { }

    /// <summary>The one there is; it has no state.</summary>
    public static DebFamily Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "deb";

    /// <inheritdoc/>
    public IIndexFormat Indices { get; } = new DebIndexFormat();

    /// <inheritdoc/>
    public IPackageReader Packages { get; } = new DebReader();

    /// <inheritdoc/>
    public IMergeRules Merging { get; } = new DebMergeRules();

    /// <inheritdoc/>
    public FinishRules Finishing => DebFinish.Rules;

    /// <inheritdoc/>
    public ValueList<NativeProgram> NativePrograms => DebNativePrograms.All;

    /// <inheritdoc/>
    public string? FileOf(string directory, string repository) => SourcesReader.FileOf(directory, repository);

    /// <inheritdoc/>
    public Task<RepositorySet> ReadRepositoriesAsync(
        RepositorySource source,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    ) => SourcesReader.ReadAsync(source, mirrors, problems, cancellationToken);

    /// <inheritdoc/>
    public Task<RepositoryState> VerifyAsync(
        Repository repository,
        Architecture architecture,
        bool offline,
        RepositoryServices services,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    ) => new InReleaseUpdater(services).UpdateAsync((DebRepository)repository, architecture, offline, warn, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Nothing depends on the path of a file, and there are no groups.</remarks>
    public Task<RepositoryState> ExtendAsync(
        RepositoryState state,
        IndexParts parts,
        bool offline,
        RepositoryServices services,
        CancellationToken cancellationToken
    ) => Task.FromResult(state);

    /// <inheritdoc/>
    public IReadOnlyList<PackageGroup> Groups(string repo, ReadOnlyMemory<byte> text) => [];

    /// <inheritdoc/>
    public void WriteDatabase(MergedTree tree, TreeHandle root) => DpkgDatabase.Write(tree, root);

    /// <inheritdoc/>
    public Task ConfigureAsync(
        MergedTree tree,
        TreeHandle root,
        TreeSandbox sandbox,
        LayerObjects objects,
        CancellationToken cancellationToken
    ) => new Configurator(sandbox, objects).RunAsync(tree, root, cancellationToken);
}
