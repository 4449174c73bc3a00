using Pipeline.Host.Files;

namespace Pipeline.Compose.Fetching;

/// <summary>
/// The caches that runs fill side by side: package files, indices, locks. Each run holds a share while it resolves or fetches; one that
/// finds itself alone first removes what killed runs left half-written.
/// </summary>
internal static class SharedCache
{
    private const string HalfWritten = ".*.tmp";

    /// <summary>Hidden files too, and those in the directory of each repository.</summary>
    private static readonly EnumerationOptions OneBelow = new()
    {
        AttributesToSkip = FileAttributes.None,
        RecurseSubdirectories = true,
        MaxRecursionDepth = 1,
    };

    /// <summary>Where signatures are checked.</summary>
    public static string Verifying(WorkDirectory work) => Path.Combine(work.Temporary, "gpgv");

    /// <summary>The store of package files and indices.</summary>
    public static string Files(WorkDirectory work) => Path.Combine(work.Cache, "sha256");

    /// <summary>Takes a share.</summary>
    public static Task<DirectoryLock> JoinAsync(WorkDirectory work, CancellationToken cancellationToken)
    {
        var growing = ContentStore.TemporaryOf(Files(work));
        Directory.CreateDirectory(growing);
        return DirectoryLock.ShareAsync(growing, () => Sweep(work, growing), cancellationToken);
    }

    private static void Sweep(WorkDirectory work, string growing)
    {
        UnixFile.DeleteTree(Verifying(work));
        (string Directory, string Pattern)[] leftovers =
        [
            (growing, "*"),
            (Path.Combine(work.Cache, "repos"), HalfWritten),
            (Path.Combine(work.Cache, "locks"), HalfWritten),
            (Path.Combine(work.Cache, "indices"), "*.tmp"),
            (work.Cache, ".mirrors.json.*.tmp"),
        ];
        foreach (var (directory, pattern) in leftovers.Where(l => Directory.Exists(l.Directory)))
        {
            foreach (var file in Directory.EnumerateFiles(directory, pattern, OneBelow).ToArray())
            {
                File.Delete(file);
            }
        }
    }
}
