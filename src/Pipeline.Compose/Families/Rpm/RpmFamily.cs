using Pipeline.Compose.Layers;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;

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
    public IMergeRules Merging { get; } = new RpmMergeRules();

    /// <inheritdoc/>
    public FinishRules Finishing => RpmFinish.Rules;

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
    public bool HasAdvisories => true;

    /// <inheritdoc/>
    public IReadOnlyList<Advisory> Advisories(string repo, ReadOnlyMemory<byte> text, IEnumerable<LockedPackage> packages)
    {
        var wanted = packages.Select(p =>
        {
            var (epoch, version, release) = PackageVersion.Parse(p.Version);
            return UpdateInfoReader.Nevra(p.Name, epoch, version, release, p.PackageArchitecture);
        });
        return UpdateInfoReader.Read(repo, text, wanted.ToHashSet(StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public async Task RequireSignedAsync(
        IReadOnlyList<FetchedPackage> packages,
        IToolRunner tools,
        string temporary,
        IReporter reporter,
        CancellationToken cancellationToken
    )
    {
        using var step = reporter.Step("check signatures of packages");
        var signed = packages.Where(p => p.Repository is RpmRepository { ChecksPackages: true }).ToArray();
        var problems = new DiagnosticBag();
        var verifier = new RpmSignatureVerifier(tools, temporary);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(signed, options, CheckAsync);
        problems.ThrowIfErrors();
        step.Done(signed.Length == packages.Count ? $"{signed.Length} packages" : $"{signed.Length} of {packages.Count} packages");

        async ValueTask CheckAsync(FetchedPackage package, CancellationToken token)
        {
            try
            {
                await using var file = RegularFile.OpenStream(package.File, 0);
                await verifier.RequireAsync(package.Package.Name, file, package.Repository.Keyring, token);
            }
            catch (PipelineException e) when (e.Exit == ExitClass.Refused)
            {
                lock (problems)
                {
                    foreach (var problem in e.Diagnostics)
                    {
                        problems.Add(problem);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public ValueList<SkippedScript> SkippedScripts(MergedTree tree) => RpmScriptPolicy.Skipped(tree);

    /// <inheritdoc/>
    public void WriteDatabase(MergedTree tree, TreeHandle root) => RpmDatabase.WriteRecords(tree, root);

    /// <inheritdoc/>
    public Task ConfigureAsync(
        MergedTree tree,
        TreeHandle root,
        TreeSandbox sandbox,
        LayerObjects objects,
        CancellationToken cancellationToken
    ) => new RpmScripts(sandbox).RunAsync(tree, root, cancellationToken);
}
