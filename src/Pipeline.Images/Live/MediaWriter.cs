using Pipeline.Host.Files;
using Pipeline.Images.Disks;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>Bytes that replace others of the same length.</summary>
/// <param name="Offset">In the image.</param>
/// <param name="Bytes">What is there afterwards.</param>
internal sealed record MediaChange(long Offset, byte[] Bytes);

/// <summary>Writes images: in place, to a new file, or to a stream.</summary>
internal static class MediaWriter
{
    /// <summary>Writes an image with changes.</summary>
    /// <param name="source">The image.</param>
    /// <param name="changes">Ascending, apart from one another, inside the image.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellationToken">Ends the copying. Changes in place are not interrupted.</param>
    /// <exception cref="PipelineException">PL3112, PL3123–PL3125.</exception>
    public static async Task WriteAsync(
        MediaFile source,
        ValueList<MediaChange> changes,
        MediaTarget target,
        CancellationToken cancellationToken
    )
    {
        if (target.Stream is { } open)
        {
            await using var stream = open();
            await StreamAsync(source, changes, stream, cancellationToken);
        }
        else if (target.File is { } file)
        {
            await NewAsync(
                file,
                temporary =>
                {
                    SparseFile.Copy(source.Path, temporary, cancellationToken);
                    Apply(temporary, changes);
                    return Task.CompletedTask;
                }
            );
        }
        else if (changes.Count > 0)
        {
            Apply(source.Path, changes);
            Sync(source.Path);
        }
    }

    /// <summary>Writes a file and more behind it to a new file or a stream.</summary>
    /// <exception cref="PipelineException">PL3112, PL3125.</exception>
    public static async Task AppendAsync(MediaFile source, byte[] more, MediaTarget target, CancellationToken cancellationToken)
    {
        if (target.Stream is { } open)
        {
            await using var stream = open();
            await CopyAsync(stream);
        }
        else
        {
            await NewAsync(
                target.File ?? throw new ArgumentException("an initramfs is not changed in place", nameof(target)),
                async temporary =>
                {
                    await using var stream = Create(temporary);
                    await CopyAsync(stream);
                }
            );
        }

        async Task CopyAsync(Stream stream)
        {
            await using var input = RegularFile.OpenStream(source.Path);
            await input.CopyToAsync(stream, cancellationToken);
            await stream.WriteAsync(more, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Makes a file that does not exist: whole, or not at all.</summary>
    /// <param name="file">The file.</param>
    /// <param name="write">Makes the file at the path that it is given.</param>
    /// <exception cref="PipelineException">PL3112, PL3125.</exception>
    public static async Task NewAsync(MediaFile file, Func<string, Task> write)
    {
        Require(file);
        var directory = Path.GetDirectoryName(file.Path)!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(file.Path)}.{Guid.NewGuid():n}.tmp");
        try
        {
            await write(temporary);
            Sync(temporary);
            File.Move(temporary, file.Path, overwrite: false);
            AtomicFile.SyncDirectory(directory);
        }
        catch (IOException) when (File.Exists(file.Path))
        {
            throw new PipelineException(LiveDiagnostics.Exists(file.Display));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Makes a file of bytes that does not exist yet.</summary>
    /// <exception cref="PipelineException">PL3112, PL3125.</exception>
    public static Task NewAsync(MediaFile file, byte[] content, CancellationToken cancellationToken) =>
        NewAsync(
            file,
            async temporary =>
            {
                await using var stream = Create(temporary);
                await stream.WriteAsync(content, cancellationToken);
            }
        );

    /// <summary>Refuses a path where a new file cannot be.</summary>
    public static void Require(MediaFile file)
    {
        if (Path.Exists(file.Path))
        {
            throw new PipelineException(LiveDiagnostics.Exists(file.Display));
        }

        if (!Directory.Exists(Path.GetDirectoryName(file.Path)))
        {
            throw new PipelineException(LiveDiagnostics.NoDirectory(file.Display));
        }
    }

    /// <summary>A new file.</summary>
    public static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);

    private static async Task StreamAsync(
        MediaFile source,
        ValueList<MediaChange> changes,
        Stream stream,
        CancellationToken cancellationToken
    )
    {
        await using var input = RegularFile.OpenStream(source.Path);
        var buffer = new byte[1 << 20];
        var at = 0L;
        foreach (var change in changes)
        {
            while (at < change.Offset)
            {
                var wanted = (int)Math.Min(buffer.Length, change.Offset - at);
                await input.ReadExactlyAsync(buffer.AsMemory(0, wanted), cancellationToken);
                await stream.WriteAsync(buffer.AsMemory(0, wanted), cancellationToken);
                at += wanted;
            }

            await stream.WriteAsync(change.Bytes, cancellationToken);
            at = input.Position = checked(change.Offset + change.Bytes.Length);
        }

        await input.CopyToAsync(stream, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>Changes an image in place.</summary>
    public static void Apply(string path, IEnumerable<MediaChange> changes)
    {
        using var handle = RegularFile.OpenForChange(path);
        foreach (var change in changes)
        {
            RandomAccess.Write(handle, change.Bytes, change.Offset);
        }
    }

    private static void Sync(string path)
    {
        using var handle = RegularFile.OpenForChange(path);
        RandomAccess.FlushToDisk(handle);
    }
}
