using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Net.Objects;

/// <summary>An flock held for milliseconds, so it polls fast and keeps no note of its holder; long locks are <see cref="Files.FileLock"/>.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly SafeFileHandle _handle;

    private DirectoryLock(SafeFileHandle handle) => _handle = handle;

    public static async Task<DirectoryLock> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var handle = Open(path);
        try
        {
            for (var wait = 1; Libc.flock((int)handle.DangerousGetHandle(), Libc.LockExclusive | Libc.LockNonBlocking) != 0; wait = Math.Min(wait * 2, 50))
            {
                await Task.Delay(wait, cancellationToken);
            }

            return new(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Not File.OpenHandle: it takes a shared flock of its own and throws while another holds the exclusive one.</summary>
    private static SafeFileHandle Open(string path)
    {
        const int readWriteCreate = 0x2 | 0x40 | 0x80000; // O_RDWR | O_CREAT | O_CLOEXEC, the same numbers on all four architectures
        var fd = Libc.open(path, readWriteCreate, 0x1a4 /* 0644 */);
        Libc.CheckErrno(fd, $"open {path}");
        return new(fd, ownsHandle: true);
    }

    public void Dispose() => _handle.Dispose();
}
