using System.Globalization;
using System.Text;
using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>A member of the archive of an RPM package.</summary>
/// <param name="Name">As written, or <c>null</c> in the form that only has <paramref name="Number"/>.</param>
/// <param name="Number">Its place in the header's list of files.</param>
/// <param name="Size">Bytes of content; unknown (-1) in the form that only has a number.</param>
internal sealed record CpioMember(string? Name, long Number, long Size);

/// <summary>
/// Reads the archives of RPM packages forward only: cpio <c>newc</c> (cpio(5)), and RPM's own form <c>07070X</c>, whose members have no
/// more than their number in the header's list of files.
/// </summary>
internal sealed class CpioReader(Stream stream)
{
    private const int LongestName = 8192;
    private const string End = "TRAILER!!!";
    private readonly byte[] _fields = new byte[104];
    private long _at;
    private long _left;
    private bool _ended;

    /// <summary>The next member, or <c>null</c> at the end; the stream is read out then, for the check of the compressor.</summary>
    /// <exception cref="BadPackageException">The archive is damaged.</exception>
    public CpioMember? Next()
    {
        if (_ended)
        {
            return null;
        }

        Skip(_left);
        Pad();
        Fill(_fields.AsSpan(0, 6));
        var magic = _fields.AsSpan(0, 6);
        if (magic.SequenceEqual("07070X"u8))
        {
            Fill(_fields.AsSpan(0, 8));
            var number = Number(0);
            Pad();
            return new(null, number, -1);
        }

        if (!magic.SequenceEqual("070701"u8) && !magic.SequenceEqual("070702"u8))
        {
            throw BadPackageException.Damaged("a member of the cpio archive does not begin with its magic bytes");
        }

        Fill(_fields);
        var (size, length) = (Number(6), Number(11));
        if (length is < 1 or > LongestName)
        {
            throw BadPackageException.TooLarge($"a name of the cpio archive has {length} bytes");
        }

        var name = Name((int)length);
        Pad();
        if (name == End)
        {
            Finish();
            return null;
        }

        _left = size;
        return new(name, -1, size);
    }

    /// <summary>Says how much content a member has that does not say it itself.</summary>
    public void Expect(long size) => _left = size;

    /// <summary>Reads content of the current member; 0 at its end.</summary>
    public int Read(Span<byte> buffer)
    {
        var read = _left == 0 ? 0 : stream.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0 && _left > 0 && !buffer.IsEmpty)
        {
            throw CutOff();
        }

        _left -= read;
        _at += read;
        return read;
    }

    private void Finish()
    {
        _ended = true;
        var rest = new byte[32 * 1024];
        while (stream.Read(rest) > 0) { }
    }

    private void Fill(Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw CutOff();
        }

        _at += bytes.Length;
    }

    private void Pad()
    {
        Span<byte> padding = stackalloc byte[(int)(-_at & 3)];
        Fill(padding);
    }

    private void Skip(long count)
    {
        Span<byte> buffer = stackalloc byte[4096];
        _left = count;
        while (_left > 0)
        {
            Read(buffer);
        }
    }

    private long Number(int field) =>
        long.TryParse(_fields.AsSpan(field * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw BadPackageException.Damaged("a number of the cpio archive is damaged");

    private string Name(int length)
    {
        var bytes = new byte[length];
        Fill(bytes);
        try
        {
            return bytes[^1] == 0 && bytes.IndexOf((byte)0) == length - 1
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(0, length - 1))
                : throw BadPackageException.Damaged("a name of the cpio archive has no end");
        }
        catch (DecoderFallbackException)
        {
            throw BadPackageException.Escape("a name in it is not UTF-8");
        }
    }

    private static BadPackageException CutOff() => BadPackageException.Damaged("the cpio archive is cut off");
}
