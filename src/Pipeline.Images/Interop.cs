using System.Runtime.InteropServices;

namespace Pipeline.Images;

/// <summary>The C library calls image making needs and .NET has no word for.</summary>
#pragma warning disable IDE1006, CA1707 // the C names, so that the man page is one search away
internal static unsafe partial class Interop
{
    /// <summary>lseek: the next byte that is stored.</summary>
    public const int SeekData = 3;

    /// <summary>lseek: the next byte that is not stored.</summary>
    public const int SeekHole = 4;

    /// <summary>errno of lseek past the last data.</summary>
    public const int NoSuchAddress = 6;

    /// <summary>fallocate: give blocks back and keep the file's size (KEEP_SIZE | PUNCH_HOLE).</summary>
    public const int PunchHole = 3;

    /// <summary>Throws with the message of the last errno when a call returned -1.</summary>
    public static void Check(long result, string what)
    {
        if (result == -1)
        {
            throw new IOException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fallocate(int fd, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nuint length, uint flags);
}
