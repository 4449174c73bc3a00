using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Commits;

/// <summary>A file of the archive.</summary>
/// <param name="Path">Where it lies in the repository.</param>
/// <param name="Head">Its first bytes, or all of them.</param>
internal sealed record ArchiveMember(string Path, byte[] Head)
{
    /// <summary>The bytes after <see cref="Head"/>.</summary>
    public FileSlice? Body { get; set; }
}

/// <summary>An archive on disk.</summary>
/// <param name="Digest">sha256 of it.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record WrittenArchive(Digest Digest, long Size);

/// <summary>Packs an archive-mode repository into a tar whose bytes depend on nothing but the repository's content.</summary>
internal static class CommitArchiveWriter
{
    private const int Buffer = 1 << 20;
    private const string Config = "[core]\nrepo_version=1\nmode=archive-z2\n";

    /// <summary>Writes <c>config</c>, the objects and the ref, sorted; what a client can make anew is left out.</summary>
    /// <param name="file">The tar to write.</param>
    /// <param name="objects">The objects, in any order.</param>
    /// <param name="reference">The branch.</param>
    /// <param name="commit">What it names.</param>
    /// <param name="time">Modification time of every entry.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static WrittenArchive Write(
        string file,
        IEnumerable<ArchiveMember> objects,
        string reference,
        string commit,
        DateTimeOffset time,
        CancellationToken cancellationToken
    )
    {
        using var hash = new HashedFile(file);
        using var buffered = new BufferedStream(hash, Buffer);
        using (var tar = new TarWriter(buffered, TarEntryFormat.Ustar, leaveOpen: true))
        {
            Add(tar, new("config", Encoding.ASCII.GetBytes(Config)), time);
            foreach (
                var directory in (string[])["extensions", "objects", "refs", "refs/heads", "refs/mirrors", "refs/remotes", "state", "tmp"]
            )
            {
                tar.WriteEntry(Plain(new UstarTarEntry(TarEntryType.Directory, directory), time, FileModes.Executable));
            }

            foreach (var member in objects.OrderBy(o => o.Path, StringComparer.Ordinal))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Add(tar, member, time);
            }

            Add(tar, new($"refs/heads/{reference}", Encoding.ASCII.GetBytes(commit + "\n")), time);
        }

        buffered.Flush();
        return hash.Finish();
    }

    private static void Add(TarWriter tar, ArchiveMember member, DateTimeOffset time)
    {
        using var content = new MemberStream(member);
        tar.WriteEntry(Plain(new UstarTarEntry(TarEntryType.RegularFile, member.Path) { DataStream = content }, time, FileModes.Plain));
    }

    private static UstarTarEntry Plain(UstarTarEntry entry, DateTimeOffset time, int mode)
    {
        entry.ModificationTime = time;
        entry.Mode = (UnixFileMode)mode;
        (entry.Uid, entry.Gid, entry.UserName, entry.GroupName) = (0, 0, "root", "root");
        return entry;
    }

    /// <summary>A new file whose bytes are hashed as they are written.</summary>
    private sealed class HashedFile(string path) : Stream
    {
        private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _file.Length;

        public override long Position
        {
            get => _file.Position;
            set => throw new NotSupportedException();
        }

        public WrittenArchive Finish() => new(Model.Values.Digest.FromHash(_hash.GetHashAndReset()), _file.Length);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            _file.Write(buffer);
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _file.Dispose();
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>The bytes of a member. It says that it can seek, because the tar asks for the length first.</summary>
    private sealed class MemberStream(ArchiveMember member) : Stream
    {
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => member.Head.Length + (member.Body?.Length ?? 0);

        public override long Position
        {
            get => _at;
            set => _at = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read;
            if (_at < member.Head.Length)
            {
                read = (int)Math.Min(buffer.Length, member.Head.Length - _at);
                member.Head.AsSpan((int)_at, read).CopyTo(buffer);
            }
            else
            {
                if (member.Body is not { } body || _at == Length || buffer.IsEmpty)
                {
                    return 0;
                }

                read = RandomAccess.Read(
                    body.File,
                    buffer[..(int)Math.Min(buffer.Length, Length - _at)],
                    body.Offset + _at - member.Head.Length
                );
                if (read == 0)
                {
                    throw new EndOfStreamException($"the compressed content of {member.Path} is cut off");
                }
            }

            _at += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
