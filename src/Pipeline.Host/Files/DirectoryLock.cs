using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Files;

/// <summary>
/// An flock on a directory itself: serialises editors of the documents inside without leaving a lock file between them, so a
/// git checkout stays clean. Held for milliseconds (a share: for a step); the kernel drops it when the holder ends.
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
        var handle = Open(directory);
        await WaitAsync(handle, Libc.LockExclusive, cancellationToken);
        return new(handle);
    }

    /// <summary>Takes a share of the lock, for work that several processes do side by side in one directory.</summary>
    /// <param name="directory">An existing directory that the user may read.</param>
    /// <param name="alone">
    /// Runs first, exclusively, when nobody else has a share: no running process needs what is in the directory then.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<DirectoryLock> ShareAsync(string directory, Action alone, CancellationToken cancellationToken)
    {
        var handle = Open(directory);
        if (Libc.flock((int)handle.DangerousGetHandle(), Libc.LockExclusive | Libc.LockNonBlocking) == 0)
        {
            try
            {
                alone();
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }

        await WaitAsync(handle, Libc.LockShared, cancellationToken);
        return new(handle);
    }

    /// <summary>Takes a share of the lock of what <paramref name="directory"/> leads to, also when that is replaced meanwhile.</summary>
    /// <param name="directory">An existing directory that the user may read.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<DirectoryLock> UseAsync(string directory, CancellationToken cancellationToken)
    {
        while (true)
        {
            var handle = Open(directory);
            await WaitAsync(handle, Libc.LockShared, cancellationToken);
            if (UnixFile.IsAt(handle, directory))
            {
                return new(handle);
            }

            handle.Dispose();
        }
    }

    /// <summary>The lock when nobody has it or a share of it; otherwise <c>null</c>.</summary>
    /// <param name="directory">An existing directory that the user may read.</param>
    public static DirectoryLock? TryAcquire(string directory)
    {
        var handle = Open(directory);
        if (
            Libc.flock((int)handle.DangerousGetHandle(), Libc.LockExclusive | Libc.LockNonBlocking) == 0
            && UnixFile.IsAt(handle, directory)
        )
        {
            return new(handle);
        }

        handle.Dispose();
        return null;
    }

    private static SafeFileHandle Open(string directory)
    {
        var fd = Libc.open(directory, OpenFlags.ReadOnly | OpenFlags.CloseOnExec, 0);
        Libc.CheckErrno(fd, $"open {directory}");
        return new(fd, ownsHandle: true);
    }

    private static async Task WaitAsync(SafeFileHandle handle, int kind, CancellationToken cancellationToken)
    {
        try
        {
            while (Libc.flock((int)handle.DangerousGetHandle(), kind | Libc.LockNonBlocking) != 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
            }
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
