using System.Text.RegularExpressions;
using Pipeline.Model.Contracts;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Contracts;

/// <summary>How a document is written, apart from what it says: layout, blanks, escapes, spellings of numbers and times.</summary>
internal static partial class ContractStyle
{
    /// <summary>What differs from the publisher's own writing.</summary>
    /// <param name="root">The document.</param>
    /// <param name="text">Its text.</param>
    /// <param name="printed">The text as its publisher would print it, in the layout found.</param>
    /// <param name="style">The layout found; <c>null</c> for YAML.</param>
    public static IEnumerable<(string Pointer, string Reason)> Compare(JsonTextNode root, string text, string printed, JsonStyle? style)
    {
        foreach (var time in Times(root, []))
        {
            yield return time;
        }

        if (text == printed)
        {
            yield break;
        }

        var tokens = style is null ? [] : Tokens(root, style, []).ToArray();
        foreach (var token in tokens)
        {
            yield return token;
        }

        // Blanks and line ends first: a fault of the layout between a hundred of them would drown.
        if (text.Contains("\r\n", StringComparison.Ordinal) && !printed.Contains("\r\n", StringComparison.Ordinal))
        {
            yield return ("", "lines end in CR LF, its publisher writes LF");
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        }

        var (lines, wanted) = (text.Split('\n'), printed.Split('\n'));
        for (var i = 0; i < lines.Length && lines.Length == wanted.Length; i++)
        {
            if (lines[i] != wanted[i] && lines[i].TrimEnd(' ', '\t') == wanted[i])
            {
                yield return (Pointer(root, i + 1, wanted[i].Length + 1), $"line {i + 1} ends in blanks");
                lines[i] = wanted[i];
            }
        }

        text = string.Join('\n', lines);
        if (tokens.Length == 0 && text != printed)
        {
            yield return Layout(root, text, printed);
        }
    }

    /// <summary>Times that are not written in UTC with a <c>Z</c>.</summary>
    private static IEnumerable<(string Pointer, string Reason)> Times(JsonTextNode node, List<string> path)
    {
        foreach (var member in (node as JsonTextObject)?.Members ?? [])
        {
            if (member is { Name: "last-modified", Value: JsonTextString { Value: var value } } && !Utc().IsMatch(value))
            {
                yield return (
                    JsonPointer.Of([.. path, member.Name]),
                    $"the time is written {Short(value)}, its publisher writes UTC such as 2026-07-21T14:07:14Z"
                );
            }
            else if (member is { Name: "metadata" })
            {
                foreach (var time in Times(member.Value, [.. path, member.Name]))
                {
                    yield return time;
                }
            }
        }
    }

    /// <summary>Strings and numbers that are not written as the publisher writes them.</summary>
    private static IEnumerable<(string Pointer, string Reason)> Tokens(JsonTextNode node, JsonStyle style, List<string> path)
    {
        switch (node)
        {
            case JsonTextString { Raw: { } raw } s
                when JsonTextWriter.Write(new JsonTextString(s.Value), style with { FinalNewline = false }) is var canonical
                    && canonical != raw:
                yield return (JsonPointer.Of(path), $"the string is written {Short(raw)}, its publisher writes {Short(canonical)}");
                break;
            case JsonTextNumber n when NumberText.Canonical(n.Raw) != n.Raw:
                yield return (
                    JsonPointer.Of(path),
                    $"the number is written {Short(n.Raw)}, its publisher writes {NumberText.Canonical(n.Raw)}"
                );
                break;
            case JsonTextObject o:
                foreach (var difference in o.Members.SelectMany(m => Tokens(m.Value, style, [.. path, m.Name])))
                {
                    yield return difference;
                }

                break;
            case JsonTextArray a:
                foreach (var difference in a.Items.SelectMany((item, i) => Tokens(item, style, [.. path, $"{i}"])))
                {
                    yield return difference;
                }

                break;
            default:
                break;
        }
    }

    private static (string Pointer, string Reason) Layout(JsonTextNode root, string text, string printed)
    {
        var at = text.AsSpan().CommonPrefixLength(printed);
        var line = text.AsSpan(0, at).Count('\n') + 1;
        var column = at - (text.LastIndexOf('\n', Math.Max(0, at - 1), Math.Max(0, at)) + 1) + 1;
        return (
            Pointer(root, line, column),
            at == text.Length ? $"line {line}: the file ends too early"
            : at == printed.Length ? $"line {line}: the file goes on after its end"
            : $"line {line}, column {column}: the layout is '{LineAt(text, at)}', printed it is '{LineAt(printed, at)}'"
        );
    }

    private static string Pointer(JsonTextNode root, int line, int column) => JsonPointer.Of(PathTo(root, line, column));

    /// <summary>The way to the innermost value that begins at or before a place and does not end before it.</summary>
    private static List<string> PathTo(JsonTextNode node, int line, int column)
    {
        var path = new List<string>();
        while (true)
        {
            var children = node switch
            {
                JsonTextObject o => o.Members.Select(m => (m.Name, Start: m.NameSpan, m.Value)),
                JsonTextArray a => a.Items.Select((v, i) => (Name: $"{i}", Start: v.Span, Value: v)),
                _ => [],
            };
            var inside = children.LastOrDefault(c => c.Start is { } s && (s.Line, s.Column).CompareTo((line, column)) <= 0);
            if (
                inside.Value?.Span is not { } span
                || (span.EndLine, span.EndColumn).CompareTo((line, column)) < 0 && inside.Value is JsonTextObject or JsonTextArray
            )
            {
                return path;
            }

            path.Add(inside.Name);
            node = inside.Value;
        }
    }

    private static string LineAt(string text, int at)
    {
        var start = text.LastIndexOf('\n', Math.Max(0, at - 1), Math.Max(0, at)) + 1;
        var end = text.IndexOf('\n', at);
        return Short(text[start..(end < 0 ? text.Length : end)]);
    }

    private static string Short(string value) => value.Length <= 100 ? value : value[..100] + "…";

    [GeneratedRegex(@"^[0-9-]{10}T[0-9:]{8}(\.[0-9]+)?Z$", RegexOptions.CultureInvariant)]
    private static partial Regex Utc();
}
