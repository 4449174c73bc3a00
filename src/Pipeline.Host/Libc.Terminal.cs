using System.Runtime.InteropServices;

namespace Pipeline.Host;

/// <content>Terminals.</content>
internal static unsafe partial class Libc
{
    /// <summary>Bytes that hold a <c>struct termios</c> of any of our architectures.</summary>
    public const int SizeOfTermios = 128;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int tcgetattr(int fd, byte* settings);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int tcsetattr(int fd, int when, byte* settings);

    [LibraryImport("libc")]
    public static partial void cfmakeraw(byte* settings);
}
