using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Files;

/// <summary>Ranges of open files: what is stored and what is a hole, and copies that the kernel makes.</summary>
public static unsafe class FileRanges
{
    private const int Chunk = 8 << 20;

    /// <summary>Makes a file share all blocks of another; <c>false</c> where the file system cannot.</summary>
    public static bool TryClone(SafeFileHandle from, SafeFileHandle to) =>
        Libc.ioctl((int)to.DangerousGetHandle(), OpenFlags.Host.ShareBlocks, (int)from.DangerousGetHandle()) == 0;

    /// <summary>Gives the blocks of a range back and keeps the size; <c>false</c> where the file system cannot.</summary>
    public static bool TryPunchHole(SafeFileHandle file, long offset, long length) =>
        Libc.fallocate((int)file.DangerousGetHandle(), Libc.PunchHole, offset, length) == 0;

    /// <summary>The stored ranges of a file, ascending.</summary>
    public static IEnumerable<(long Start, long End)> Stored(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var fd = (int)file.DangerousGetHandle();
        for (var at = 0L; at < length; )
        {
            var start = Libc.lseek(fd, at, Libc.SeekData);
            if (start == -1 && Marshal.GetLastPInvokeError() == Libc.Errno.NoSuchAddress)
            {
                yield break;
            }

            Check(start);
            var end = Libc.lseek(fd, start, Libc.SeekHole);
            Check(end);
            yield return (start, end);
            at = end;
        }
    }

    /// <summary>Copies everything into an empty file: by sharing blocks, else in the kernel, else through a buffer.</summary>
    public static void CopyAll(SafeFileHandle from, SafeFileHandle to)
    {
        if (!TryClone(from, to))
        {
            Copy(from, to, 0, RandomAccess.GetLength(from), CancellationToken.None);
        }
    }

    /// <summary>Copies a range to the same place of another file: in the kernel where it can, else through a buffer.</summary>
    public static void Copy(SafeFileHandle from, SafeFileHandle to, long start, long end, CancellationToken cancellationToken)
    {
        byte[]? buffer = null;
        for (var at = start; at < end; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            var wanted = (int)Math.Min(Chunk, end - at);
            var copied = buffer is null ? CopyInKernel(from, to, at, wanted) : 0;
            if (copied <= 0)
            {
                buffer ??= new byte[wanted];
                copied = RandomAccess.Read(from, buffer.AsSpan(0, Math.Min(wanted, buffer.Length)), at);
                if (copied == 0)
                {
                    throw new IOException("the file became shorter while it was copied");
                }

                RandomAccess.Write(to, buffer.AsSpan(0, copied), at);
            }

            at += copied;
        }
    }

    private static int CopyInKernel(SafeFileHandle from, SafeFileHandle to, long at, int length)
    {
        var (source, target) = (at, at);
        return (int)Libc.copy_file_range((int)from.DangerousGetHandle(), &source, (int)to.DangerousGetHandle(), &target, (nuint)length, 0);
    }

    private static void Check(long result)
    {
        if (result == -1)
        {
            throw new IOException($"lseek: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        }
    }
}
