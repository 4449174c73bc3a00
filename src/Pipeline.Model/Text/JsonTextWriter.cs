using System.Globalization;
using System.Text;

namespace Pipeline.Model.Text;

/// <summary>Writes <see cref="JsonTextNode"/>s byte for byte in a given <see cref="JsonStyle"/>.</summary>
public static class JsonTextWriter
{
    /// <summary>The document as text, with the style's final line feed.</summary>
    public static string Write(JsonTextNode node, JsonStyle style)
    {
        var text = new StringBuilder();
        Append(text, node, style, 0);
        return style.FinalNewline ? text.Append('\n').ToString() : text.ToString();
    }

    /// <summary>
    /// The canonical form that digests are made of: compact, members sorted by ordinal name at every level, numbers as written.
    /// </summary>
    public static string Canonical(JsonTextNode node) => Write(Sort(node), JsonStyle.Compact);

    /// <summary>The node with the members of every object sorted by ordinal name.</summary>
    public static JsonTextNode Sort(JsonTextNode node) =>
        node switch
        {
            JsonTextObject o => new JsonTextObject([
                .. o.Members.OrderBy(m => m.Name, StringComparer.Ordinal).Select(m => m with { Value = Sort(m.Value) }),
            ]),
            JsonTextArray a => new JsonTextArray([.. a.Items.Select(Sort)]),
            _ => node,
        };

    private static void Append(StringBuilder text, JsonTextNode node, JsonStyle style, int depth)
    {
        switch (node)
        {
            case JsonTextObject o:
                AppendMany(
                    text,
                    style,
                    depth,
                    '{',
                    '}',
                    o.Members.Count,
                    i =>
                    {
                        AppendString(text, o.Members[i].Name, style);
                        text.Append(style.Indent is not null || style.SpaceAfterColon ? ": " : ":");
                        Append(text, o.Members[i].Value, style, depth + 1);
                    }
                );
                break;
            case JsonTextArray a:
                AppendMany(text, style, depth, '[', ']', a.Items.Count, i => Append(text, a.Items[i], style, depth + 1));
                break;
            case JsonTextString { Raw: { } raw } when style.KeepRaw:
                text.Append(raw);
                break;
            case JsonTextString s:
                AppendString(text, s.Value, style);
                break;
            case JsonTextNumber n:
                text.Append(n.Raw);
                break;
            case JsonTextBool b:
                text.Append(b.Value ? "true" : "false");
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static void AppendMany(StringBuilder text, JsonStyle style, int depth, char open, char close, int count, Action<int> append)
    {
        text.Append(open);
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
            {
                text.Append(style.Indent is null && style.SpaceAfterColon ? ", " : ",");
            }

            NewLine(text, style, depth + 1);
            append(i);
        }

        if (count > 0)
        {
            NewLine(text, style, depth);
        }

        text.Append(close);
    }

    private static void NewLine(StringBuilder text, JsonStyle style, int depth)
    {
        if (style.Indent is null)
        {
            return;
        }

        text.Append('\n');
        for (var i = 0; i < depth; i++)
        {
            text.Append(style.Indent);
        }
    }

    private static void AppendString(StringBuilder text, string value, JsonStyle style)
    {
        text.Append('"');
        foreach (var c in value)
        {
            var escape =
                c < ' ' || (c > '~' && style.EscapeNonAscii) || (style.EscapeHtml && (c is '<' or '>' or '&' or '\u2028' or '\u2029'));
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                _ when escape => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
