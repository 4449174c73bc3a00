using System.Text.Json.Serialization;
using Pipeline.Compose.Fetching;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Caches;

/// <summary>What a compose keeps below <c>cache/</c>.</summary>
/// <param name="work">The work directory.</param>
/// <param name="tools">Starts the worker that removes trees of an ordinary user.</param>
/// <param name="reporter">Its events.</param>
/// <param name="time">The clock of lock notes.</param>
internal sealed class ComposeCaches(WorkDirectory work, IToolRunner tools, IReporter reporter, TimeProvider time)
{
    private const string Scratch = "tmp-";

    /// <summary>Removes trees as root of the namespace: their files belong to ids that an ordinary user is not.</summary>
    public static readonly WorkerTask<TreeRemoval, TreeRemoval> Worker = new(
        "cache-trees",
        () => CacheJson.Default.TreeRemoval,
        () => CacheJson.Default.TreeRemoval,
        (work, _, cancellationToken) =>
        {
            Delete(work.Paths, DeleteTree, cancellationToken);
            return Task.FromResult(work);
        }
    );

    /// <summary>Every kind.</summary>
    public IEnumerable<CacheKind> Kinds()
    {
        // Files are fetched and read under a share of this lock.
        var fetching = new CacheGuard(_ =>
        {
            var growing = ContentStore.TemporaryOf(SharedCache.Files(work));
            Directory.CreateDirectory(growing);
            return Task.FromResult<IDisposable?>(DirectoryLock.TryAcquire(growing));
        });
        var composing = new CacheGuard(async cancellationToken =>
            await FileLock.TryAcquireAsync(Composer.LockOf(work), time, cancellationToken)
        );
        return
        [
            Files("packages", "package files and package indices, as they were fetched", "sha256", IsContent, fetching),
            Files("indices", "indices as the solver reads them", "indices", n => n.EndsWith(".solv", StringComparison.Ordinal), fetching),
            Files("locks", "what was solved", "locks", n => n.EndsWith(".json", StringComparison.Ordinal), fetching),
            LayerCache.Kind(Path.Combine(work.Cache, "layers")) with
            {
                Guard = composing,
            },
            Directories("trees", "configured trees", "trees", composing) with
            {
                RemoveAsync = RemoveTreesAsync,
            },
            Directories("initramfs", "initial file systems that dracut made", "initramfs", composing),
            new()
            {
                Name = "repositories",
                Holds = "signed indices, and the newest that was seen of each repository: an older one is refused",
                Directory = Path.Combine(work.Cache, "repos"),
                Entries = d => CacheFiles.Each(d),
            },
        ];
    }

    private CacheKind Files(string name, string holds, string folder, Func<string, bool> matches, CacheGuard guard) =>
        new()
        {
            Name = name,
            Holds = holds,
            Directory = Path.Combine(work.Cache, folder),
            Guard = guard,
            Entries = d => CacheFiles.Each(d, matches),
            RemoveAsync = Removing(folder, File.Delete),
        };

    /// <summary>Directories below one for each id map.</summary>
    private CacheKind Directories(string name, string holds, string folder, CacheGuard guard) =>
        new()
        {
            Name = name,
            Holds = holds,
            Directory = Path.Combine(work.Cache, folder),
            Guard = guard,
            Entries = d =>
                [
                    .. Directory
                        .EnumerateDirectories(d)
                        .SelectMany(map => Directory.EnumerateDirectories(map))
                        .Select(e => CacheFiles.Whole(d, Path.GetRelativePath(d, e))),
                ],
            RemoveAsync = Removing(folder, DeleteTree),
        };

    private RemoveEntries Removing(string folder, Action<string> delete) =>
        (entries, cancellationToken) =>
        {
            Delete(entries.Select(e => Path.Combine(work.Cache, folder, e.Name)), delete, cancellationToken);
            return Task.CompletedTask;
        };

    private async Task RemoveTreesAsync(IReadOnlyList<CacheEntry> entries, CancellationToken cancellationToken)
    {
        ValueList<string> paths = [.. entries.Select(e => Path.Combine(work.Cache, "trees", e.Name))];
        if (Environment.IsPrivilegedProcess)
        {
            Delete(paths, DeleteTree, cancellationToken);
        }
        else
        {
            await new WorkerClient(tools, reporter).RunAsync(Worker, new(paths), work, [], cancellationToken);
        }
    }

    private static void Delete(IEnumerable<string> paths, Action<string> delete, CancellationToken cancellationToken)
    {
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            delete(path);
        }
    }

    /// <summary>A name that is gone at once, and a removal that may be interrupted: the next run goes on with it.</summary>
    private static void DeleteTree(string path)
    {
        var scratch = Path.Combine(Path.GetDirectoryName(path)!, Scratch + Guid.NewGuid().ToString("n"));
        Directory.Move(path, scratch);
        UnixFile.DeleteTree(scratch);
    }

    /// <summary><c>ab/abcd…</c>; not what is under way in <c>tmp/</c>.</summary>
    private static bool IsContent(string name) => name.Length == 67 && name[2] == '/';
}

/// <summary>Trees to remove.</summary>
/// <param name="Paths">Absolute paths.</param>
internal sealed record TreeRemoval(ValueList<string> Paths);

/// <summary>Writes and reads what the worker is given.</summary>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(ValueListJson)]
)]
[JsonSerializable(typeof(TreeRemoval))]
internal sealed partial class CacheJson : JsonSerializerContext;
