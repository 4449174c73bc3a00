using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Unicode;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Commits;

/// <summary>
/// The objects of files and links: read, hashed and compressed by one thread per processor, the largest first. Equal files are compressed
/// once.
/// </summary>
/// <param name="root">The tree.</param>
/// <param name="scratch">Takes compressed contents.</param>
/// <param name="ahead">Contents that are compressed already, or <c>null</c>.</param>
/// <param name="step">Receives the parts.</param>
/// <param name="time">Their clock.</param>
internal sealed class ContentObjects(TreeHandle root, CommitArchiveScratch scratch, DeflatedLayers? ahead, IStep step, TimeProvider time)
{
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
                .Select(thread =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            using var worker = new Worker(this, thread, cancellationToken);
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

    /// <summary>What one thread does.</summary>
    private sealed class Worker(ContentObjects objects, int thread, CancellationToken cancellationToken) : IDisposable
    {
        private static readonly TimeSpan Shown = TimeSpan.FromMilliseconds(20);
        private readonly ContentReader _reader = new();
        private long _started = objects.Time.GetTimestamp();
        private int _files;

        public void Make(CommitFile file)
        {
            var plain = CommitTree.MetadataOf(objects.Root, file.Path, file.Status);
            var metadata = plain.With(file.Label);
            if (file.Status.Kind == UnixKind.Symlink)
            {
                MakeLink(file, metadata);
            }
            else if (file.Status.Size > ContentReader.Whole)
            {
                MakeLarge(file, metadata);
            }
            else
            {
                file.Checksum = _reader.Read(objects.Root, file.Path, metadata);
                if (objects.Claim(file.Checksum, () => ObjectFormat.ArchiveHeader(metadata, [], _reader.Size)) is { } member)
                {
                    member.Body = Ahead(file, plain) ?? objects.Scratch.Add(_reader.Deflate());
                }
            }

            Report(file);
        }

        public void Dispose() => _reader.Dispose();

        /// <summary>What was deflated ahead is known by its checksum without a label.</summary>
        private FileSlice? Ahead(CommitFile file, ObjectMetadata plain) =>
            objects.Ahead?.Find(file.Label is null ? file.Checksum : _reader.ChecksumAs(plain));

        /// <summary>Small files are reported together.</summary>
        private void Report(CommitFile file)
        {
            _files++;
            var took = objects.Time.GetElapsedTime(_started);
            if (took >= Shown)
            {
                objects.Step.Part(thread, _files == 1 ? file.Path.ToString() : $"{_files} files", took);
                (_started, _files) = (objects.Time.GetTimestamp(), 0);
            }
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

        private void MakeLarge(CommitFile file, ObjectMetadata metadata)
        {
            using var handle = objects.Root.OpenFile(file.Path, TreeLinks.Refused);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(ObjectFormat.FileHeader(metadata, []));
            var buffer = new byte[1 << 20];
            long size = 0;
            for (int read; (read = RandomAccess.Read(handle, buffer, size)) > 0; size += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }

            file.Checksum = hash.GetHashAndReset();
            if (objects.Claim(file.Checksum, () => ObjectFormat.ArchiveHeader(metadata, [], size)) is { } member)
            {
                member.Body = objects.Scratch.AddLarge(handle, size, cancellationToken);
            }
        }
    }

    private TreeHandle Root => root;

    private CommitArchiveScratch Scratch => scratch;

    private DeflatedLayers? Ahead => ahead;

    private IStep Step => step;

    private TimeProvider Time => time;
}
