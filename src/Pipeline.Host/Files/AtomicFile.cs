using System.Text;

namespace Pipeline.Host.Files;

/// <summary>Replaces documents so that a reader, or the machine after a power cut, sees the old or the new one, never half.</summary>
public static class AtomicFile
{
    private const string Suffix = ".tmp";
    private const int MostAttempts = 10;

    private static readonly EnumerationOptions Hidden = new() { AttributesToSkip = FileAttributes.None };

    /// <summary>
    /// Writes beside the target, fsyncs, renames, fsyncs the directory. Missing directories are made. What a writer of the same target left
    /// that was killed is removed.
    /// </summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(directory);
        var name = Path.GetFileName(path);
        for (var attempt = 1; ; attempt++)
        {
            Sweep(directory, name);
            var temporary = Path.Combine(directory, $".{name}.{Guid.NewGuid():n}{Suffix}");
            try
            {
                await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                {
                    await stream.WriteAsync(content, cancellationToken);
#pragma warning disable CA1849 // FlushAsync cannot fsync
                    stream.Flush(flushToDisk: true);
#pragma warning restore CA1849
                }

                File.Move(temporary, path, overwrite: true);
                break;
            }
            catch (FileNotFoundException) when (attempt < MostAttempts)
            {
                // Another writer of this target took it for left behind, in the moment between its closing and its new name.
            }
            finally
            {
                File.Delete(temporary);
            }
        }

        SyncDirectory(directory);
    }

    /// <summary>As <see cref="WriteAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/> with UTF-8 text.</summary>
    public static Task WriteAsync(string path, string content, CancellationToken cancellationToken) =>
        WriteAsync(path, Encoding.UTF8.GetBytes(content), cancellationToken);

    /// <summary>Makes renames inside <paramref name="directory"/> durable.</summary>
    public static void SyncDirectory(string directory) =>
        WithDirectory(directory, fd => Libc.CheckErrno(Libc.fsync(fd), $"fsync {directory}"));

    /// <summary>
    /// Makes everything written to the file system of <paramref name="directory"/> durable, before a bulk tree is renamed into place.
    /// </summary>
    public static void SyncFileSystem(string directory) =>
        WithDirectory(directory, fd => Libc.CheckErrno(Libc.syncfs(fd), $"syncfs {directory}"));

    /// <summary>Removes what killed writers left. A file that is open for writing cannot be opened a second time.</summary>
    private static void Sweep(string directory, string name)
    {
        var length = name.Length + 2 + 32 + Suffix.Length;
        foreach (
            var left in Directory
                .EnumerateFiles(directory, "*" + Suffix, Hidden)
                .Where(f =>
                    Path.GetFileName(f) is var file
                    && file.Length == length
                    && file.StartsWith($".{name}.", StringComparison.Ordinal)
                    && Guid.TryParseExact(file.AsSpan(name.Length + 2, 32), "n", out _)
                )
                .ToArray()
        )
        {
            try
            {
                using var dead = new FileStream(left, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(left);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody writes it, or it is gone, or not ours.
            }
        }
    }

    private static void WithDirectory(string directory, Action<int> action)
    {
        // .NET opens directories nowhere.
        var fd = Libc.open(directory, OpenFlags.ReadOnly | OpenFlags.Host.Directory | OpenFlags.CloseOnExec, 0);
        Libc.CheckErrno(fd, $"open {directory}");
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: true);
        action(fd);
    }
}
