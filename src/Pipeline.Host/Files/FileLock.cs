using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Files;

/// <summary>
/// An flock on a file that also says who holds it: pid, command and since when. The kernel drops it when the holder ends.
/// </summary>
public sealed class FileLock : IDisposable
{
    /// <summary>The code of a lock that is held and not waited for.</summary>
    public const string Held = "PL0310";

    private readonly SafeFileHandle _handle;

    private FileLock(SafeFileHandle handle) => _handle = handle;

    /// <summary>Takes the lock, waiting for another holder.</summary>
    /// <param name="path">The lock file; it is made when missing and never deleted.</param>
    /// <param name="wait">Whether to wait; otherwise a held lock is PL0310 (class 1).</param>
    /// <param name="onWait">Called once with the holder of the lock when it has to wait.</param>
    /// <param name="time">Clock for the "since" note.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<FileLock> AcquireAsync(
        string path,
        bool wait,
        Action<string> onWait,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var reported = false;
        while (true)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            // Not File.OpenHandle: that takes a shared flock of its own and fails while another process holds ours.
            const int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.NonBlocking | OpenFlags.CloseOnExec;
            var fd = Libc.open(path, flags, FileModes.Plain);
            Libc.CheckErrno(fd, $"open {path}");
            var handle = new SafeFileHandle(fd, ownsHandle: true);
            try
            {
                RegularFile.Require(path, UnixFile.StatusOf(handle));
                while (Libc.flock((int)handle.DangerousGetHandle(), Libc.LockExclusive | Libc.LockNonBlocking) != 0)
                {
                    var holder = Holder(handle);
                    if (!wait)
                    {
                        throw new PipelineException(
                            Diagnostic.Error(
                                Held,
                                $"'{path}' is held by {holder}",
                                hint: "wait for it, or run again without --no-wait",
                                exit: ExitClass.WorkFailed
                            )
                        );
                    }

                    if (!reported)
                    {
                        onWait(holder);
                        reported = true;
                    }

                    await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
                }

                if (UnixFile.IsAt(handle, path))
                {
                    Note(handle, time);
                    return new(handle);
                }
            }
            catch
            {
                handle.Dispose();
                throw;
            }

            // The directory was replaced while we waited: the lock of what is there now is another one.
            handle.Dispose();
        }
    }

    /// <summary>Takes the lock when it is free; <c>null</c> when somebody holds it.</summary>
    /// <param name="path">As for <see cref="AcquireAsync"/>.</param>
    /// <param name="time">Clock for the "since" note.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<FileLock?> TryAcquireAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await AcquireAsync(path, wait: false, _ => { }, time, cancellationToken);
        }
        catch (PipelineException e) when (e.Diagnostics.All(d => d.Code == Held))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_handle.IsClosed)
        {
            RandomAccess.SetLength(_handle, 0);
            _handle.Dispose();
        }
    }

    private static void Note(SafeFileHandle handle, TimeProvider time)
    {
        var words = Environment.GetCommandLineArgs().Select(a => Path.GetFileName(KnownSecrets.HideAll(a))).Take(4);
        var command = TerminalText.Harmless(string.Join(' ', words));
        var since = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, Encoding.UTF8.GetBytes($"pid {InnerProcess.Id} ('{command}', since {since})"), 0);
    }

    private static string Holder(SafeFileHandle handle)
    {
        var buffer = new byte[512];
        var read = RandomAccess.Read(handle, buffer, 0);
        return read == 0 ? "another process" : TerminalText.Shorten(KnownSecrets.HideAll(Encoding.UTF8.GetString(buffer, 0, read)), 400);
    }
}
