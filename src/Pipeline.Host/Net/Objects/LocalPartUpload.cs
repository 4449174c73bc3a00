using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Net.Objects;

/// <summary>Parts are written to their place in one unfinished file; a part is there when the bytes are.</summary>
internal sealed class LocalPartUpload(string unfinished, Func<Task<string?>> finish) : IPartUpload
{
    public async Task<bool> HasPartAsync(UploadPart part, CancellationToken cancellationToken)
    {
        if (!File.Exists(unfinished))
        {
            return false;
        }

        using var handle = Open(FileMode.Open);
        if (RandomAccess.GetLength(handle) < part.Offset + part.Content.Length)
        {
            return false;
        }

        var there = new byte[Math.Min(part.Content.Length, 1024 * 1024)];
        for (var done = 0; done < part.Content.Length; )
        {
            var piece = there.AsMemory(0, Math.Min(there.Length, part.Content.Length - done));
            var read = await RandomAccess.ReadAsync(handle, piece, part.Offset + done, cancellationToken);
            if (read == 0 || !piece.Span[..read].SequenceEqual(part.Content.Span.Slice(done, read)))
            {
                return false;
            }

            done += read;
        }

        return true;
    }

    public async Task PutPartAsync(UploadPart part, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(unfinished)!);
        using var handle = Open(FileMode.OpenOrCreate);
        await RandomAccess.WriteAsync(handle, part.Content, part.Offset, cancellationToken);
    }

    public async Task<string?> CompleteAsync(int parts, CancellationToken cancellationToken)
    {
        if (File.Exists(unfinished))
        {
            using var handle = Open(FileMode.Open);
            RandomAccess.FlushToDisk(handle);
        }

        return await finish();
    }

    public Task AbortAsync(CancellationToken cancellationToken)
    {
        LocalObjectStore.DeleteIfThere(unfinished);
        return Task.CompletedTask;
    }

    private SafeFileHandle Open(FileMode mode) =>
        File.OpenHandle(unfinished, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
