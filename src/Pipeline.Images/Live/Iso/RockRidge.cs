using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Images.Live.Iso;

/// <summary>Names of POSIX in ISO 9660: entries <c>NM</c> of the Rock Ridge Interchange Protocol (IEEE P1282), continued by
/// <c>CE</c>.</summary>
internal static class RockRidge
{
    private const int MostContinuations = 16;
    private const int LongestName = 255;

    /// <summary>The name in a record's system use area, or <c>null</c> when there is none that can be used.</summary>
    public static string? NameOf(IsoImage image, ReadOnlySpan<byte> area)
    {
        var name = new List<byte>();
        var found = false;
        ReadOnlySpan<byte> rest = area;
        for (var n = 0; n <= MostContinuations; n++)
        {
            var next = Collect(rest, name, ref found);
            if (next is not var (offset, length))
            {
                return found ? Decode(name) : null;
            }

            rest = image.Read(offset, length, "a continued directory record");
        }

        throw image.Damaged("a directory record is continued without end");
    }

    /// <summary>Reads the entries of one area; the place of the next one, if there is.</summary>
    private static (long Offset, int Length)? Collect(ReadOnlySpan<byte> area, List<byte> name, ref bool found)
    {
        const int smallest = 4;
        (long, int)? next = null;
        while (area.Length >= smallest && area[2] >= smallest && area[2] <= area.Length)
        {
            var entry = area[..area[2]];
            if (entry[..2].SequenceEqual("NM"u8) && entry.Length > smallest)
            {
                // Flags that stand for the directory itself and its parent are of no use here.
                found = true;
                if (name.Count + entry.Length <= LongestName)
                {
                    name.AddRange(entry[5..]);
                }
            }
            else if (entry[..2].SequenceEqual("CE"u8) && entry.Length >= 28)
            {
                var block = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
                var offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
                var length = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]);
                next = ((block * (long)IsoImage.Sector) + offset, (int)Math.Min(length, IsoImage.Sector));
            }
            else if (entry[..2].SequenceEqual("ST"u8))
            {
                break;
            }

            area = area[entry.Length..];
        }

        return next;
    }

    /// <summary>Bytes that are no UTF-8 are not guessed at: the plain name is used then.</summary>
    private static string? Decode(List<byte> name)
    {
        try
        {
            return name.Count == 0 ? null : new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. name]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
