using System.Globalization;
using System.Text;
using Pipeline.Compose.Repos;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// Reads a Debian Packages index in one pass over its bytes. A paragraph that lacks what we need, or holds characters that could
/// leave a directory or a line, is left out: the resolver may still see it, and choosing it is then refused.
/// </summary>
internal static class PackagesParser
{
    private const int MaxField = 4096;

    /// <summary>The usable packages in their order.</summary>
    public static IEnumerable<PackageRow> Read(ReadOnlyMemory<byte> text)
    {
        var fields = new Fields();
        var position = 0;
        while (position < text.Length)
        {
            position = fields.Next(text.Span, position);
            if (fields.Row() is { } row)
            {
                yield return row;
            }
        }
    }

    /// <summary>Whether a path is relative, plain and stays below its base.</summary>
    public static bool IsSafeLocation(string path) =>
        path.Length is > 0 and <= 1024
        && path[0] != '/'
        && path.Split('/').All(s => s.Length > 0 && s is not ("." or ".."))
        && path.All(c => c is > ' ' and < (char)0x7f and not ('\\' or '?' or '#'));

    /// <summary>Whether it is a Debian package name (Policy 5.6.7).</summary>
    public static bool IsName(string name) =>
        name.Length is > 1 and <= 200
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-' or '.');

    private static bool IsVersion(string version) =>
        version.Length is > 0 and <= 200 && version.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.' or '~' or ':');

    private sealed class Fields
    {
        private string? _name;
        private string? _version;
        private string? _architecture;
        private string? _location;
        private string? _source;
        private string? _size;
        private string? _digest;
        private bool _essential;
        private int _priority;

        /// <summary>Reads one paragraph and returns where the next begins.</summary>
        public int Next(ReadOnlySpan<byte> text, int position)
        {
            (_name, _version, _architecture, _location, _source, _size, _digest, _essential, _priority) = (
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                false,
                3
            );
            while (position < text.Length)
            {
                var rest = text[position..];
                var end = rest.IndexOf((byte)'\n');
                var line = end < 0 ? rest : rest[..end];
                position += end < 0 ? rest.Length : end + 1;
                if (line.Trim(" \t\r"u8).IsEmpty)
                {
                    break;
                }

                Take(line);
            }

            return position;
        }

        public PackageRow? Row()
        {
            if (
                _name is null
                || _version is null
                || _architecture is null
                || _location is null
                || !Digest.TryParse(_digest, out var digest)
                || !long.TryParse(_size, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            )
            {
                return null;
            }

            // "Source: name (version)" when it differs from the package's own.
            var source = _source is null ? _name : _source.Split(' ')[0];
            return IsName(_name) && IsVersion(_version) && IsName(_architecture) && IsSafeLocation(_location) && IsName(source)
                ? new(digest, _name, _version, _architecture, size, _location, source, _essential, _priority)
                : null;
        }

        private void Take(ReadOnlySpan<byte> line)
        {
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[0] is (byte)' ' or (byte)'\t')
            {
                return;
            }

            // The first letter decides for nearly all of the 20 lines of a paragraph.
            switch (line[0] | 0x20)
            {
                case 'p' when Is("package"u8, line[..colon]):
                    _name = Value(line[colon..]);
                    break;
                case 'p' when Is("priority"u8, line[..colon]):
                    _priority = Value(line[colon..]) switch
                    {
                        "required" => 0,
                        "important" => 1,
                        "standard" => 2,
                        _ => 3,
                    };
                    break;
                case 'v' when Is("version"u8, line[..colon]):
                    _version = Value(line[colon..]);
                    break;
                case 'a' when Is("architecture"u8, line[..colon]):
                    _architecture = Value(line[colon..]);
                    break;
                case 'f' when Is("filename"u8, line[..colon]):
                    _location = Value(line[colon..]);
                    _location = _location.StartsWith("./", StringComparison.Ordinal) ? _location[2..] : _location;
                    break;
                case 's' when Is("source"u8, line[..colon]):
                    _source = Value(line[colon..]);
                    break;
                case 's' when Is("size"u8, line[..colon]):
                    _size = Value(line[colon..]);
                    break;
                case 's' when Is("sha256"u8, line[..colon]):
                    _digest = Value(line[colon..]);
                    break;
                case 'e' when Is("essential"u8, line[..colon]):
                    _essential = Value(line[colon..]) == "yes";
                    break;
                default:
                    break;
            }
        }

        private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> field) => Ascii.EqualsIgnoreCase(name, field);

        private static string Value(ReadOnlySpan<byte> rest)
        {
            var value = rest[1..].Trim(" \t\r"u8);
            return value.Length > MaxField ? "" : Encoding.UTF8.GetString(value);
        }
    }
}
