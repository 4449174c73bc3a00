using System.Globalization;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Layers;

/// <summary>Kinds of tar entries.</summary>
internal enum TarKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A second name of an earlier file.</summary>
    HardLink,

    /// <summary>A device or FIFO.</summary>
    Special,
}

/// <summary>A header as the archive has it; names are not checked yet.</summary>
/// <param name="Path">As written.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Low 12 bits.</param>
/// <param name="UserId">Numeric owner.</param>
/// <param name="GroupId">Numeric group.</param>
/// <param name="Size">Bytes of content; 0 for everything but files.</param>
/// <param name="Target">Target of a link, else empty.</param>
/// <param name="Attributes">Extended attributes from pax records.</param>
internal sealed record TarEntry(
    string Path,
    TarKind Kind,
    int Mode,
    long UserId,
    long GroupId,
    long Size,
    string Target,
    ValueList<KeyValuePair<string, string>> Attributes
);

/// <summary>
/// Reads tar forward only: v7, ustar (POSIX.1-1988), GNU long names (L, K) and base-256 numbers, pax headers (POSIX.1-2001). Sizes are
/// bounded by what the stream yields; sparse files are not read.
/// </summary>
internal sealed class TarReader(Stream stream)
{
    private const int Block = 512;
    private const int LongestName = 64 * 1024;
    private const int LongestPax = 1024 * 1024;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _header = new byte[Block];
    private long _left;
    private int _padding;
    private bool _ended;

    /// <summary>The next entry, or <c>null</c> at the end. Unread content of the one before is skipped.</summary>
    /// <exception cref="BadPackageException">The archive is damaged.</exception>
    public TarEntry? Next()
    {
        string? longName = null;
        string? longTarget = null;
        var pax = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!_ended && ReadHeader())
        {
            var type = (char)_header[156];
            var size = Number(124, 12, "size");
            switch (type)
            {
                case 'L':
                    longName = Text(Payload(size, LongestName));
                    continue;
                case 'K':
                    longTarget = Text(Payload(size, LongestName));
                    continue;
                case 'x':
                    ReadPax(Payload(size, LongestPax), pax);
                    continue;
                case 'g':
                    _ = Payload(size, LongestPax);
                    continue;
            }

            return Entry(type, size, longName, longTarget, pax);
        }

        return longName is null && longTarget is null && pax.Count == 0
            ? null
            : throw BadPackageException.Damaged("the tar archive ends after an extended header");
    }

    /// <summary>Reads content of the current entry; 0 at its end.</summary>
    public int Read(Span<byte> buffer)
    {
        var read = _left == 0 ? 0 : stream.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0 && _left > 0 && !buffer.IsEmpty)
        {
            throw BadPackageException.Damaged("the tar archive is cut off");
        }

        _left -= read;
        return read;
    }

    private TarEntry Entry(char type, long size, string? longName, string? longTarget, Dictionary<string, string> pax)
    {
        var name = pax.GetValueOrDefault("path") ?? longName ?? Name();
        var kind = type switch
        {
            '0' or '\0' or '7' => name.EndsWith('/') && type == '\0' ? TarKind.Directory : TarKind.File,
            '1' => TarKind.HardLink,
            '2' => TarKind.Symlink,
            '3' or '4' or '6' => TarKind.Special,
            '5' => TarKind.Directory,
            _ => throw BadPackageException.Damaged($"tar entry type '{(type is > ' ' and < '\x7f' ? type : '?')}' is not supported"),
        };
        size = Value(pax, "size", size);
        _left = kind == TarKind.File ? size : 0;
        _padding = (int)(-_left & (Block - 1));
        var target = kind is TarKind.HardLink or TarKind.Symlink
            ? pax.GetValueOrDefault("linkpath") ?? longTarget ?? Text(_header.AsSpan(157, 100))
            : "";
        return new(
            name,
            kind,
            (int)(Number(100, 8, "mode") & FileModes.All),
            Value(pax, "uid", Number(108, 8, "uid")),
            Value(pax, "gid", Number(116, 8, "gid")),
            _left,
            target,
            pax.Where(p => p.Key.StartsWith("SCHILY.xattr.", StringComparison.Ordinal))
                .Select(p => KeyValuePair.Create(p.Key[13..], p.Value))
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .ToValueList()
        );
    }

    private string Name()
    {
        var name = Text(_header.AsSpan(0, 100));
        var posix = _header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        var prefix = posix ? Text(_header.AsSpan(345, 155)) : "";
        return prefix.Length == 0 ? name : $"{prefix}/{name}";
    }

    private bool ReadHeader()
    {
        Skip(_left + _padding);
        (_left, _padding) = (0, 0);
        var read = stream.ReadAtLeast(_header, Block, throwOnEndOfStream: false);
        if (read == 0 || (read == Block && !_header.AsSpan().ContainsAnyExcept((byte)0)))
        {
            // Whatever follows is read, so that the compressor's own check sees the whole stream.
            _ended = true;
            var rest = new byte[32 * 1024];
            while (stream.Read(rest) > 0) { }

            return false;
        }

        if (read < Block)
        {
            throw BadPackageException.Damaged("the tar archive is cut off");
        }

        var expected = Number(148, 8, "checksum");
        _header.AsSpan(148, 8).Fill((byte)' ');
        long unsigned = 0;
        long signed = 0;
        foreach (var b in _header)
        {
            unsigned += b;
            signed += unchecked((sbyte)b);
        }

        return expected == unsigned || expected == signed ? true : throw BadPackageException.Damaged("a tar header has a wrong checksum");
    }

    private byte[] Payload(long size, int limit)
    {
        if (size > limit)
        {
            throw BadPackageException.TooLarge($"an extended tar header has {size} bytes");
        }

        var bytes = new byte[size];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw BadPackageException.Damaged("the tar archive is cut off");
        }

        Skip(-size & (Block - 1));
        return bytes;
    }

    private void Skip(long count)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (count > 0)
        {
            var read = stream.Read(buffer[..(int)Math.Min(buffer.Length, count)]);
            if (read == 0)
            {
                throw BadPackageException.Damaged("the tar archive is cut off");
            }

            count -= read;
        }
    }

    private long Number(int offset, int length, string what)
    {
        var field = _header.AsSpan(offset, length);
        if ((field[0] & 0x80) != 0)
        {
            // GNU base-256: big-endian, the first bit is the mark. Negative numbers have no use in a package.
            long value = field[0] & 0x7f;
            foreach (var b in field[1..])
            {
                if (value >> 55 != 0)
                {
                    throw BadPackageException.Damaged($"a tar {what} is too large");
                }

                value = (value << 8) | b;
            }

            return value;
        }

        long octal = 0;
        foreach (var b in Encoding.Latin1.GetString(field).Trim(' ', '\0'))
        {
            octal =
                b is >= '0' and <= '7' && octal >> 58 == 0
                    ? (octal << 3) | (uint)(b - '0')
                    : throw BadPackageException.Damaged($"a tar {what} is not a number");
        }

        return octal;
    }

    private static void ReadPax(ReadOnlySpan<byte> records, Dictionary<string, string> pax)
    {
        while (!records.IsEmpty)
        {
            var space = records.IndexOf((byte)' ');
            if (
                space is < 1 or > 9
                || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                || length <= space + 1
                || length > records.Length
                || records[length - 1] != '\n'
            )
            {
                throw BadPackageException.Damaged("a pax record is damaged");
            }

            var record = records[(space + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1)
            {
                throw BadPackageException.Damaged("a pax record has no '='");
            }

            var key = Text(record[..equals], cut: false);
            if (key.StartsWith("GNU.sparse", StringComparison.Ordinal))
            {
                throw BadPackageException.Damaged("sparse files are not supported");
            }

            // Attribute values are bytes; Latin-1 keeps each of them.
            pax[key] = key.StartsWith("SCHILY.xattr.", StringComparison.Ordinal)
                ? Encoding.Latin1.GetString(record[(equals + 1)..])
                : Text(record[(equals + 1)..], cut: false);
            records = records[length..];
        }
    }

    private static long Value(Dictionary<string, string> pax, string key, long otherwise) =>
        !pax.TryGetValue(key, out var text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw BadPackageException.Damaged($"pax '{key}' is not a number");

    private static string Text(ReadOnlySpan<byte> bytes, bool cut = true)
    {
        var end = cut ? bytes.IndexOf((byte)0) : -1;
        try
        {
            return Strict.GetString(end < 0 ? bytes : bytes[..end]);
        }
        catch (DecoderFallbackException)
        {
            throw BadPackageException.Escape("a name in it is not UTF-8");
        }
    }
}
