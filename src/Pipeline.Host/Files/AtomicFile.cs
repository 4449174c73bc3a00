using System.Text;

namespace Pipeline.Host.Files;

/// <summary>Replaces documents so that a reader, or the machine after a power cut, sees the old or the new one, never half.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside the target, fsyncs, renames, fsyncs the directory. Missing directories are made.</summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(directory);
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Guid.NewGuid():n}.tmp");
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
            SyncDirectory(directory);
        }
        finally
        {
            File.Delete(temporary);
        }
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

    private static void WithDirectory(string directory, Action<int> action)
    {
        // .NET opens directories nowhere.
        var fd = Libc.open(directory, OpenFlags.ReadOnly | OpenFlags.Host.Directory | OpenFlags.CloseOnExec, 0);
        Libc.CheckErrno(fd, $"open {directory}");
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: true);
        action(fd);
    }
}
