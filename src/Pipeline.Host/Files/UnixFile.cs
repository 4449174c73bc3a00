using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;
using Errno = Pipeline.Host.Libc.Errno;

namespace Pipeline.Host.Files;

/// <summary>What a path is.</summary>
public enum UnixKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A device, socket or FIFO.</summary>
    Special,
}

/// <summary>What the kernel says about a path itself, never about what a link leads to.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Permission bits with setuid, setgid and sticky, at most 07777.</param>
/// <param name="UserId">Owner, as this user namespace numbers it.</param>
/// <param name="GroupId">Group, as this user namespace numbers it.</param>
/// <param name="Size">Bytes of a file.</param>
/// <param name="Links">How many names the inode has.</param>
/// <param name="Inode">The inode number.</param>
/// <param name="Device">Number of the file system.</param>
/// <param name="Modified">Modification time in whole seconds since 1970.</param>
public readonly record struct UnixStatus(
    UnixKind Kind,
    int Mode,
    uint UserId,
    uint GroupId,
    long Size,
    uint Links,
    ulong Inode,
    ulong Device,
    long Modified
)
{
    /// <summary>Bytes that it takes on the disk; less than <see cref="Size"/> for a file with holes.</summary>
    public long Allocated { get; init; }
}

/// <summary>How much of a file system is in use.</summary>
/// <param name="Device">Number of the file system.</param>
/// <param name="Bytes">Bytes in use.</param>
/// <param name="Entries">Inodes in use; 0 where there is no fixed number of them.</param>
public readonly record struct DiskUsage(ulong Device, long Bytes, long Entries);

/// <summary>
/// Calls on paths of this machine that .NET does not offer: our own work directories, never paths of packages, which go through
/// <see cref="TreeHandle"/>. All act on links themselves, and fail with the text of errno as <see cref="IOException"/>.
/// </summary>
public static unsafe class UnixFile
{
    /// <summary>The status of <paramref name="path"/>, or <c>null</c> when nothing is there.</summary>
    public static UnixStatus? Status(string path) => Status(path, Libc.NoFollow);

    /// <summary>The status of what <paramref name="path"/> leads to, or <c>null</c> when that is nothing.</summary>
    public static UnixStatus? StatusOfTarget(string path) => Status(path, 0);

    /// <summary>The status of an open file.</summary>
    public static UnixStatus StatusOf(SafeFileHandle handle)
    {
        var status = stackalloc byte[Libc.StatusSize];
        byte nothing = 0;
        Check(
            Libc.statx((int)handle.DangerousGetHandle(), &nothing, Libc.EmptyPath, Libc.BasicStatus, status),
            "read the status of an open file"
        );
        return Read(status);
    }

    /// <summary>
    /// What tells the file that <paramref name="path"/> leads to from any other, and from itself before it was written to: device, inode,
    /// size and both times in nanoseconds, of which only the kernel sets the time of change. <c>null</c> when nothing is there.
    /// </summary>
    public static string? StampOfTarget(string path)
    {
        var status = stackalloc byte[Libc.StatusSize];
        return Fill(path, 0, status) && Read(status) is var read
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{read.Device} {read.Inode} {read.Size} {Nanoseconds(status + 112)} {Nanoseconds(status + 96)}"
            )
            : null;
    }

    /// <summary>Whether <paramref name="path"/> still leads to the open file.</summary>
    public static bool IsAt(SafeFileHandle handle, string path)
    {
        var open = StatusOf(handle);
        return StatusOfTarget(path) is { } there && (there.Inode, there.Device) == (open.Inode, open.Device);
    }

    /// <summary>Makes a symbolic link with exactly this target.</summary>
    public static void Symlink(string target, string path)
    {
        fixed (byte* to = Terminated(target))
        fixed (byte* at = Terminated(path))
        {
            Check(Libc.symlinkat(to, Libc.CurrentDirectory, at), $"symlink {path}");
        }
    }

    /// <summary>Makes a directory with exactly this mode, whatever the umask; it must not exist.</summary>
    public static void MakeDirectory(string path, int mode)
    {
        fixed (byte* at = Terminated(path))
        {
            Check(Libc.mkdirat(Libc.CurrentDirectory, at, FileModes.PrivateDirectory), $"mkdir {path}");
        }

        SetMode(path, mode);
    }

    /// <summary>Sets owner and group of the path itself. Clears setuid and setgid: set the mode afterwards.</summary>
    public static void SetOwner(string path, uint user, uint group)
    {
        fixed (byte* at = Terminated(path))
        {
            Check(Libc.fchownat(Libc.CurrentDirectory, at, user, group, Libc.NoFollow), $"chown {path}");
        }
    }

    /// <summary>Sets permission bits (with setuid, setgid, sticky); a link is an error.</summary>
    public static void SetMode(string path, int mode)
    {
        fixed (byte* at = Terminated(path))
        {
            Check(Libc.fchmodat(Libc.CurrentDirectory, at, (uint)mode, Libc.NoFollow), $"chmod {path}");
        }
    }

    /// <summary>Sets access and modification time of the path itself to a whole second.</summary>
    public static void SetTimes(string path, long seconds)
    {
        var times = stackalloc long[4];
        (times[0], times[1], times[2], times[3]) = (seconds, 0, seconds, 0);
        fixed (byte* at = Terminated(path))
        {
            Check(Libc.utimensat(Libc.CurrentDirectory, at, times, Libc.NoFollow), $"utimensat {path}");
        }
    }

    /// <summary>Renames, replacing a file that is there.</summary>
    public static void Rename(string from, string to) => Check(Rename(from, to, 0), $"rename {from} to {to}");

    /// <summary>Exchanges two paths of one file system in one step; false where the file system cannot.</summary>
    public static bool TryExchange(string one, string other) =>
        Rename(one, other, Libc.Exchange) == 0
        || (Marshal.GetLastPInvokeError() is Errno.Invalid or Errno.NoSuchCall ? false : throw Error($"exchange {one} and {other}"));

    /// <summary>The target of a symbolic link, as written.</summary>
    public static string ReadLink(string path)
    {
        var buffer = stackalloc byte[4096];
        fixed (byte* at = Terminated(path))
        {
            var length = Libc.readlinkat(Libc.CurrentDirectory, at, buffer, 4096);
            return length >= 0 ? Encoding.UTF8.GetString(buffer, (int)length) : throw Error($"readlink {path}");
        }
    }

    /// <summary>Sets one extended attribute of the path itself.</summary>
    public static void SetAttribute(string path, string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* at = Terminated(path))
        fixed (byte* key = Terminated(name))
        fixed (byte* p = value)
        {
            Check(Libc.lsetxattr(at, key, p, (nuint)value.Length, 0), $"setxattr {name} on {path}");
        }
    }

    /// <summary>Removes a path and everything below as <see cref="TreeHandle.Delete"/> does; missing is fine, also the parent.</summary>
    public static void DeleteTree(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(full)!;
        if (StatusOfTarget(parent) is { Kind: UnixKind.Directory })
        {
            using var tree = TreeHandle.Open(parent);
            tree.Delete(Path.GetFileName(full), TreeLinks.Refused);
        }
    }

    /// <summary>Free bytes for this user on the file system of <paramref name="path"/>.</summary>
    public static long FreeBytes(string path) => new DriveInfo(path).AvailableFreeSpace;

    /// <summary>How much of the file system of <paramref name="path"/> is in use, following links.</summary>
    public static DiskUsage Usage(string path)
    {
        // struct statvfs of 64-bit architectures: block size, unit, blocks, free blocks, available ones, inodes, free inodes, …
        var usage = stackalloc ulong[32];
        fixed (byte* at = Terminated(path))
        {
            Check(Libc.statvfs(at, usage), $"statvfs {path}");
        }

        var device = StatusOfTarget(path)?.Device ?? throw new IOException($"{path} has gone");
        return new(device, (long)((usage[2] - usage[3]) * usage[1]), (long)(usage[5] - usage[6]));
    }

    /// <summary>Reads struct statx, which is the same on every architecture.</summary>
    internal static UnixStatus Read(byte* status)
    {
        const int typeBits = 0xf000;
        var mode = *(ushort*)(status + 28);
        var kind = (mode & typeBits) switch
        {
            0x8000 => UnixKind.File,
            0x4000 => UnixKind.Directory,
            0xa000 => UnixKind.Symlink,
            _ => UnixKind.Special,
        };
        return new(
            kind,
            mode & FileModes.All,
            *(uint*)(status + 20),
            *(uint*)(status + 24),
            *(long*)(status + 40),
            *(uint*)(status + 16),
            *(ulong*)(status + 32),
            ((ulong)*(uint*)(status + 136) << 32) | *(uint*)(status + 140),
            *(long*)(status + 112)
        )
        {
            Allocated = *(long*)(status + 48) * 512,
        };
    }

    private static UnixStatus? Status(string path, int flags)
    {
        var status = stackalloc byte[Libc.StatusSize];
        return Fill(path, flags, status) ? Read(status) : null;
    }

    /// <summary>Fills a struct statx; false when nothing is there.</summary>
    private static bool Fill(string path, int flags, byte* status)
    {
        fixed (byte* at = Terminated(path))
        {
            return Libc.statx(Libc.CurrentDirectory, at, flags, Libc.BasicStatus, status) == 0
                || (Marshal.GetLastPInvokeError() is Errno.NotFound or Errno.NotDirectory ? false : throw Error($"stat {path}"));
        }
    }

    /// <summary>A struct statx_timestamp.</summary>
    private static long Nanoseconds(byte* time) => checked((*(long*)time * 1_000_000_000) + *(uint*)(time + 8));

    private static int Rename(string from, string to, uint flags)
    {
        fixed (byte* one = Terminated(from))
        fixed (byte* other = Terminated(to))
        {
            return Libc.renameat2(Libc.CurrentDirectory, one, Libc.CurrentDirectory, other, flags);
        }
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw Error(what);
        }
    }

    private static IOException Error(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }
}
