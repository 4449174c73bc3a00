using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Files;

/// <summary>
/// An flock on a directory itself: serialises editors of the documents inside without leaving a lock file between them, so a
/// git checkout stays clean. Held for milliseconds; the kernel drops it when the holder dies.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly SafeFileHandle _handle;

    private DirectoryLock(SafeFileHandle handle) => _handle = handle;

    /// <summary>Takes the lock, waiting for another holder.</summary>
    /// <param name="directory">An existing directory that the user may read.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<DirectoryLock> AcquireAsync(string directory, CancellationToken cancellationToken)
    {
        const int closeOnExec = 0x80000;
        var fd = Libc.open(directory, closeOnExec, 0);
        Libc.CheckErrno(fd, $"open {directory}");
        var handle = new SafeFileHandle(fd, ownsHandle: true);
        try
        {
            while (Libc.flock(fd, Libc.LockExclusive | Libc.LockNonBlocking) != 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
            }

            return new(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
