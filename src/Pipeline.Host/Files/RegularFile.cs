using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Errno = Pipeline.Host.Libc.Errno;

namespace Pipeline.Host.Files;

/// <summary>
/// Reads files that others may have put there. Opening never waits: a FIFO, a socket, a device or a directory in the place of a file is
/// refused, and so is more than the caller expects.
/// </summary>
public static class RegularFile
{
    /// <summary>Most bytes of a document that is read into memory, unless the caller says otherwise: 64 MiB.</summary>
    public const long Limit = 64L << 20;

    /// <summary>Whether a regular file is there, also behind links.</summary>
    public static bool Is(string path) =>
        !path.Contains('\0', StringComparison.Ordinal) && UnixFile.StatusOfTarget(path) is { Kind: UnixKind.File };

    /// <summary>Opens for reading, shared with everyone and without any lock.</summary>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    /// <exception cref="PipelineException">PL0323 it is not a regular file.</exception>
    public static SafeFileHandle Open(string path) =>
        OpenOrNull(path) ?? throw new FileNotFoundException($"Could not find file '{path}'.", path);

    /// <summary>As <see cref="Open"/>; <c>null</c> when nothing is there.</summary>
    public static SafeFileHandle? OpenOrNull(string path) => OpenWith(path, OpenFlags.ReadOnly);

    /// <summary>Opens for reading and for changing bytes in place; never creates or shortens.</summary>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    /// <exception cref="PipelineException">PL0323 it is not a regular file.</exception>
    public static SafeFileHandle OpenForChange(string path) =>
        OpenWith(path, OpenFlags.ReadWrite) ?? throw new FileNotFoundException($"Could not find file '{path}'.", path);

    private static SafeFileHandle? OpenWith(string path, int access)
    {
        // Looked at first: opening a device may act on it. Looked at again below: what is there may have changed since.
        if (path.Contains('\0', StringComparison.Ordinal) || UnixFile.StatusOfTarget(path) is not { } found)
        {
            return null;
        }

        Require(path, found);
        var fd = Libc.open(path, access | OpenFlags.NonBlocking | OpenFlags.CloseOnExec, 0);
        if (fd < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno switch
            {
                Errno.NotFound or Errno.NotDirectory => null,
                Errno.NoAccess or Errno.NotPermitted => throw new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
                _ => throw new IOException($"open {path}: {Marshal.GetPInvokeErrorMessage(errno)}", errno),
            };
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        try
        {
            Require(path, UnixFile.StatusOf(handle));
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>All bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">Most bytes that are read.</param>
    /// <exception cref="PipelineException">PL0323 not a regular file; PL0324 too large.</exception>
    public static byte[] Read(string path, long limit = Limit)
    {
        using var handle = Open(path);
        var bytes = Buffer(path, handle, limit);
        var read = 0;
        int n;
        while (read < bytes.Length && (n = RandomAccess.Read(handle, bytes.AsSpan(read), read)) > 0)
        {
            read += n;
        }

        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>All bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PipelineException">PL0323 not a regular file; PL0324 more than <see cref="Limit"/>.</exception>
    public static Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken) => ReadAsync(path, Limit, cancellationToken);

    /// <inheritdoc cref="ReadAsync(string, CancellationToken)"/>
    /// <param name="path">The file.</param>
    /// <param name="limit">Most bytes that are read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<byte[]> ReadAsync(string path, long limit, CancellationToken cancellationToken)
    {
        using var handle = Open(path);
        var bytes = Buffer(path, handle, limit);
        var read = 0;
        int n;
        while (read < bytes.Length && (n = await RandomAccess.ReadAsync(handle, bytes.AsMemory(read), read, cancellationToken)) > 0)
        {
            read += n;
        }

        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>All text, as <see cref="File.ReadAllText(string)"/> reads it.</summary>
    public static string ReadText(string path, long limit = Limit) => Decode(Read(path, limit));

    /// <inheritdoc cref="ReadText(string, long)"/>
    public static async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken) =>
        Decode(await ReadAsync(path, cancellationToken));

    /// <summary>The lines of a text.</summary>
    public static IEnumerable<string> ReadLines(string path) => ReadText(path).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    /// <summary>The bytes as a stream that can seek.</summary>
    public static FileStream OpenStream(string path, int bufferSize = 1 << 20) => new(Open(path), FileAccess.Read, bufferSize);

    /// <summary>
    /// Opens what the user named: a regular file, or what a shell opened for us, such as <c>&lt;(command)</c>, which is a pipe on purpose.
    /// </summary>
    public static FileStream OpenNamed(string path) =>
        path == "/dev/stdin" || path.StartsWith("/dev/fd/", StringComparison.Ordinal)
            ? new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1)
            : OpenStream(path, 1);

    private static string Decode(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>As many bytes as the file has now: one that grows meanwhile is read as it was.</summary>
    private static byte[] Buffer(string path, SafeFileHandle handle, long limit)
    {
        var length = RandomAccess.GetLength(handle);
        return length <= limit ? new byte[length] : throw TooLarge(path, length, limit);
    }

    /// <summary>Refuses what is not a regular file.</summary>
    internal static void Require(string path, UnixStatus status)
    {
        if (status.Kind != UnixKind.File)
        {
            throw new PipelineException(
                Diagnostic.Error(
                    "PL0323",
                    $"'{path}' is a {(status.Kind == UnixKind.Directory ? "directory" : "device, socket or FIFO")}, not a file",
                    hint: "put a regular file in its place"
                )
            );
        }
    }

    private static PipelineException TooLarge(string path, long length, long limit) =>
        new(
            Diagnostic.Error(
                "PL0324",
                $"'{path}' has {ByteSize.FromBytes(length)}, more than the {ByteSize.FromBytes(limit)} that are read",
                hint: "check that it is the right file"
            )
        );
}
