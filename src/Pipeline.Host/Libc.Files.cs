using System.Runtime.InteropServices;

namespace Pipeline.Host;

/// <summary>
/// Calls on files, relative to an open directory. Paths are bytes that end with NUL, because names need not be UTF-8. The wrapped flags are
/// in <see cref="OpenFlags"/>: some differ between architectures.
/// </summary>
#pragma warning disable IDE1006, CA1707 // the C names, so that the man page is one search away
internal static unsafe partial class Libc
{
    /// <summary>The working directory in place of a directory's descriptor (AT_FDCWD).</summary>
    public const int CurrentDirectory = -100;

    /// <summary>AT_SYMLINK_NOFOLLOW.</summary>
    public const int NoFollow = 0x100;

    /// <summary>AT_EMPTY_PATH: the descriptor itself.</summary>
    public const int EmptyPath = 0x1000;

    /// <summary>AT_REMOVEDIR.</summary>
    public const int RemoveDirectory = 0x200;

    /// <summary>STATX_BASIC_STATS.</summary>
    public const uint BasicStatus = 0x7ff;

    /// <summary>Bytes of struct statx, the same on every architecture.</summary>
    public const int StatusSize = 256;

    /// <summary>RENAME_EXCHANGE.</summary>
    public const uint Exchange = 2;

    /// <summary>lseek: the next byte that is stored.</summary>
    public const int SeekData = 3;

    /// <summary>lseek: the next byte that is not stored.</summary>
    public const int SeekHole = 4;

    /// <summary>fallocate: give blocks back and keep the size (KEEP_SIZE | PUNCH_HOLE).</summary>
    public const int PunchHole = 3;

    /// <summary>The number of openat2, the same on every architecture; the C library has no wrapper.</summary>
    public const long OpenAt2 = 437;

    [LibraryImport("libc", SetLastError = true)]
    public static partial long syscall(long number, nint first, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, byte* status);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int statvfs(byte* path, ulong* status);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint getdents64(int fd, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int linkat(int fromDirectory, byte* from, int toDirectory, byte* to, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint readlinkat(int directory, byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int renameat2(int fromDirectory, byte* from, int toDirectory, byte* to, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchownat(int directory, byte* path, uint user, uint group, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int utimensat(int directory, byte* path, long* times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint llistxattr(byte* path, byte* names, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint lgetxattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int lsetxattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fallocate(int fd, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nuint length, uint flags);

    /// <summary>struct open_how of openat2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary>Numbers of errno that decide what happens next; the same on every architecture we run on.</summary>
    public static class Errno
    {
        public const int NotPermitted = 1;
        public const int NotFound = 2;
        public const int Interrupted = 4;
        public const int NoSuchAddress = 6;
        public const int Again = 11;
        public const int NoAccess = 13;
        public const int Exists = 17;
        public const int OtherDevice = 18;
        public const int NotDirectory = 20;
        public const int IsDirectory = 21;
        public const int Invalid = 22;
        public const int NoSpace = 28;
        public const int NameTooLong = 36;
        public const int NoSuchCall = 38;
        public const int NotEmpty = 39;
        public const int Loop = 40;
        public const int NotSupported = 95;
        public const int Quota = 122;
    }
}
