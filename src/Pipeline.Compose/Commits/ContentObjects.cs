using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Commits;

/// <summary>
/// The objects of files and links: read, hashed and compressed by one thread per processor, the largest first. Equal files are compressed
/// once.
/// </summary>
/// <param name="root">The tree.</param>
/// <param name="scratch">Takes compressed contents.</param>
internal sealed class ContentObjects(TreeHandle root, CommitArchiveScratch scratch)
{
    /// <summary>Larger files are hashed and compressed in pieces.</summary>
    internal const int Whole = 64 << 20;

    private readonly ConcurrentDictionary<string, ArchiveMember> _members = new(StringComparer.Ordinal);

    /// <summary>What was made; complete once <see cref="MakeAsync"/> is over.</summary>
    public IEnumerable<ArchiveMember> Members => _members.Values;

    /// <summary>Makes the objects and sets the checksums of the files.</summary>
    /// <exception cref="PipelineException">PL2142: a link that leads to a name that is no text.</exception>
    public async Task MakeAsync(IReadOnlyList<CommitFile> files, CancellationToken cancellationToken)
    {
        CommitFile[] queue = [.. files.OrderByDescending(f => f.Status.Size)];
        var next = -1;
        await Task.WhenAll(
            Enumerable
                .Range(0, Math.Min(Environment.ProcessorCount, Math.Max(queue.Length, 1)))
                .Select(_ =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            using var worker = new Worker(this, cancellationToken);
                            int taken;
                            while ((taken = Interlocked.Increment(ref next)) < queue.Length)
                            {
                                cancellationToken.ThrowIfCancellationRequested();
                                worker.Make(queue[taken]);
                            }
                        },
                        cancellationToken,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
    }

    /// <summary>Claims an object for the caller to complete; <c>null</c> when another file is the same.</summary>
    private ArchiveMember? Claim(byte[] checksum, Func<byte[]> head)
    {
        var path = ObjectFormat.PathOf(Convert.ToHexStringLower(checksum), "filez");
        if (_members.ContainsKey(path))
        {
            return null;
        }

        var member = new ArchiveMember(path, head());
        return _members.TryAdd(path, member) ? member : null;
    }

    /// <summary>What one thread needs: its compressor and its buffers.</summary>
    private sealed class Worker(ContentObjects objects, CancellationToken cancellationToken) : IDisposable
    {
        private readonly RawDeflate _deflate = new();
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private byte[] _content = new byte[1 << 16];
        private byte[] _compressed = [];

        public void Make(CommitFile file)
        {
            var metadata = CommitTree.MetadataOf(objects.Root, file.Path, file.Status);
            if (file.Status.Kind == UnixKind.Symlink)
            {
                MakeLink(file, metadata);
                return;
            }

            using var handle = objects.Root.OpenFile(file.Path, TreeLinks.Refused);
            if (RandomAccess.GetLength(handle) > Whole)
            {
                MakeLarge(file, metadata, handle);
                return;
            }

            var size = ReadAll(handle, (int)RandomAccess.GetLength(handle));
            var content = _content.AsSpan(0, size);
            _hash.AppendData(ObjectFormat.FileHeader(metadata, []));
            _hash.AppendData(content);
            file.Checksum = _hash.GetHashAndReset();
            if (objects.Claim(file.Checksum, () => ObjectFormat.ArchiveHeader(metadata, [], size)) is { } member)
            {
                var room = _deflate.Bound(size);
                if (_compressed.Length < room)
                {
                    _compressed = new byte[room];
                }

                member.Body = objects.Scratch.Add(_compressed.AsSpan(0, _deflate.Compress(content, _compressed)));
            }
        }

        public void Dispose()
        {
            _deflate.Dispose();
            _hash.Dispose();
        }

        private void MakeLink(CommitFile file, ObjectMetadata metadata)
        {
            var target = objects.Root.ReadLink(file.Path, TreeLinks.Refused);
            if (!Utf8.IsValid(target))
            {
                throw new PipelineException(CommitDiagnostics.Target(file.Path));
            }

            file.Checksum = SHA256.HashData(ObjectFormat.FileHeader(metadata, target));
            _ = objects.Claim(file.Checksum, () => ObjectFormat.ArchiveHeader(metadata, target, 0));
        }

        private void MakeLarge(CommitFile file, ObjectMetadata metadata, SafeFileHandle handle)
        {
            _hash.AppendData(ObjectFormat.FileHeader(metadata, []));
            var buffer = new byte[1 << 20];
            long size = 0;
            for (int read; (read = RandomAccess.Read(handle, buffer, size)) > 0; size += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _hash.AppendData(buffer, 0, read);
            }

            file.Checksum = _hash.GetHashAndReset();
            if (objects.Claim(file.Checksum, () => ObjectFormat.ArchiveHeader(metadata, [], size)) is { } member)
            {
                member.Body = objects.Scratch.AddLarge(handle, size, cancellationToken);
            }
        }

        private int ReadAll(SafeFileHandle handle, int size)
        {
            if (_content.Length < size)
            {
                _content = new byte[size];
            }

            var at = 0;
            for (int read; at < size && (read = RandomAccess.Read(handle, _content.AsSpan(at, size - at), at)) > 0; )
            {
                at += read;
            }

            return at;
        }
    }

    private TreeHandle Root => root;

    private CommitArchiveScratch Scratch => scratch;
}
