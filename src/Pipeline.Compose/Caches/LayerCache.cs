using System.Text.Json;
using Pipeline.Compose.Layers;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Caches;

/// <summary>
/// <c>cache/layers</c>: an unpacked package is a document that names objects. Packages share objects, so one counts for the package that
/// was used last, and goes with the last package that names it.
/// </summary>
internal static class LayerCache
{
    private const string Document = ".json";
    private const string Objects = "objects";

    /// <summary>Entry of objects that no package names: what a killed run or a removed package left.</summary>
    private const string Unnamed = "objects";

    /// <summary>The kind; its guard is the compose lock.</summary>
    public static CacheKind Kind(string directory) =>
        new()
        {
            Name = "layers",
            Holds = "packages unpacked, and their files compressed for commits",
            Directory = directory,
            Entries = List,
            RemoveAsync = (entries, cancellationToken) =>
            {
                Remove(directory, entries, cancellationToken);
                return Task.CompletedTask;
            },
        };

    private static IReadOnlyList<CacheEntry> List(string directory) => [.. Directory.EnumerateDirectories(directory).SelectMany(ListMap)];

    private static IEnumerable<CacheEntry> ListMap(string map)
    {
        var prefix = Path.GetFileName(map);
        var left = ObjectsOf(map).ToDictionary(o => o.Hex, o => o.Status);
        var documents = Directory
            .EnumerateFiles(map, "*" + Document)
            .Select(f => (Path: f, LastUse: (DateTimeOffset)File.GetLastWriteTimeUtc(f)))
            .OrderByDescending(f => f.LastUse)
            .ThenBy(f => f.Path, StringComparer.Ordinal);
        foreach (var (path, lastUse) in documents)
        {
            var size = CacheFiles.SizeOf(path).Bytes + Compressed(map, path).Sum(c => CacheFiles.SizeOf(c).Bytes);
            var own = Named(path).Select(n => left.Remove(n, out var status) ? status : (UnixStatus?)null).OfType<UnixStatus>();
            yield return Entry($"{prefix}/{Path.GetFileName(path)}", size, [.. own], lastUse);
        }

        if (left.Count > 0)
        {
            yield return Entry($"{prefix}/{Unnamed}", 0, left.Values, DateTimeOffset.UnixEpoch);
        }
    }

    /// <summary>Trees are made of second names of objects.</summary>
    private static CacheEntry Entry(string name, long size, IReadOnlyCollection<UnixStatus> objects, DateTimeOffset lastUse) =>
        new(name, ByteSize.FromBytes(size + objects.Where(o => o.Links == 1).Sum(o => o.Allocated)), lastUse)
        {
            Shared = [.. objects.Where(o => o.Links > 1).Select(CacheFiles.Shared)],
        };

    private static void Remove(string directory, IReadOnlyList<CacheEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var map in entries.GroupBy(e => e.Name.Split('/')[0]).Select(g => (Path: Path.Combine(directory, g.Key), Entries: g)))
        {
            // The document first: without it no run takes the objects for a whole package.
            foreach (var path in map.Entries.Where(e => e.Name.EndsWith(Document, StringComparison.Ordinal)).Select(e => e.Name))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var document = Path.Combine(directory, path);
                File.Delete(document);
                foreach (var compressed in Compressed(map.Path, document))
                {
                    File.Delete(compressed);
                }
            }

            var named = Directory.EnumerateFiles(map.Path, "*" + Document).SelectMany(Named).ToHashSet(StringComparer.Ordinal);
            foreach (var unnamed in ObjectsOf(map.Path).Where(o => !named.Contains(o.Hex)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                File.Delete(unnamed.Path);
            }
        }
    }

    /// <summary>The deflated files of a package.</summary>
    private static IEnumerable<string> Compressed(string map, string document) =>
        Directory
            .EnumerateDirectories(map, "deflated-*")
            .Select(d => Path.Combine(d, Path.GetFileNameWithoutExtension(document)))
            .Where(File.Exists);

    private static IEnumerable<(string Hex, string Path, UnixStatus Status)> ObjectsOf(string map)
    {
        var root = Path.Combine(map, Objects);
        return !Directory.Exists(root)
            ? []
            : Directory
                .EnumerateDirectories(root)
                .Where(d => Path.GetFileName(d).Length == 2)
                .SelectMany(d => Directory.EnumerateFiles(d))
                .Select(f => (Path.GetFileName(Path.GetDirectoryName(f))! + Path.GetFileName(f), f, UnixFile.Status(f) ?? default));
    }

    /// <summary>The objects a document names; none when it is damaged: it is unpacked again then.</summary>
    private static IEnumerable<string> Named(string document)
    {
        try
        {
            var layer = JsonSerializer.Deserialize(RegularFile.Read(document), LayerJson.Default.Layer);
            return layer?.Entries.Select(e => e.Object).OfType<string>().Distinct() ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
