using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Compose.Solving;

/// <summary>
/// What an XML index may not have before libsolv's reader sees it: a document type, whose entities could expand without end, and an
/// encoding in which it could be hidden.
/// </summary>
internal static partial class XmlProlog
{
    private const int MaxDeclaration = 200;

    /// <summary>What is wrong, or <c>null</c>.</summary>
    public static string? Problem(ReadOnlySpan<byte> text)
    {
        var start = text.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]) ? text[3..] : text;
        start = start.TrimStart(" \t\r\n"u8);
        if (text.Length > 0 && !start.StartsWith("<"u8))
        {
            return "is no XML in UTF-8";
        }

        var head = Encoding.Latin1.GetString(start[..Math.Min(start.Length, MaxDeclaration)]);
        if (Declared().Match(head) is { Success: true } declared && !IsPlain(declared.Groups[1].Value))
        {
            return $"has the encoding '{declared.Groups[1].Value}': only UTF-8 is read";
        }

        return text.IndexOf("<!DOCTYPE"u8) >= 0 || text.IndexOf("<!ENTITY"u8) >= 0 ? "has a document type: such XML is not read" : null;
    }

    private static bool IsPlain(string encoding) =>
        encoding.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
        || encoding.Equals("utf8", StringComparison.OrdinalIgnoreCase)
        || encoding.Equals("us-ascii", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("""^<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)""")]
    private static partial Regex Declared();
}
