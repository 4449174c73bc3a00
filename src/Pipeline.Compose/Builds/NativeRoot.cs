using Pipeline.Compose.Families;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>The packages of this machine's architecture that stand in, laid out in a directory that goes away when disposed.</summary>
internal sealed class NativeRoot : IDisposable
{
    private readonly TreeHandle _root;

    private NativeRoot(TreeHandle root, NativePrograms programs) => (_root, Programs) = (root, programs);

    /// <summary>What to mount over the foreign tree.</summary>
    public NativePrograms Programs { get; }

    /// <summary>Unpacks and lays them. Their files are links to cache objects, which scripts see through read-only mounts only.</summary>
    /// <param name="work">The compose.</param>
    /// <param name="layers">Unpacked packages.</param>
    /// <param name="directory">Does not exist yet.</param>
    /// <param name="fileOf">The package file of each.</param>
    /// <param name="reporter">Shows the unpacking.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<NativeRoot> LayAsync(
        ComposeWork work,
        LayerStore layers,
        string directory,
        Func<LockedPackage, string> fileOf,
        IReporter reporter,
        CancellationToken cancellationToken
    )
    {
        var family = PackageFamilies.Named(work.Family);
        using var step = reporter.Step($"unpack programs of {Architecture.Host.Name}");
        var unpacked = await layers.EnsureAsync(
            work.Native,
            fileOf,
            new DiskSpace(work.WorkDirectory.Root).RequireUnpack,
            step,
            cancellationToken
        );
        var merged = MergedTree.Of(unpacked, family.Merging, documentation: false);
        UnixFile.MakeDirectory(directory, FileModes.Executable);
        var root = TreeHandle.Open(directory);
        try
        {
            Checkout.Write(merged, layers.Objects, root);
            return new(root, NativePrograms.Of(merged, root, Architecture.Host, family.NativePrograms, work.Lockfile.Packages));
        }
        catch
        {
            root.Dispose();
            UnixFile.DeleteTree(directory);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        UnixFile.DeleteTree(_root.Directory);
    }
}
