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

    /// <summary>Reads at an offset.</summary>
    public static void Read(string path, long offset, Span<byte> bytes)
    {
        using var handle = Open(path, FileMode.Open);
        if (RandomAccess.Read(handle, bytes, offset) != bytes.Length)
        {
            throw new IOException($"'{path}' ends early");
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
