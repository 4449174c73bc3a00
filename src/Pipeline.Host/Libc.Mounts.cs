using System.Runtime.InteropServices;

namespace Pipeline.Host;

/// <summary>
/// Calls on mounts and namespaces. Those newer than most C libraries go through <c>syscall</c>: their numbers are the same everywhere.
/// </summary>
#pragma warning disable IDE1006, CA1707 // the C names, so that the man page is one search away
internal static unsafe partial class Libc
{
    public const int Detach = 2;
    public const int UnshareFileSystem = 0x200;
    public const int MountNamespace = 0x20000;
    public const nuint MountNoSetId = 2;
    public const nuint MountNoDevices = 4;
    public const int TreeClone = 1;
    public const int TreeCloseOnExec = OpenFlags.CloseOnExec;
    public const int Recursive = 0x8000;
    public const int MoveFromDescriptor = 4;
    public const ulong AttributeReadOnly = 1;
    public const ulong AttributeIdMap = 0x100000;

    public const int FileSystemCloseOnExec = 1;
    public const int CreateFileSystem = 6;

    private const long OpenTreeNumber = 428;
    private const long MoveMountNumber = 429;
    private const long FsOpenNumber = 430;
    private const long FsConfigNumber = 431;
    private const long FsMountNumber = 432;
    private const long MountSetAttributeNumber = 442;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setns(int fd, int kind);

    /// <summary>A descriptor of a copy of the mounts at a path; they are nowhere yet.</summary>
    public static int open_tree(byte* path, int flags) => (int)syscall(OpenTreeNumber, CurrentDirectory, (nint)path, flags, 0, 0);

    /// <summary>Changes mounts that a descriptor stands for.</summary>
    public static long mount_setattr(int fd, int flags, MountAttributes attributes)
    {
        byte nothing = 0;
        return syscall(MountSetAttributeNumber, fd, (nint)(&nothing), flags, (nint)(&attributes), sizeof(MountAttributes));
    }

    /// <summary>Puts mounts that a descriptor stands for at a path.</summary>
    public static long move_mount(int fd, byte* path)
    {
        byte nothing = 0;
        return syscall(MoveMountNumber, fd, (nint)(&nothing), CurrentDirectory, (nint)path, MoveFromDescriptor);
    }

    /// <summary>A descriptor of a file system that is to be made.</summary>
    public static int fsopen(byte* name, int flags) => (int)syscall(FsOpenNumber, (nint)name, flags, 0, 0, 0);

    /// <summary>Configures it; the commands that are used here take no key and no value.</summary>
    public static long fsconfig(int fd, int command) => syscall(FsConfigNumber, fd, command, 0, 0, 0);

    /// <summary>A descriptor of a mount of it that is nowhere yet; the file system goes with its last user.</summary>
    public static int fsmount(int fd, int flags) => (int)syscall(FsMountNumber, fd, flags, 0, 0, 0);

    /// <summary>struct mount_attr.</summary>
    public struct MountAttributes
    {
        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }
}
