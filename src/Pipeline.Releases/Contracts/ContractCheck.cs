using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Releases.Documents;

namespace Pipeline.Releases.Contracts;

/// <summary>Something about a document that differs from what would be printed.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Place">JSON pointer; empty for the whole document.</param>
/// <param name="Reason">What differs.</param>
public sealed record ContractDifference(string File, string Place, string Reason)
{
    /// <summary><c>FILE: /json/pointer: reason</c>.</summary>
    public override string ToString() => $"{File}: {(Place.Length == 0 ? "/" : Place)}: {Reason}";
}

/// <summary>Parses a document, prints it in the style found and compares the bytes.</summary>
internal static class ContractCheck
{
    /// <summary>The differences; empty when the document prints as it is.</summary>
    /// <param name="kind">What it should be.</param>
    /// <param name="file">Name for messages.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <exception cref="PipelineException">It cannot be read as that kind (class 2), with every problem.</exception>
    public static IReadOnlyList<ContractDifference> Run(ContractKind kind, string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new DiagnosticBag();
        var isYaml = kind.Yaml && !LooksLikeJson(utf8.Span);
        var text = Text(file, utf8);
        var yaml = isYaml ? YamlText.Parse(file, text, problems) : null;
        var root = isYaml ? (yaml is null ? null : YamlAsJson.Convert(yaml)) : JsonText.Parse(file, utf8, problems);
        var records = root is null || problems.HasErrors ? [] : Read(kind, root, problems);
        if (root is not null)
        {
            kind.Rules?.Invoke(root, problems);
        }

        problems.ThrowIfErrors();
        if (root is null)
        {
            throw new PipelineException(ContractDiagnostics.NoDocument(file, kind.Name));
        }

        var printed = yaml is not null ? YamlPrinter.Print(text, yaml) : Print(kind, root, records, JsonStyles.Detect(utf8.Span));
        List<ContractDifference> differences = [];
        if (printed != text)
        {
            differences.AddRange(Differences(file, root, text, printed, yaml is null ? JsonStyles.Detect(utf8.Span) : null));
        }

        differences.AddRange(ContractRules.Check(records).Select(r => new ContractDifference(file, r.Pointer, r.Reason)));
        return differences;
    }

    private static List<ContractRecord> Read(ContractKind kind, JsonTextNode root, DiagnosticBag problems)
    {
        var read = typeof(Contract)
            .GetMethods()
            .Single(m => m.Name == nameof(Contract.Read) && m.GetParameters().Length == 2)
            .MakeGenericMethod(kind.Root);
        if (!kind.IsList)
        {
            return read.Invoke(null, [root, problems]) is ContractRecord record ? [record] : [];
        }

        if (root is not JsonTextArray list)
        {
            problems.Add(ContractDiagnostics.WrongKind(root, "a list", ""));
            return [];
        }

        return [.. list.Items.Select(i => read.Invoke(null, [i, problems])).OfType<ContractRecord>()];
    }

    private static string Print(ContractKind kind, JsonTextNode root, List<ContractRecord> records, JsonStyle style) =>
        kind.IsList
            ? JsonTextWriter.Write(
                new JsonTextArray([.. records.Zip(((JsonTextArray)root).Items, (r, n) => Contract.ToNode(r, n as JsonTextObject))]),
                style
            )
            : JsonTextWriter.Write(Contract.ToNode(records[0], root as JsonTextObject), style);

    private static List<ContractDifference> Differences(string file, JsonTextNode root, string text, string printed, JsonStyle? style)
    {
        if (text.StartsWith('\uFEFF'))
        {
            return [new(file, "", "the file begins with a byte-order mark")];
        }

        var tokens = style is null
            ? []
            : Tokens(root, style, []).Take(DiagnosticBag.Limit).Select(t => new ContractDifference(file, t.Pointer, t.Reason)).ToList();
        return tokens.Count > 0 ? tokens : [Layout(file, root, text, printed)];
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

    private static ContractDifference Layout(string file, JsonTextNode root, string text, string printed)
    {
        var at = text.AsSpan().CommonPrefixLength(printed);
        var line = text.AsSpan(0, at).Count('\n') + 1;
        var column = at - (text.LastIndexOf('\n', Math.Max(0, at - 1), Math.Max(0, at)) + 1) + 1;
        var pointer = JsonPointer.Of(PathTo(root, line, column));
        return at == text.Length || at == printed.Length
            ? new(file, pointer, $"line {line}: the file {(at == text.Length ? "ends too early" : "goes on after its end")}")
            : new(
                file,
                pointer,
                $"line {line}, column {column}: the layout is '{LineAt(text, at)}', printed it is '{LineAt(printed, at)}'"
            );
    }

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
                || (span.EndLine, span.EndColumn).CompareTo((line, column)) < 0
                    && node is JsonTextObject or JsonTextArray
                    && inside.Value is JsonTextObject or JsonTextArray
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

    private static bool LooksLikeJson(ReadOnlySpan<byte> utf8)
    {
        var rest = utf8.TrimStart(" \t\r\n\uFEFF"u8);
        if (!rest.StartsWith("["u8))
        {
            return rest.StartsWith("{"u8);
        }

        // A list of objects with quoted names; other flow lists are YAML.
        rest = rest[1..].TrimStart(" \t\r\n"u8);
        return rest.StartsWith("{"u8) && rest[1..].TrimStart(" \t\r\n"u8).StartsWith("\""u8);
    }

    private static string Text(string file, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8.Span);
        }
        catch (DecoderFallbackException)
        {
            throw new PipelineException(DocumentDiagnostics.NotText(file));
        }
    }

    private static string Short(string value) => value.Length <= 100 ? value : value[..100] + "…";
}
