using System.Buffers.Binary;
using Pipeline.Model.Values;

namespace Pipeline.Host.Archives;

/// <summary>A name in a directory object.</summary>
/// <param name="Name">Bytes without NUL.</param>
/// <param name="Checksum">Of the file, or of the directory's own object: 64 hexadecimal digits.</param>
/// <param name="Metadata">Of a directory's metadata; <c>null</c> for a file.</param>
internal sealed record ObjectName(byte[] Name, string Checksum, string? Metadata);

/// <summary>
/// Reads what labels need of OSTree's objects: names in directories, attributes of files and directories. Objects are GVariants: the ends
/// of members of variable size stand at the end of each container, in as few bytes each as its size needs.
/// </summary>
internal static class OstreeObjects
{
    private const int ChecksumSize = 32;
    private const int FilePrefix = 8;
    private const int FileFixed = 24; // of (tuuuusa(ayay)): size, owner, group, mode, device
    private const int DirectoryFixed = 12; // of (uuua(ayay)): owner, group, mode

    /// <summary>Checksums of the root directory and its metadata in a commit, <c>(a{sv}aya(say)sstayay)</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static (string Tree, string Metadata) RootOf(ReadOnlySpan<byte> commit)
    {
        const int ends = 6;
        var at = commit.Length - (ends * WidthOf(commit.Length)) - (2 * ChecksumSize);
        Require(at > 0);
        return (Checksum(commit.Slice(at, ChecksumSize)), Checksum(commit.Slice(at + ChecksumSize, ChecksumSize)));
    }

    /// <summary>The names in a directory, <c>(a(say)a(sayay))</c>: files, then directories.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static List<ObjectName> NamesIn(ReadOnlySpan<byte> directory)
    {
        var (files, directories) = Pair(directory);
        var names = new List<ObjectName>();
        foreach (var (start, end) in Elements(files))
        {
            var (name, checksum) = Pair(files[start..end]);
            names.Add(new(NameOf(name), Checksum(checksum), null));
        }

        foreach (var (start, end) in Elements(directories))
        {
            var element = directories[start..end];
            var width = WidthOf(element.Length);
            Require(element.Length >= 2 * width);
            var (first, second) = (End(element, 1), End(element, 2));
            var rest = element.Length - (2 * width);
            Require(first <= second && second <= rest);
            names.Add(new(NameOf(element[..first]), Checksum(element[first..second]), Checksum(element[second..rest])));
        }

        return names;
    }

    /// <summary>How many bytes the header of a file in archive mode takes.</summary>
    public static long HeaderLength(ReadOnlySpan<byte> head)
    {
        Require(head.Length >= FilePrefix);
        return FilePrefix + (long)BinaryPrimitives.ReadUInt32BigEndian(head);
    }

    /// <summary>The attributes of a file's header in archive mode, without its content.</summary>
    /// <param name="head">The first bytes of the object: at least its header.</param>
    /// <param name="length">How many of them the header takes.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static List<(byte[] Name, byte[] Value)> FileAttributes(ReadOnlySpan<byte> head, out int length)
    {
        var header = Header(head, out length);
        return Attributes(header[TargetEnd(header)..^WidthOf(header.Length)]);
    }

    /// <summary>The header of a file with other attributes, and with another size of its content.</summary>
    public static byte[] WithAttributes(ReadOnlySpan<byte> head, IReadOnlyList<(byte[] Name, byte[] Value)> attributes, long? size = null)
    {
        var header = Header(head, out _);
        var target = TargetEnd(header);
        byte[] body = [.. header[..target], .. Serialised(attributes)];
        if (size is { } bytes)
        {
            BinaryPrimitives.WriteInt64BigEndian(body, bytes);
        }

        var framed = Framed(body, [target]);
        var result = new byte[FilePrefix + framed.Length];
        BinaryPrimitives.WriteInt32BigEndian(result, framed.Length);
        framed.CopyTo(result, FilePrefix);
        return result;
    }

    /// <summary>Owner, group and permission bits of a file in archive mode.</summary>
    public static (uint User, uint Group, int Mode) OwnerOf(ReadOnlySpan<byte> head)
    {
        var header = Header(head, out _);
        return (
            BinaryPrimitives.ReadUInt32BigEndian(header[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(header[12..]),
            (int)(BinaryPrimitives.ReadUInt32BigEndian(header[16..]) & FileModes.All)
        );
    }

    /// <summary>The attributes of a directory's metadata.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static List<(byte[] Name, byte[] Value)> DirectoryAttributes(ReadOnlySpan<byte> metadata)
    {
        Require(metadata.Length >= DirectoryFixed);
        return Attributes(metadata[DirectoryFixed..]);
    }

    /// <summary>A directory's metadata with other attributes.</summary>
    public static byte[] WithDirectoryAttributes(ReadOnlySpan<byte> metadata, IReadOnlyList<(byte[] Name, byte[] Value)> attributes) =>
        [.. metadata[..DirectoryFixed], .. Serialised(attributes)];

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, out int length)
    {
        Require(head.Length >= FilePrefix);
        var size = BinaryPrimitives.ReadUInt32BigEndian(head);
        Require(size >= FileFixed + 2 && size <= head.Length - FilePrefix);
        length = FilePrefix + (int)size;
        return head[FilePrefix..length];
    }

    /// <summary>Where the target of a link ends, which is the one end that a header keeps.</summary>
    private static int TargetEnd(ReadOnlySpan<byte> header)
    {
        var end = End(header, 1);
        Require(end > FileFixed && end <= header.Length - WidthOf(header.Length));
        return end;
    }

    private static List<(byte[] Name, byte[] Value)> Attributes(ReadOnlySpan<byte> array)
    {
        var found = new List<(byte[], byte[])>();
        foreach (var (start, end) in Elements(array))
        {
            var (name, value) = Pair(array[start..end]);
            found.Add((NameOf(name), value.ToArray()));
        }

        return found;
    }

    private static byte[] Serialised(IReadOnlyList<(byte[] Name, byte[] Value)> attributes)
    {
        var body = new List<byte>();
        var ends = new int[attributes.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            var (name, value) = attributes[i];
            body.AddRange(Framed([.. name, 0, .. value], [name.Length + 1]));
            ends[i] = body.Count;
        }

        return Framed([.. body], ends);
    }

    private static byte[] Framed(byte[] body, int[] ends)
    {
        var width =
            body.Length + ends.Length <= byte.MaxValue ? sizeof(byte)
            : body.Length + (sizeof(ushort) * (long)ends.Length) <= ushort.MaxValue ? sizeof(ushort)
            : sizeof(uint);
        var framed = new byte[body.Length + (width * ends.Length)];
        body.CopyTo(framed, 0);
        Span<byte> number = stackalloc byte[sizeof(uint)];
        for (var i = 0; i < ends.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, ends[i]);
            number[..width].CopyTo(framed.AsSpan(body.Length + (i * width)));
        }

        return framed;
    }

    /// <summary>The elements of an array of variable size.</summary>
    private static List<(int Start, int End)> Elements(ReadOnlySpan<byte> array)
    {
        var elements = new List<(int, int)>();
        if (array.IsEmpty)
        {
            return elements;
        }

        var width = WidthOf(array.Length);
        var ends = End(array, 1);
        Require(ends <= array.Length - width && (array.Length - ends) % width == 0);
        var start = 0;
        for (var count = (array.Length - ends) / width; count > 0; count--)
        {
            var end = End(array, count);
            Require(end >= start && end <= ends);
            elements.Add((start, end));
            start = end;
        }

        return elements;
    }

    /// <summary>Two members of variable size.</summary>
    private static Two Pair(ReadOnlySpan<byte> tuple)
    {
        var end = End(tuple, 1);
        Require(end <= tuple.Length - WidthOf(tuple.Length));
        return new(tuple[..end], tuple[end..^WidthOf(tuple.Length)]);
    }

    /// <summary>The last, last but one … end that a container keeps.</summary>
    private static int End(ReadOnlySpan<byte> container, int fromLast)
    {
        var width = WidthOf(container.Length);
        Require(container.Length >= width * fromLast);
        var at = container[^(width * fromLast)..];
        var end = width switch
        {
            sizeof(byte) => at[0],
            sizeof(ushort) => BinaryPrimitives.ReadUInt16LittleEndian(at),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(at),
        };
        Require(end <= container.Length);
        return (int)end;
    }

    private static int WidthOf(int length) =>
        length switch
        {
            <= byte.MaxValue => sizeof(byte),
            <= ushort.MaxValue => sizeof(ushort),
            _ => sizeof(uint),
        };

    private static byte[] NameOf(ReadOnlySpan<byte> text)
    {
        Require(text.Length > 1 && text.IndexOf((byte)0) == text.Length - 1);
        return text[..^1].ToArray();
    }

    private static string Checksum(ReadOnlySpan<byte> bytes)
    {
        Require(bytes.Length == ChecksumSize);
        return Convert.ToHexStringLower(bytes);
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new FormatException("not an object of OSTree");
        }
    }

    private readonly ref struct Two(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        private readonly ReadOnlySpan<byte> _first = first;
        private readonly ReadOnlySpan<byte> _second = second;

        public void Deconstruct(out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second)
        {
            first = _first;
            second = _second;
        }
    }
}
