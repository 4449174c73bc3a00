using System.Globalization;
using System.Text;
using Pipeline.Compose.Solving;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// Reads what libsolv's reader of Debian Packages indices leaves out (size, priority, essential) in one pass over the bytes. A paragraph
/// without a usable size is left out: the resolver still sees it, and choosing it is then refused.
/// </summary>
internal static class PackagesFacts
{
    /// <summary>Priority of packages that name none of the three high ones.</summary>
    public const int DefaultPriority = 3;

    private const int MaxField = 4096;

    /// <summary>The packages in their order.</summary>
    public static IEnumerable<PackageFacts> Read(ReadOnlyMemory<byte> text)
    {
        var fields = new Fields();
        var position = 0;
        while (position < text.Length)
        {
            position = fields.Next(text.Span, position);
            if (fields.Facts() is { } facts)
            {
                yield return facts;
            }
        }
    }

    private sealed class Fields
    {
        private string? _name;
        private string? _version;
        private string? _architecture;
        private string? _size;
        private bool _essential;
        private int _priority;

        /// <summary>Reads one paragraph and returns where the next begins.</summary>
        public int Next(ReadOnlySpan<byte> text, int position)
        {
            (_name, _version, _architecture, _size) = (null, null, null, null);
            (_essential, _priority) = (false, DefaultPriority);
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

        public PackageFacts? Facts() =>
            _name is not null
            && _version is not null
            && _architecture is not null
            && long.TryParse(_size, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                ? new(_name, _version, _architecture, size, _priority, _essential && DebNames.IsName(_name))
                : null;

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
                        _ => DefaultPriority,
                    };
                    break;
                case 'v' when Is("version"u8, line[..colon]):
                    _version = Value(line[colon..]);
                    break;
                case 'a' when Is("architecture"u8, line[..colon]):
                    _architecture = Value(line[colon..]);
                    break;
                case 's' when Is("size"u8, line[..colon]):
                    _size = Value(line[colon..]);
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
