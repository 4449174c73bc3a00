using System.Buffers.Text;
using System.Text;
using Pipeline.Model.Text;

namespace Pipeline.Model.Contracts;

/// <summary>Layouts of the programs that publish our documents, and how to recognise the one of a file.</summary>
public static class JsonStyles
{
    /// <summary>Stream metadata: four spaces, Go's escapes.</summary>
    public static JsonStyle Stream { get; } = new("    ", true, EscapeHtml: true);

    /// <summary>Updates: two spaces, Python's escapes.</summary>
    public static JsonStyle Updates { get; } = new("  ", true, EscapeNonAscii: true);

    /// <summary>The release index: one line, Go's escapes, no final line feed.</summary>
    public static JsonStyle Index { get; } = new(null, false, EscapeHtml: true);

    /// <summary>Release metadata: one line with spaces, Python's escapes, no final line feed.</summary>
    public static JsonStyle Release { get; } = new(null, false, EscapeNonAscii: true, SpaceAfterColon: true);

    /// <summary>Build metadata: four spaces, Python's escapes, no final line feed.</summary>
    public static JsonStyle Builds { get; } = new("    ", false, EscapeNonAscii: true);

    /// <summary>The update graph: one line, no escapes but the needed ones, no final line feed.</summary>
    public static JsonStyle Graph { get; } = new(null, false);

    /// <summary>Lockfiles: two spaces, final line feed.</summary>
    public static JsonStyle Lock { get; } = new("  ", true);

    /// <summary>The style a document is laid out in: indentation, spaces, final line feed and kinds of escapes.</summary>
    public static JsonStyle Detect(ReadOnlySpan<byte> utf8)
    {
        var (html, nonAscii) = Escapes(utf8);
        var indent = Indent(utf8);
        return new(
            indent,
            utf8.EndsWith("\n"u8),
            html,
            nonAscii,
            KeepRaw: false,
            SpaceAfterColon: indent is null && SpaceAfterPunctuation(utf8)
        );
    }

    private static string? Indent(ReadOnlySpan<byte> utf8)
    {
        var open = utf8.IndexOfAny((byte)'{', (byte)'[');
        if (open < 0)
        {
            return null;
        }

        // The first collection with content shows the unit; its depth is one because only white space precedes it.
        var rest = utf8[(open + 1)..];
        if (!rest.StartsWith("\n"u8))
        {
            return null;
        }

        var length = rest[1..].IndexOfAnyExcept((byte)' ', (byte)'\t');
        return length < 0 ? "" : Encoding.ASCII.GetString(rest.Slice(1, length));
    }

    private static bool SpaceAfterPunctuation(ReadOnlySpan<byte> utf8)
    {
        var inside = false;
        for (var i = 0; i + 1 < utf8.Length; i++)
        {
            if (inside && utf8[i] == (byte)'\\')
            {
                i++;
            }
            else if (utf8[i] == (byte)'"')
            {
                inside = !inside;
            }
            else if (!inside && utf8[i] is (byte)':' or (byte)',')
            {
                return utf8[i + 1] == (byte)' ';
            }
        }

        return false;
    }

    private static (bool Html, bool NonAscii) Escapes(ReadOnlySpan<byte> utf8)
    {
        var html = false;
        var nonAscii = false;
        var separators = false;
        var rawHtml = utf8.IndexOfAny((byte)'<', (byte)'>', (byte)'&') >= 0;
        while (utf8.IndexOf((byte)'\\') is var at and >= 0)
        {
            var escape = utf8[at..];
            if (
                escape.Length >= 6
                && escape[1] == (byte)'u'
                && Utf8Parser.TryParse(escape.Slice(2, 4), out ushort code, out var used, 'x')
                && used == 4
            )
            {
                html |= code is '<' or '>' or '&';
                separators |= code is 0x2028 or 0x2029;
                nonAscii |= code is >= 0x7f and not (0x2028 or 0x2029);
            }

            utf8 = escape.Length < 2 ? default : escape[2..];
        }

        // Both kinds of encoders escape U+2028 and U+2029; the rest of the document shows which it was.
        return (html || (separators && !nonAscii && !rawHtml), nonAscii || (separators && !html && rawHtml));
    }
}
