using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Host.Net.Objects;

/// <summary>
/// A directory as a store: keys are relative paths, so it can be served or copied as it is. Writers are ordered by an flock on
/// <c>.store/lock</c> and replace files by rename; readers take no lock. A tag is the SHA-256 of the content, so files that other
/// programs put there take part in compare-and-swap as well.
/// </summary>
/// <param name="root">The directory; made at the first write.</param>
public sealed class LocalObjectStore(string root) : IObjectStore
{
    private const int MostOfHead = 64 * 1024;

    private readonly string _root = Path.GetFullPath(root);

    /// <inheritdoc/>
    public string Address => $"file:{_root}";

    private string Bookkeeping => Path.Combine(_root, ObjectKey.Reserved);

    /// <inheritdoc/>
    public async Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        using var handle = OpenOrNull(path);
        return handle is null ? null : await HeadAsync(key, handle, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken)
    {
        using var handle = OpenOrNull(PathOf(key));
        if (handle is null)
        {
            return null;
        }

        var length = RandomAccess.GetLength(handle);
        if (length > limit)
        {
            throw new PipelineException(ObjectDiagnostics.TooLarge(Address, key, length, limit));
        }

        var bytes = new byte[length];
        var read = 0;
        int n;
        while (read < bytes.Length && (n = await RandomAccess.ReadAsync(handle, bytes.AsMemory(read), read, cancellationToken)) > 0)
        {
            read += n;
        }

        return new(bytes.AsMemory(0, read), Digest.Of(bytes.AsSpan(0, read)).Hex);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken)
    {
        var handle = OpenOrNull(PathOf(key)) ?? throw new PipelineException(ObjectDiagnostics.Missing(Address, key));
        try
        {
            if ((await HeadAsync(key, handle, cancellationToken)).Tag != tag)
            {
                throw new PipelineException(ObjectDiagnostics.Changed(Address, key));
            }

            return new FileStream(handle, FileAccess.Read, 0) { Position = offset };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<string?> WriteAsync(
        string key,
        ReadOnlyMemory<byte> content,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken
    )
    {
        var path = PathOf(key);
        using var gate = await LockAsync(cancellationToken);
        if (!await HoldsAsync(path, condition, cancellationToken))
        {
            return null;
        }

        var digest = Digest.Of(content.Span);
        await PublishAsync(key, path, digest, headers, () => AtomicFile.WriteAsync(path, content, CancellationToken.None));
        return digest.Hex;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string key, string? tag, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        using var gate = await LockAsync(cancellationToken);
        if (!File.Exists(path) || (tag is not null && !await HoldsAsync(path, WriteCondition.IfTag(tag), cancellationToken)))
        {
            return false;
        }

        File.Delete(path);
        DeleteIfThere(HeadPath(key));
        AtomicFile.SyncDirectory(Path.GetDirectoryName(path)!);
        PruneEmpty(Path.GetDirectoryName(path)!);
        return true;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectKey.CheckPrefix(prefix);
        await Task.CompletedTask;
        var folder = prefix.Contains('/', StringComparison.Ordinal) ? prefix[..prefix.LastIndexOf('/')] : "";
        var found = new List<ObjectEntry>();
        Walk(new DirectoryInfo(Path.Combine(_root, folder)), folder.Length == 0 ? "" : folder + "/", prefix, found, cancellationToken);
        foreach (var entry in found.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public Task<IPartUpload> BeginUploadAsync(string key, Digest digest, ObjectHeaders headers, CancellationToken cancellationToken)
    {
        PathOf(key);
        var unfinished = Path.Combine(Bookkeeping, "uploads", $"{Digest.Of(key).Hex[..32]}-{digest.Hex}");
        return Task.FromResult<IPartUpload>(new LocalPartUpload(unfinished, () => FinishAsync(key, digest, headers, unfinished)));
    }

    /// <summary>Nothing is held between calls.</summary>
    public void Dispose() { }

    private async Task<string?> FinishAsync(string key, Digest digest, ObjectHeaders headers, string unfinished)
    {
        var path = PathOf(key);
        using var gate = await LockAsync(CancellationToken.None);
        if (File.Exists(path) || !File.Exists(unfinished))
        {
            DeleteIfThere(unfinished);
            return null;
        }

        await PublishAsync(
            key,
            path,
            digest,
            headers,
            () =>
            {
                var directory = Path.GetDirectoryName(path)!;
                Directory.CreateDirectory(directory);
                File.Move(unfinished, path);
                AtomicFile.SyncDirectory(directory);
                return Task.CompletedTask;
            }
        );
        return digest.Hex;
    }

    /// <summary>
    /// The headers go first out, then in again: a reader that finds none hashes the file itself, so it never sees the digest of one
    /// content beside the other. Once begun it is not cancelled.
    /// </summary>
    private async Task PublishAsync(string key, string path, Digest digest, ObjectHeaders headers, Func<Task> put)
    {
        Directory.CreateDirectory(Path.Combine(Bookkeeping, "heads"));
        File.Delete(HeadPath(key));
        try
        {
            await put();
        }
        catch (IOException e) when (e is not FileNotFoundException)
        {
            throw new PipelineException(ObjectDiagnostics.Local(Address, key, e.Message), e);
        }

        var file = new FileInfo(path);
        var head = new JsonTextObject([
            new("key", new JsonTextString(key)),
            new("size", new JsonTextNumber(FormattableString.Invariant($"{file.Length}"))),
            new("written", new JsonTextNumber(FormattableString.Invariant($"{file.LastWriteTimeUtc.Ticks}"))),
            new("sha256", new JsonTextString(digest.Hex)),
            new("content-type", new JsonTextString(headers.ContentType)),
            new("cache-control", headers.CacheControl is { } cache ? new JsonTextString(cache) : new JsonTextNull()),
        ]);
        await AtomicFile.WriteAsync(HeadPath(key), JsonTextWriter.Write(head, JsonStyle.Compact), CancellationToken.None);
    }

    private async Task<ObjectHead> HeadAsync(string key, SafeFileHandle handle, CancellationToken cancellationToken)
    {
        var size = RandomAccess.GetLength(handle);
        var written = File.GetLastWriteTimeUtc(handle).Ticks;
        var kept = ReadKept(key);
        var current =
            kept?.Find("size") is JsonTextNumber s
            && s.Raw == FormattableString.Invariant($"{size}")
            && kept.Find("written") is JsonTextNumber w
            && w.Raw == FormattableString.Invariant($"{written}");
        var digest =
            current && Digest.TryParse((kept!.Find("sha256") as JsonTextString)?.Value, out var known)
                ? known
                : await HashAsync(handle, cancellationToken);
        return new(
            key,
            size,
            digest.Hex,
            digest,
            (kept?.Find("content-type") as JsonTextString)?.Value,
            (kept?.Find("cache-control") as JsonTextString)?.Value
        );
    }

    private JsonTextObject? ReadKept(string key)
    {
        try
        {
            return JsonText.Parse("head", RegularFile.Read(HeadPath(key), MostOfHead), new DiagnosticBag()) as JsonTextObject;
        }
        catch (Exception e) when (e is IOException or PipelineException)
        {
            return null;
        }
    }

    private static async Task<bool> HoldsAsync(string path, WriteCondition condition, CancellationToken cancellationToken)
    {
        if (condition.Absent)
        {
            return !File.Exists(path);
        }

        if (condition.Tag is null)
        {
            return true;
        }

        using var handle = OpenOrNull(path);
        return handle is not null && (await HashAsync(handle, cancellationToken)).Hex == condition.Tag;
    }

    private static async Task<Digest> HashAsync(SafeFileHandle handle, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        long offset = 0;
        int read;
        while ((read = await RandomAccess.ReadAsync(handle, buffer, offset, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            offset += read;
        }

        return Digest.FromHash(hash.GetHashAndReset());
    }

    private Task<DirectoryLock> LockAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Bookkeeping);
        return DirectoryLock.AcquireAsync(Bookkeeping, cancellationToken);
    }

    private string PathOf(string key) => Path.Combine(_root, ObjectKey.Check(key));

    private string HeadPath(string key) => Path.Combine(Bookkeeping, "heads", $"{Digest.Of(key).Hex}.json");

    /// <summary>
    /// Shared with everyone: .NET's own advisory locks would refuse readers while a writer works. A directory is no object: keys below it
    /// may be.
    /// </summary>
    private static SafeFileHandle? OpenOrNull(string path) => Directory.Exists(path) ? null : RegularFile.OpenOrNull(path);

    /// <summary>File.Delete forgives a missing file but not a missing directory.</summary>
    internal static void DeleteIfThere(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    private void PruneEmpty(string directory)
    {
        while (directory.Length > _root.Length && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
            directory = Path.GetDirectoryName(directory)!;
        }
    }

    private static void Walk(
        DirectoryInfo directory,
        string at,
        string prefix,
        List<ObjectEntry> found,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!directory.Exists)
        {
            return;
        }

        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            var key = at + entry.Name;
            var related = key.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(key + "/", StringComparison.Ordinal);
            var own = key == ObjectKey.Reserved || (entry.Name.StartsWith('.') && entry.Name.EndsWith(".tmp", StringComparison.Ordinal));
            if (!related || own || entry.LinkTarget is not null)
            {
                continue;
            }

            if (entry is DirectoryInfo below)
            {
                Walk(below, key + "/", prefix, found, cancellationToken);
            }
            else if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                found.Add(new(key, ((FileInfo)entry).Length));
            }
        }
    }
}
