using Pipeline.Host.Archives;
using Pipeline.Host.Compression;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Live.Initrds;

/// <summary>
/// Reads an initramfs image as Linux does: archives one after another, each plain or compressed, with zeros between them. The last file of
/// a name wins. See buffer-format in the kernel's documentation.
/// </summary>
internal static class InitrdReader
{
    /// <summary>Most decoded bytes of an initramfs.</summary>
    public const long LargestInitramfs = 16L << 30;

    /// <summary>Most decoded bytes of an embed area.</summary>
    public const long LargestArea = 256L << 20;
    private const long MostKept = 128L << 20;
    private const int MostMembers = 1_000_000;
    private const ulong XzMemory = 256UL << 20;
    private const int KindOfFile = 0xf000;
    private const int RegularFile = 0x8000;

    /// <summary>The files that <paramref name="keep"/> asks for.</summary>
    /// <param name="file">The name of the image, for messages.</param>
    /// <param name="source">Its bytes.</param>
    /// <param name="limit">Most bytes that may come out of everything that is compressed in it.</param>
    /// <param name="keep">Chooses by name, without a leading slash.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PipelineException">PL3110 it is damaged, or something else.</exception>
    public static InitrdImage Read(string file, Stream source, long limit, Func<string, bool> keep, CancellationToken cancellationToken)
    {
        var walk = new Walk(keep, cancellationToken);
        try
        {
            var outer = new PeekStream(source, long.MaxValue);
            while (outer.SkipZeros())
            {
                if (outer.StartsWith("07070"u8))
                {
                    walk.Archive(outer);
                    continue;
                }

                using var decoded = Decode(outer);
                var inner = new PeekStream(decoded, limit);
                while (inner.SkipZeros())
                {
                    walk.Archive(inner);
                }

                limit -= inner.Count;
                outer.Unread(decoded.Unused);
            }
        }
        catch (Exception e) when (e is InvalidDataException or BadCpioException)
        {
            throw new PipelineException(LiveDiagnostics.BadInitrd(file, e.Message));
        }

        return walk.Image;
    }

    private static DecodingStream Decode(PeekStream source) =>
        source.StartsWith([0x1f, 0x8b]) ? new GzipMember(source, leaveOpen: true)
        : source.StartsWith([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0])
            ? new LzmaStream(source, XzMemory, leaveOpen: true, one: true)
        : source.StartsWith([0x28, 0xb5, 0x2f, 0xfd]) ? new ZstdStream(source, one: true, leaveOpen: true)
        : source.StartsWith([0x02, 0x21, 0x4c, 0x18]) || source.StartsWith([0x04, 0x22, 0x4d, 0x18])
            ? throw new InvalidDataException("it is compressed with lz4, which is not supported")
        : source.StartsWith("BZh"u8) ? throw new InvalidDataException("it is compressed with bzip2, which is not supported")
        : source.StartsWith([0x89, (byte)'L', (byte)'Z', (byte)'O'])
            ? throw new InvalidDataException("it is compressed with lzo, which is not supported")
        : throw new InvalidDataException("it is neither a cpio archive nor compressed with gzip, xz or zstd");

    /// <summary>What was found so far.</summary>
    private sealed class Walk(Func<string, bool> keep, CancellationToken cancellationToken)
    {
        private long _kept;
        private int _members;

        public InitrdImage Image { get; } = new();

        /// <summary>Reads one archive to its end.</summary>
        public void Archive(Stream stream)
        {
            var cpio = new CpioReader(stream) { PaddedNames = true };
            while (cpio.Next() is { } member)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (++_members > MostMembers)
                {
                    throw new InvalidDataException($"it has more than {MostMembers} members");
                }

                if (member.Name is null)
                {
                    throw new InvalidDataException("it has members without a name");
                }

                var name = Clean(member.Name);
                if ((member.Mode & KindOfFile) == RegularFile && keep(name))
                {
                    Image.Set(name, Content(cpio, member.Size));
                }
            }
        }

        private byte[] Content(CpioReader cpio, long size)
        {
            _kept = checked(_kept + size);
            if (_kept > MostKept)
            {
                throw new InvalidDataException($"its files have more than {MostKept >> 20} MiB");
            }

            var content = new MemoryStream();
            var buffer = new byte[Math.Min(size, 64 * 1024)];
            int read;
            while ((read = cpio.Read(buffer)) > 0)
            {
                content.Write(buffer, 0, read);
            }

            return content.ToArray();
        }

        /// <summary>Linux takes <c>./etc/x</c> and <c>/etc/x</c> for the same file.</summary>
        private static string Clean(string name)
        {
            while (name.StartsWith("./", StringComparison.Ordinal) || name.StartsWith('/'))
            {
                name = name[(name[0] == '.' ? 2 : 1)..];
            }

            return name;
        }
    }
}
