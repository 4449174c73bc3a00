using System.IO.Enumeration;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Host.Caches;

/// <summary>Sizes and times of what lies in caches.</summary>
public static class CacheFiles
{
    /// <summary>Hidden files too; directories that only another user may enter are passed over.</summary>
    private static readonly EnumerationOptions All = new()
    {
        AttributesToSkip = FileAttributes.None,
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
    };

    /// <summary>Every file of a directory and of those below it as an entry of its own.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="matches">Which paths, relative to it; <c>null</c> for all.</param>
    public static IReadOnlyList<CacheEntry> Each(string directory, Func<string, bool>? matches = null) =>
        [
            .. Walk(directory)
                .Select(f => (Name: Path.GetRelativePath(directory, f), Status: UnixFile.Status(f)))
                .Where(f => f.Status is { Kind: UnixKind.File } && matches?.Invoke(f.Name) != false)
                .Select(f => new CacheEntry(
                    f.Name,
                    ByteSize.FromBytes(f.Status!.Value.Allocated),
                    DateTimeOffset.FromUnixTimeSeconds(f.Status!.Value.Modified)
                )),
        ];

    /// <summary>Every directory of a directory, with all that is in it, as an entry.</summary>
    /// <param name="directory">An existing directory.</param>
    public static IReadOnlyList<CacheEntry> EachDirectory(string directory) =>
        [.. Directory.EnumerateDirectories(directory).Select(d => Whole(directory, Path.GetFileName(d)))];

    /// <summary>A directory with all that is in it as one entry; its last use is its modification time.</summary>
    /// <param name="directory">The directory that holds it.</param>
    /// <param name="name">Its path below that.</param>
    public static CacheEntry Whole(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        var files = Walk(path).Select(UnixFile.Status).OfType<UnixStatus>().Where(s => s.Kind == UnixKind.File).ToArray();
        return new(
            name,
            ByteSize.FromBytes(files.Where(f => f.Links == 1).Sum(f => f.Allocated)),
            DateTimeOffset.FromUnixTimeSeconds(UnixFile.Status(path)?.Modified ?? 0)
        )
        {
            Shared = [.. files.Where(f => f.Links > 1).Select(Shared)],
        };
    }

    /// <summary>A file that has several names.</summary>
    public static SharedFile Shared(UnixStatus file) => new(file.Device, file.Inode, file.Allocated);

    /// <summary>Disk use of a file, or of all files of a directory.</summary>
    public static ByteSize SizeOf(string path) =>
        UnixFile.Status(path) switch
        {
            { Kind: UnixKind.Directory } => ByteSize.FromBytes(Walk(path).Sum(f => UnixFile.Status(f)?.Allocated ?? 0)),
            { } file => ByteSize.FromBytes(file.Allocated),
            null => default,
        };

    /// <summary>Notes that an entry was used now, so that it is among the last to be removed. One that has gone is none.</summary>
    public static void Touch(string path, TimeProvider time)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache of another user, or a read-only one, can be used as well; it is only not known when.
        }
    }

    private static FileSystemEnumerable<string> Walk(string directory) =>
        new(directory, (ref entry) => entry.ToFullPath(), All)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory || (entry.Attributes & FileAttributes.ReparsePoint) != 0,
            ShouldRecursePredicate = (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
}
