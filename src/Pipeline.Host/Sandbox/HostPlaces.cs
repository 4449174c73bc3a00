using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>A directory or file of this machine that a worker uses although its ids are shifted.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="IsWritable">Whether it may change it.</param>
internal sealed record HostPlace(string Path, bool IsWritable);

/// <summary>
/// Mounts that show places of this machine in a namespace with shifted ids as if they were not: what belongs to id <c>n</c> on disk belongs
/// to id <c>n</c> inside, and files that are made inside belong on disk to the same ids. Everything else of the machine keeps its owners,
/// which are nobody inside.
/// </summary>
internal sealed unsafe class HostPlaces : IDisposable
{
    private const int SearchableByOthers = 1;

    private readonly List<Spelling> _places = [];
    private readonly List<string> _covers = [];
    private readonly List<string> _attached = [];

    private HostPlaces() { }

    /// <summary>Copies the mounts of the places and maps their ids. Nothing is mounted anywhere yet.</summary>
    /// <param name="places">The places; those below others need not be there.</param>
    /// <param name="process">A process in the user namespace.</param>
    /// <exception cref="IOException">This kernel, file system or container cannot map ids of mounts.</exception>
    public static HostPlaces Prepare(IEnumerable<HostPlace> places, int process)
    {
        var prepared = new HostPlaces();
        try
        {
            using var user = File.OpenHandle($"/proc/{process}/ns/user");
            foreach (
                var (path, place, isLink) in places
                    .SelectMany(Spellings)
                    .DistinctBy(s => s.Path)
                    .OrderBy(s => s.IsLink)
                    .ThenBy(s => s.Path, StringComparer.Ordinal)
            )
            {
                prepared._places.Add(new(path, Mapped(place, user), isLink));
            }

            return prepared;
        }
        catch
        {
            prepared.Dispose();
            throw;
        }
    }

    /// <summary>Mounts the places in the mount namespace of a process, parents first.</summary>
    /// <remarks>
    /// A path through a directory that only its owner may enter would lead nowhere inside. Such a directory is covered by an empty one,
    /// which holds nothing but the way to the place.
    /// </remarks>
    /// <exception cref="IOException">It is not possible.</exception>
    public Task AttachAsync(int process)
    {
        // A thread that entered another mount namespace must do nothing else: not even what waits for this work may go on there.
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                Attach(process);
                done.SetResult();
            }
#pragma warning disable CA1031 // it belongs to the caller
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "mounts",
        }.Start();
        return done.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var place in _places)
        {
            place.Mounts.Dispose();
        }
    }

    /// <summary>A place as it is written, and as it is without links: both ways must lead there.</summary>
    private static (string Path, HostPlace Place, bool IsLink)[] Spellings(HostPlace place)
    {
        var fd = Libc.open(place.Path, OpenFlags.Place | OpenFlags.CloseOnExec, 0);
        Check(fd, $"open {place.Path}");
        using var open = new SafeFileHandle(fd, ownsHandle: true);
        var real = UnixFile.ReadLink($"/proc/self/fd/{fd}");
        return [(real, place, false), (place.Path, place, real != place.Path)];
    }

    private static SafeFileHandle Mapped(HostPlace place, SafeFileHandle user)
    {
        int fd;
        fixed (byte* path = Encoding.UTF8.GetBytes(place.Path + '\0'))
        {
            fd = Libc.open_tree(path, Libc.TreeClone | Libc.TreeCloseOnExec | Libc.Recursive);
        }

        Check(fd, $"open the mounts of {place.Path}");
        var mounts = new SafeFileHandle(fd, ownsHandle: true);
        try
        {
            Check(
                Libc.mount_setattr(
                    fd,
                    Libc.EmptyPath | Libc.Recursive,
                    new()
                    {
                        Set = Libc.AttributeIdMap | (place.IsWritable ? 0 : Libc.AttributeReadOnly),
                        UserNamespace = (ulong)user.DangerousGetHandle(),
                    }
                ),
                $"map the ids of {place.Path}"
            );
            return mounts;
        }
        catch
        {
            mounts.Dispose();
            throw;
        }
    }

    private void Attach(int process)
    {
        using var mounts = File.OpenHandle($"/proc/{process}/ns/mnt");
        Check(Libc.unshare(Libc.UnshareFileSystem), "unshare");
        Check(Libc.setns((int)mounts.DangerousGetHandle(), Libc.MountNamespace), "setns");
        foreach (var place in _places)
        {
            MakeWay(place.Path);

            // A link that can still be followed leads to the place itself, which is there already.
            var there = UnixFile.StatusOfTarget(place.Path) is not null;
            if (there && place.IsLink)
            {
                continue;
            }

            if (!there)
            {
                MakePoint(place);
            }

            fixed (byte* path = Encoding.UTF8.GetBytes(place.Path + '\0'))
            {
                Check(Libc.move_mount((int)place.Mounts.DangerousGetHandle(), path), $"mount {place.Path}");
            }

            _attached.Add(place.Path);
        }
    }

    private void MakeWay(string path)
    {
        for (var end = path.IndexOf('/', 1); end > 0; end = path.IndexOf('/', end + 1))
        {
            var parent = path[..end];
            if (UnixFile.StatusOfTarget(parent) is not { } status)
            {
                RequireCovered(parent);
                MakeDirectory(parent);
            }
            else if ((status.Mode & SearchableByOthers) == 0 && !IsBelow(parent, _attached))
            {
                Check(
                    Libc.mount("pipeline", parent, "tmpfs", Libc.MountNoSetId | Libc.MountNoDevices, "mode=0755,size=1m"),
                    $"cover {parent}"
                );
                _covers.Add(parent);
            }
        }
    }

    private void MakePoint(Spelling place)
    {
        RequireCovered(place.Path);
        if (UnixFile.StatusOf(place.Mounts).Kind == UnixKind.Directory)
        {
            MakeDirectory(place.Path);
        }
        else
        {
            File.WriteAllBytes(place.Path, []);
        }
    }

    /// <summary>With calls that need no <c>/proc</c>: that of the process is of another PID namespace.</summary>
    private static void MakeDirectory(string path)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, (UnixFileMode)FileModes.Executable);
    }

    /// <summary>Nothing is ever made on the machine's own file systems.</summary>
    private void RequireCovered(string path)
    {
        if (!IsBelow(path, _covers))
        {
            throw new IOException($"{path} has gone");
        }
    }

    private static bool IsBelow(string path, List<string> directories) =>
        directories.Exists(d => path == d || path.StartsWith(d + "/", StringComparison.Ordinal));

    private static void Check(long result, string what)
    {
        if (result == -1)
        {
            throw new IOException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>A path to a place.</summary>
    /// <param name="Path">The path.</param>
    /// <param name="Mounts">The mounts that are to be there.</param>
    /// <param name="IsLink">Whether a link is on the way.</param>
    private sealed record Spelling(string Path, SafeFileHandle Mounts, bool IsLink);
}
