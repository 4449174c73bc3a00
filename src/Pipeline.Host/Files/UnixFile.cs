using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

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
);

/// <summary>File calls that .NET has no word for. All act on links themselves, and fail with the text of errno as <see cref="IOException"/>.</summary>
public static unsafe partial class UnixFile
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;

    /// <summary>The status of <paramref name="path"/>, or <c>null</c> when nothing is there.</summary>
    public static UnixStatus? Status(string path)
    {
        const int notFound = 2;
        const int notDirectory = 20;
        var s = stackalloc byte[256];
        if (statx(CurrentDirectory, path, NoFollow, 0x7ff, s) != 0)
        {
            return Marshal.GetLastPInvokeError() is notFound or notDirectory ? null : throw Error($"stat {path}");
        }

        var mode = *(ushort*)(s + 28);
        var kind = (mode & 0xf000) switch
        {
            0x8000 => UnixKind.File,
            0x4000 => UnixKind.Directory,
            0xa000 => UnixKind.Symlink,
            _ => UnixKind.Special,
        };
        return new(
            kind,
            mode & 0xfff,
            *(uint*)(s + 20),
            *(uint*)(s + 24),
            *(long*)(s + 40),
            *(uint*)(s + 16),
            *(ulong*)(s + 32),
            ((ulong)*(uint*)(s + 136) << 32) | *(uint*)(s + 140),
            *(long*)(s + 112)
        );
    }

    /// <summary>Gives the inode at <paramref name="existing"/> a second name.</summary>
    public static void Link(string existing, string path) => Check(link(existing, path), $"link {existing} to {path}");

    /// <summary>Makes a symbolic link with exactly this target.</summary>
    public static void Symlink(string target, string path) => Check(symlink(target, path), $"symlink {path}");

    /// <summary>Makes a directory with exactly this mode, whatever the umask; it must not exist.</summary>
    public static void MakeDirectory(string path, int mode)
    {
        Check(mkdir(path, 0x1c0), $"mkdir {path}");
        SetMode(path, mode);
    }

    /// <summary>Sets owner and group of the path itself. Clears setuid and setgid: set the mode afterwards.</summary>
    public static void SetOwner(string path, uint user, uint group) => Check(lchown(path, user, group), $"chown {path}");

    /// <summary>Sets permission bits (with setuid, setgid, sticky); follows links, so never call it on one.</summary>
    public static void SetMode(string path, int mode) => Check(Libc.chmod(path, (uint)mode), $"chmod {path}");

    /// <summary>Sets access and modification time of the path itself to a whole second.</summary>
    public static void SetTimes(string path, long seconds)
    {
        var times = stackalloc long[4];
        (times[0], times[1], times[2], times[3]) = (seconds, 0, seconds, 0);
        Check(utimensat(CurrentDirectory, path, times, NoFollow), $"utimensat {path}");
    }

    /// <summary>Renames, replacing a file that is there.</summary>
    public static void Rename(string from, string to) => Check(rename(from, to), $"rename {from} to {to}");

    /// <summary>Exchanges two paths of one file system in one step; false where the file system cannot.</summary>
    public static bool TryExchange(string one, string other)
    {
        const uint exchange = 2;
        const int invalid = 22;
        const int noSuchCall = 38;
        return renameat2(CurrentDirectory, one, CurrentDirectory, other, exchange) == 0
            || (Marshal.GetLastPInvokeError() is invalid or noSuchCall ? false : throw Error($"exchange {one} and {other}"));
    }

    /// <summary>The target of a symbolic link, as written.</summary>
    public static string ReadLink(string path)
    {
        var buffer = stackalloc byte[4096];
        var length = readlink(path, buffer, 4096);
        return length >= 0 ? Encoding.UTF8.GetString(buffer, (int)length) : throw Error($"readlink {path}");
    }

    /// <summary>Extended attributes of the path itself, by name in ordinal order; those of overlayfs and POSIX ACLs included as the kernel shows them.</summary>
    public static IReadOnlyList<KeyValuePair<string, byte[]>> Attributes(string path)
    {
        const int notSupported = 95;
        var length = llistxattr(path, null, 0);
        if (length <= 0)
        {
            return length == 0 || Marshal.GetLastPInvokeError() == notSupported ? [] : throw Error($"listxattr {path}");
        }

        var names = new byte[length];
        fixed (byte* p = names)
        {
            Check((int)(length = llistxattr(path, p, (nuint)names.Length)), $"listxattr {path}");
        }

        return
        [
            .. Encoding
                .UTF8.GetString(names, 0, (int)length)
                .Split('\0', StringSplitOptions.RemoveEmptyEntries)
                .Order(StringComparer.Ordinal)
                .Select(n => KeyValuePair.Create(n, Attribute(path, n))),
        ];
    }

    /// <summary>Sets one extended attribute of the path itself.</summary>
    public static void SetAttribute(string path, string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* p = value)
        {
            Check(lsetxattr(path, name, p, (nuint)value.Length, 0), $"setxattr {name} on {path}");
        }
    }

    /// <summary>Removes a tree without following links; missing is fine. Directories without write permission are opened up first.</summary>
    public static void DeleteTree(string path)
    {
        if (Status(path) is not { } status)
        {
            return;
        }

        if (status.Kind != UnixKind.Directory)
        {
            Check(unlink(path), $"unlink {path}");
            return;
        }

        if ((status.Mode & 0x1c0) != 0x1c0)
        {
            SetMode(path, 0x1c0);
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(path))
        {
            DeleteTree(entry);
        }

        Check(rmdir(path), $"rmdir {path}");
    }

    /// <summary>Makes a file share all blocks of another; false where the file system cannot.</summary>
    public static bool TryClone(SafeFileHandle from, SafeFileHandle to)
    {
        const nuint clone = 0x40049409; // FICLONE
        return Libc.ioctl((int)to.DangerousGetHandle(), clone, (int)from.DangerousGetHandle()) == 0;
    }

    /// <summary>Free bytes for this user on the file system of <paramref name="path"/>.</summary>
    public static long FreeBytes(string path) => new DriveInfo(path).AvailableFreeSpace;

    private static byte[] Attribute(string path, string name)
    {
        var length = lgetxattr(path, name, null, 0);
        Check((int)length, $"getxattr {name} of {path}");
        var value = new byte[length];
        fixed (byte* p = value)
        {
            Check((int)lgetxattr(path, name, p, (nuint)value.Length), $"getxattr {name} of {path}");
        }

        return value;
    }

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

#pragma warning disable IDE1006 // the C names, so that the man page is one search away
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int dir, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int symlink(string target, string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rmdir(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlink(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint user, uint group);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int utimensat(int dir, string path, long* times, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int fromDir, string from, int toDir, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlink(string path, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint llistxattr(string path, byte* names, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint lgetxattr(string path, string name, byte* value, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lsetxattr(string path, string name, byte* value, nuint size, int flags);
}
