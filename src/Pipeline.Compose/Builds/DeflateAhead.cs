using Pipeline.Compose.Commits;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;

namespace Pipeline.Compose.Builds;

/// <summary>
/// Deflates the contents of packages on a thread of its own while scripts and dracut, which mostly use one processor, run.
/// </summary>
internal sealed class DeflateAhead : IAsyncDisposable
{
    private const string Prefix = "deflated-";
    private readonly CancellationTokenSource _stop = new();
    private Task _filling = Task.CompletedTask;

    /// <summary>Opens <c>cache/layers/&lt;map&gt;/deflated-&lt;library and level&gt;</c>, and removes what another library made.</summary>
    /// <param name="work">Names the packages, and the library by its digest.</param>
    public DeflateAhead(ComposeWork work)
    {
        var layers = Path.Combine(work.WorkDirectory.Cache, "layers", UserNamespace.MapKey!);
        var library = work.Inputs.Compose.Inputs.FirstOrDefault(i => i.Name == $"library {RawDeflate.Library}");
        var root = Path.Combine(layers, $"{Prefix}{RawDeflate.Version}-{library?.Digest.Hex[..16] ?? "unknown"}");
        Directory.CreateDirectory(layers, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var old in Directory.EnumerateDirectories(layers, Prefix + "*").Where(d => d != root).ToArray())
        {
            UnixFile.DeleteTree(old);
        }

        Contents = new(root, work.Lockfile.Packages.Select(p => p.Digest));
    }

    /// <summary>What is deflated.</summary>
    public DeflatedLayers Contents { get; }

    /// <summary>Bytes of the files of a tree that are not deflated yet.</summary>
    public long Missing(MergedTree tree) =>
        tree
            .Nodes.Where(n => n.Entry.Object is not null && n.Owner is not null && !Contents.Has(n.Owner.Layer.Package.Digest))
            .Sum(n => n.Entry.Size);

    /// <summary>Begins with what is missing.</summary>
    /// <param name="tree">Files that are not part of it are left out.</param>
    /// <param name="objects">The files of all packages.</param>
    /// <param name="step">Receives the parts.</param>
    /// <param name="time">Their clock.</param>
    public void Start(MergedTree tree, LayerObjects objects, IStep step, TimeProvider time)
    {
        var layers = tree
            .Nodes.Where(n => n.Entry.Object is not null && n.Owner is not null)
            .GroupBy(n => n.Owner!)
            .Select(g => new DeflatableLayer(
                g.Key.Layer.Package.Digest,
                g.Key.Name,
                [.. g.Select(n => n.Entry.Object!).Distinct().Select(LayerObjects.PlaceOf)]
            ))
            .OrderByDescending(l => l.Objects.Count)
            .ToArray();
        var stop = _stop.Token;
        _filling = Task.Factory.StartNew(
            () =>
            {
                using var store = TreeHandle.Open(objects.Root);
                Contents.Fill(store, layers, step, time, stop);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>Ends after the package that is under way; fails as that did.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _filling;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _filling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the run has another reason to end
        Contents.Dispose();
        _stop.Dispose();
    }
}
