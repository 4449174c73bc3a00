using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Host.Tools;

/// <summary>
/// What a dynamic loader reads in a 64-bit ELF file before it starts anything: the machine, the loader itself, the libraries it asks for
/// and where it wants them searched (https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html).
/// </summary>
/// <param name="Machine">e_machine; libraries of another machine are never loaded.</param>
/// <param name="Interpreter">The loader, or <c>null</c> for a library or a static program.</param>
/// <param name="Needed">DT_NEEDED: names or paths of libraries.</param>
/// <param name="SearchPath">DT_RPATH and DT_RUNPATH, with <c>$ORIGIN</c> not yet replaced.</param>
internal sealed record ElfFile(ushort Machine, string? Interpreter, IReadOnlyList<string> Needed, IReadOnlyList<string> SearchPath)
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const int MostText = 64 * 1024 * 1024;

    /// <summary>Reads a file.</summary>
    /// <returns><c>null</c> when it is not a well-formed 64-bit ELF file.</returns>
    public static ElfFile? TryRead(Stream file)
    {
        try
        {
            return new Reader(file).Read();
        }
        catch (Exception e) when (e is EndOfStreamException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A segment of the program header table.</summary>
    private readonly record struct Segment(uint Type, long Offset, long Address, long Size);

    private sealed class Reader(Stream file)
    {
        private const uint Load = 1;
        private const uint Dynamic = 2;
        private const uint Interpreter = 3;

        private bool _bigEndian;

        public ElfFile? Read()
        {
            var header = At(0, HeaderSize);
            if (!header.AsSpan().StartsWith("\u007fELF"u8) || header[4] != 2 || header[5] is not (1 or 2))
            {
                return null;
            }

            _bigEndian = header[5] == 2;
            var machine = Half(header, 18);
            var segments = Segments(checked((long)Word(header, 32)), Half(header, 56));
            var loader = segments.Where(s => s.Type == Interpreter).Select(s => Text(At(s.Offset, s.Size), 0)).FirstOrDefault();
            var (needed, paths) = segments.Where(s => s.Type == Dynamic).Select(s => Entries(s, segments)).FirstOrDefault(([], []));
            return new(machine, loader, needed, paths);
        }

        private List<Segment> Segments(long offset, int count)
        {
            var table = At(offset, checked(count * SegmentSize));
            var segments = new List<Segment>(count);
            for (var at = 0; at < table.Length; at += SegmentSize)
            {
                segments.Add(
                    new(
                        Quarter(table, at),
                        checked((long)Word(table, at + 8)),
                        checked((long)Word(table, at + 16)),
                        checked((long)Word(table, at + 32))
                    )
                );
            }

            return segments;
        }

        private (List<string> Needed, List<string> Paths) Entries(Segment dynamic, List<Segment> segments)
        {
            const ulong end = 0;
            const ulong neededTag = 1;
            const ulong stringsTag = 5;
            const ulong stringsSizeTag = 10;
            const ulong rpathTag = 15;
            const ulong runpathTag = 29;
            var table = At(dynamic.Offset, dynamic.Size);
            var entries = new List<(ulong Tag, ulong Value)>();
            for (var at = 0; at + 16 <= table.Length && Word(table, at) != end; at += 16)
            {
                entries.Add((Word(table, at), Word(table, at + 8)));
            }

            var address = checked((long)entries.FirstOrDefault(e => e.Tag == stringsTag).Value);
            var size = checked((long)entries.FirstOrDefault(e => e.Tag == stringsSizeTag).Value);
            var home = segments.FirstOrDefault(s => s.Type == Load && address >= s.Address && address - s.Address < s.Size);
            var strings = At(checked(home.Offset + address - home.Address), size);
            return (
                [.. entries.Where(e => e.Tag == neededTag).Select(e => Text(strings, checked((int)e.Value)))],
                [
                    .. entries
                        .Where(e => e.Tag is rpathTag or runpathTag)
                        .SelectMany(e => Text(strings, checked((int)e.Value)).Split(':', StringSplitOptions.RemoveEmptyEntries)),
                ]
            );
        }

        private byte[] At(long offset, long size)
        {
            if (size is < 0 or > MostText)
            {
                throw new EndOfStreamException();
            }

            var bytes = new byte[size];
            file.Position = offset;
            file.ReadExactly(bytes);
            return bytes;
        }

        private static string Text(byte[] bytes, int at)
        {
            var rest = bytes.AsSpan(at);
            var length = rest.IndexOf((byte)0);
            return Encoding.UTF8.GetString(length < 0 ? rest : rest[..length]);
        }

        private ushort Half(byte[] bytes, int at) =>
            _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

        private uint Quarter(byte[] bytes, int at) =>
            _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

        private ulong Word(byte[] bytes, int at) =>
            _bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
    }
}
