using Pipeline.Compose.Families;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Families;

/// <summary>
/// A package family that is neither Debian's nor RPM's: plain tar files, an index in RPM's syntax, trust by a digest beside the manifest,
/// and a database of one file. What works with it works without knowing a family.
/// </summary>
internal sealed class FakeFamily : IPackageFamily
{
    private const string Database = "var/lib/fake";

    /// <inheritdoc/>
    public string Name => "fake";

    /// <inheritdoc/>
    public IIndexFormat Indices { get; } = new FakeIndexFormat();

    /// <inheritdoc/>
    public IPackageReader Packages { get; } = new FakeReader();

    /// <inheritdoc/>
    public IMergeRules Merging { get; } = new FakeMergeRules();

    /// <inheritdoc/>
    public FinishRules Finishing { get; } =
        new()
        {
            Scrub = [$"{Database}/lock"],
            Patterns = [new(Database, @"\.old\z")],
            Leftovers = [".fakenew"],
            Databases = [new(Database, "usr/lib/sysimage/fake")],
        };

    /// <inheritdoc/>
    public string? FileOf(string directory, string repository) =>
        File.Exists(Path.Combine(directory, $"{repository}.fake")) ? $"{repository}.fake" : null;

    /// <inheritdoc/>
    public Task<RepositorySet> ReadRepositoriesAsync(
        RepositorySource source,
        MirrorResolver mirrors,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Repository>();
        foreach (var wanted in source.Manifest.Repos)
        {
            var place = source.PlacesOf(wanted.Text).FirstOrDefault(d => FileOf(d.Path, wanted.Text) is not null);
            if (place is not null)
            {
                var words = File.ReadAllText(Path.Combine(place.Path, FileOf(place.Path, wanted.Text)!)).Split();
                found.Add(
                    new FakeRepository(Digest.Parse(words[1]))
                    {
                        Id = wanted.Text,
                        BaseUrl = words[0],
                        Keyring = default,
                        Span = wanted.Span,
                    }
                );
            }
            else
            {
                problems.Add(RepositoryDiagnostics.Unknown(wanted.Text, [], wanted.Span));
            }
        }

        return Task.FromResult(new RepositorySet(found.ToValueList()));
    }

    /// <inheritdoc/>
    public async Task<RepositoryState> VerifyAsync(
        Repository repository,
        Architecture architecture,
        bool offline,
        RepositoryServices services,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    )
    {
        var index = ((FakeRepository)repository).Index;
        if (!File.Exists(services.Store.PathOf(index)))
        {
            if (offline)
            {
                throw new PipelineException(RepositoryDiagnostics.NotCached(repository.Id));
            }

            var document = await services.Downloader.GetAsync(new(repository.Url("index.xml")) { Limit = 1 << 20 }, cancellationToken);
            await services.Downloader.StoreAsync(
                repository.Url("index.xml"),
                index,
                document.Content.Length,
                services.Store,
                _ => { },
                cancellationToken
            );
        }

        var file = new IndexFile(repository.Id, index, IndexCompression.None, 1 << 20);
        return new(repository, index, DateTimeOffset.UnixEpoch, [file]);
    }

    /// <inheritdoc/>
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
    public void WriteDatabase(MergedTree tree, TreeHandle root)
    {
        root.MakeDirectories(Database);
        root.ReplaceFile($"{Database}/installed", string.Join('\n', tree.Packages.Select(p => p.Name)), FileModes.Plain);
    }

    /// <inheritdoc/>
    public Task ConfigureAsync(
        MergedTree tree,
        TreeHandle root,
        TreeSandbox sandbox,
        LayerObjects objects,
        CancellationToken cancellationToken
    ) => sandbox.RunAsync("fake --configure", root, "#!/bin/sh\nexec fake --configure\n", [], cancellationToken);

    /// <summary>A repository whose index has a known digest.</summary>
    internal sealed record FakeRepository(Digest Index) : Repository
    {
        /// <inheritdoc/>
        public override string IndexPath => "index.xml";
    }

    private sealed record FakePackage(PackageLayer Layer) : TreePackage(Layer)
    {
        public override string Name => Layer.Package.Name;
    }

    private sealed class FakeIndexFormat : IIndexFormat
    {
        public IndexSyntax Syntax => IndexSyntax.RpmPrimary;

        public int DefaultPriority => 0;

        public string Spell(Architecture architecture) => architecture.Name;

        public bool Fits(string packageArchitecture, Architecture tree) =>
            packageArchitecture == "noarch" || packageArchitecture == tree.Name;

        public IEnumerable<PackageFacts> Facts(ReadOnlyMemory<byte> text) => [];

        public bool IsUsable(PackageRow row) =>
            row.Digest is not null
            && row.Size >= 0
            && row.Location.Length > 0
            && row.Location.Split('/').All(s => s is not ("" or "." or ".."));
    }

    private sealed class FakeReader : IPackageReader
    {
        public Layer Read(Stream file, ObjectWriter objects, LayerLimits limits, CancellationToken cancellationToken)
        {
            using var decoded = Decoder.Open("data.tar", file, limits.For(file.Length));
            var tar = new TarReader(decoded);
            var layout = new LayerLayout();
            var entries = new List<LayerEntry>();
            while (tar.Next() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entries.Count == limits.Entries)
                {
                    throw BadPackageException.TooLarge("too many entries");
                }

                if (layout.Place(entry) is { } placed)
                {
                    entries.Add(entry.Kind == TarKind.File ? layout.Keep(placed with { Object = objects.Write(tar, entry).Hex }) : placed);
                }
            }

            return new() { Entries = [.. entries], Control = [] };
        }
    }

    private sealed class FakeMergeRules : IMergeRules
    {
        public IEnumerable<LayerEntry> Skeleton =>
            [
                new()
                {
                    Path = "lib",
                    Kind = TarKind.Symlink,
                    Target = "usr/lib",
                },
            ];

        public TreeLayout Layout { get; } = new([.. TreeLayout.Common, LayoutRule.Link("lib", "usr/lib"), LayoutRule.Directory(Database)]);

        public IReadOnlyList<TreePackage> Open(IReadOnlyList<PackageLayer> layers) => [.. layers.Select(l => new FakePackage(l))];

        public bool IsDocumentation(LayerEntry entry) => entry.Path.StartsWith("usr/share/doc/", StringComparison.Ordinal);

        public MergeDecision Decide(TreeNode there, TreeNode next) =>
            there.Entry.Kind == TarKind.Directory && next.Entry.Kind == TarKind.Directory
                ? MergeDecision.KeepFirst
                : MergeDecision.Conflict;

        public string PathOnDisk(TreeNode node) => node.Path;
    }
}
