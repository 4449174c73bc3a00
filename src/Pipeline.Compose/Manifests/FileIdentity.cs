using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pipeline.Compose.Manifests;

/// <summary>What makes two paths the same file: device and inode.</summary>
internal readonly unsafe partial record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int AtCurrentDirectory = -100;
    private const uint WantInode = 0x100;

    /// <summary>The identity of what <paramref name="path"/> leads to, or <c>null</c> when there is nothing.</summary>
    public static FileIdentity? Of(string path)
    {
        // struct statx is the same on every architecture: stx_ino at 32, stx_dev_major and stx_dev_minor at 136 and 140.
        var buffer = stackalloc byte[256];
        if (statx(AtCurrentDirectory, path, 0, WantInode, buffer) != 0)
        {
            return null;
        }

        var bytes = new ReadOnlySpan<byte>(buffer, 256);
        var device = MemoryMarshal.Read<ulong>(bytes[136..]);
        return new(
            BitConverter.IsLittleEndian ? device : BinaryPrimitives.ReverseEndianness(device),
            MemoryMarshal.Read<ulong>(bytes[32..])
        );
    }

#pragma warning disable IDE1006 // the C name
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* buffer);
#pragma warning restore IDE1006
}
