using System.Globalization;
using System.Text;
using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Deb;

/// <summary>One member of an ar archive.</summary>
/// <param name="Name">Without padding and the trailing slash some writers add.</param>
/// <param name="Offset">Where its bytes start.</param>
/// <param name="Size">How many there are; checked to lie inside the file.</param>
internal sealed record ArMember(string Name, long Offset, long Size);

/// <summary>The directory of an ar archive, as .deb files use it (deb(5)): no long names, no symbol table.</summary>
internal static class ArReader
{
    private const int MostMembers = 64;

    /// <summary>All members in order.</summary>
    /// <exception cref="BadPackageException">Not an archive, or a member that does not lie inside it.</exception>
    public static IReadOnlyList<ArMember> Read(Stream file)
    {
        file.Position = 0;
        var magic = new byte[8];
        if (file.ReadAtLeast(magic, 8, throwOnEndOfStream: false) < 8 || !magic.AsSpan().SequenceEqual("!<arch>\n"u8))
        {
            throw BadPackageException.Damaged("not an ar archive");
        }

        var members = new List<ArMember>();
        var header = new byte[60];
        for (long at = 8; at < file.Length; )
        {
            file.Position = at;
            if (file.ReadAtLeast(header, 60, throwOnEndOfStream: false) < 60 || header[58] != '`' || header[59] != '\n')
            {
                throw BadPackageException.Damaged("a member header of the ar archive is damaged");
            }

            var size = Number(header.AsSpan(48, 10));
            if (size > file.Length - at - 60)
            {
                throw BadPackageException.Damaged("a member of the ar archive is larger than the file");
            }

            if (members.Count == MostMembers)
            {
                throw BadPackageException.TooLarge($"more than {MostMembers} members");
            }

            members.Add(new(Encoding.Latin1.GetString(header, 0, 16).TrimEnd(' ').TrimEnd('/'), at + 60, size));
            at += 60 + size + (size & 1);
        }

        return members;
    }

    private static long Number(ReadOnlySpan<byte> field) =>
        long.TryParse(Encoding.Latin1.GetString(field).TrimEnd(' '), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw BadPackageException.Damaged("a size of the ar archive is not a number");
}
