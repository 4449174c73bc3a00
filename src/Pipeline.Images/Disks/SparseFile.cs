using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;

namespace Pipeline.Images.Disks;

/// <summary>Files with holes: disks whose free space costs nothing.</summary>
internal static class SparseFile
{
    /// <summary>Makes or resizes a file; what it grows by is a hole.</summary>
    public static void SetLength(string path, long length)
    {
        using var handle = Open(path, FileMode.OpenOrCreate);
        RandomAccess.SetLength(handle, length);
    }

    /// <summary>Writes at an offset; nothing else of the file changes.</summary>
    public static void Write(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        using var handle = Open(path, FileMode.Open);
        RandomAccess.Write(handle, bytes, offset);
    }

    /// <summary>Makes a range read as zeros and gives its blocks back. Where the file system cannot, zeros are written.</summary>
    public static void Clear(string path, long offset, long length)
    {
        using var handle = Open(path, FileMode.Open);
        if (FileRanges.TryPunchHole(handle, offset, length))
        {
            return;
        }

        var zeros = new byte[1 << 20];
        for (var done = 0L; done < length; done += zeros.Length)
        {
            RandomAccess.Write(handle, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)), offset + done);
        }
    }

    /// <summary>
    /// Copies a whole file: sharing its blocks where the file system can, else only what is not a hole. The target must not exist.
    /// </summary>
    public static void Copy(string source, string target, CancellationToken cancellationToken)
    {
        using var from = File.OpenHandle(source);
        using var to = File.OpenHandle(target, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        if (FileRanges.TryClone(from, to))
        {
            return;
        }

        RandomAccess.SetLength(to, RandomAccess.GetLength(from));
        foreach (var (start, end) in FileRanges.Stored(from))
        {
            FileRanges.Copy(from, to, start, end, cancellationToken);
        }
    }

    /// <summary>Bytes that are stored.</summary>
    public static long Stored(string path)
    {
        using var handle = File.OpenHandle(path);
        return FileRanges.Stored(handle).Sum(d => d.End - d.Start);
    }

    /// <summary>Waits until the file is on the disk.</summary>
    public static void Sync(string path)
    {
        using var handle = Open(path, FileMode.Open);
        RandomAccess.FlushToDisk(handle);
    }

    private static SafeFileHandle Open(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite);
}
