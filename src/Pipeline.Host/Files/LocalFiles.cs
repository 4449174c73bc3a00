using Pipeline.Model;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Files;

/// <summary>
/// <see cref="ILocalFiles"/> over a directory. Every component is checked: <c>..</c>, absolute paths and symlinks that lead outside are
/// refused.
/// </summary>
/// <param name="root">The directory nothing may leave.</param>
public sealed class LocalFiles(string root) : ILocalFiles
{
    private readonly string _root = RealPath(Path.GetFullPath(root));

    /// <inheritdoc/>
    public byte[] Read(string path, int limit)
    {
        var full = Resolve(path);
        var info = new FileInfo(full);
        if (!info.Exists || !IsRegular(full))
        {
            throw NotFound(path, "file");
        }

        using var handle = RegularFile.Open(full);
        var length = RandomAccess.GetLength(handle);
        if (length > limit)
        {
            throw Fail(
                "PL0322",
                $"'{path}' has {length} bytes, more than the {limit} that are read",
                "make the file smaller or fetch it by URL"
            );
        }

        var bytes = new byte[length];
        var read = 0;
        int n;
        while (read < bytes.Length && (n = RandomAccess.Read(handle, bytes.AsSpan(read), read)) > 0)
        {
            read += n;
        }

        return bytes[..read];
    }

    /// <inheritdoc/>
    public IReadOnlyList<LocalFile> List(string path)
    {
        var full = Resolve(path);
        if (!Directory.Exists(full))
        {
            throw NotFound(path, "directory");
        }

        var found = new List<LocalFile>();
        Walk(full, "", found);
        return found;
    }

    private PipelineException NotFound(string path, string what) =>
        Directory.Exists(_root)
            ? Fail("PL0321", $"'{path}' is not a {what} in '{root}'", "check the spelling, or the directory of local files")
            : Fail(
                "PL0321",
                $"'{path}' is not there: the directory of local files '{root}' does not exist",
                "check the spelling of the directory"
            );

    private static void Walk(string directory, string prefix, List<LocalFile> found)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var name = prefix + entry.Name;
            var kind =
                entry.LinkTarget is not null ? LocalFileKind.Symlink
                : entry is DirectoryInfo ? LocalFileKind.Directory
                : IsRegular(entry.FullName) ? LocalFileKind.File
                : LocalFileKind.Other;
            found.Add(new(name, kind, (int)entry.UnixFileMode, entry.LinkTarget));
            if (kind == LocalFileKind.Directory)
            {
                Walk(entry.FullName, name + "/", found);
            }
        }
    }

    /// <summary>Devices and FIFOs are never opened: reading one could wait for ever. .NET does not distinguish them from files.</summary>
    private static bool IsRegular(string path) => UnixFile.Status(path)?.Kind == UnixKind.File;

    private string Resolve(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(path) || path.Split('/').Contains(".."))
        {
            throw Outside(path);
        }

        var real = RealPath(Path.Combine(_root, path));
        return real == _root || real.StartsWith(_root + "/", StringComparison.Ordinal) ? real : throw Outside(path);
    }

    /// <summary>The path with every symlink resolved; components that do not exist are kept as they are.</summary>
    private static string RealPath(string path)
    {
        var pending = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var real = "";
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part is ".")
            {
                continue;
            }

            if (part is "..")
            {
                real = real.Length == 0 ? "" : real[..real.LastIndexOf('/')];
                continue;
            }

            var next = $"{real}/{part}";
            if (new FileInfo(next).LinkTarget is not { } target || ++links > 40)
            {
                real = next;
                continue;
            }

            real = target.StartsWith('/') ? "" : real;
            foreach (var piece in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                pending.Push(piece);
            }
        }

        return real.Length == 0 ? "/" : real;
    }

    private PipelineException Outside(string path) =>
        Fail("PL0320", $"'{path}' leads outside of '{root}'", "use a relative path below that directory, without '..'");

    private static PipelineException Fail(string code, string message, string hint) => new(Diagnostic.Error(code, message, hint: hint));
}
