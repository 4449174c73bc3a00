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
/// <param name="Style">Whether only the way it is written differs: whoever reads the document finds the same in it.</param>
public sealed record ContractDifference(string File, string Place, string Reason, bool Style)
{
    /// <summary><c>FILE: /json/pointer: reason</c>, and with <c>style:</c> before the reason.</summary>
    public override string ToString() => $"{File}: {(Place.Length == 0 ? "/" : Place)}: {(Style ? "style: " : "")}{Reason}";
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

        if (problems.HasErrors)
        {
            throw new PipelineException(DocumentKinds.Explain(file, root, kind.Root, problems));
        }

        if (root is null)
        {
            throw new PipelineException(ContractDiagnostics.NoDocument(file, kind.Name));
        }

        if (yaml is null && DocumentKinds.Other(root, kind) is { } other)
        {
            throw new PipelineException(DocumentDiagnostics.OtherKind(file, other, kind));
        }

        var printed = yaml is not null ? YamlPrinter.Print(text, yaml) : Print(kind, root, records, JsonStyles.Detect(utf8.Span));
        var style = yaml is null ? JsonStyles.Detect(utf8.Span) : null;
        var content = ContractRules.Check(records).Select(r => (r.Pointer, r.Reason)).ToList();
        if (text.StartsWith('\uFEFF'))
        {
            // Not style: Go's reader of JSON stops at it.
            content.Insert(0, ("", "the file begins with a byte-order mark"));
            text = text[1..];
        }

        return
        [
            .. content.Select(c => new ContractDifference(file, c.Pointer, c.Reason, Style: false)),
            .. ContractStyle
                .Compare(root, text, printed.TrimStart('\uFEFF'), style)
                .Take(DiagnosticBag.Limit)
                .Select(s => new ContractDifference(file, s.Pointer, s.Reason, Style: true)),
        ];
    }

    private static List<ContractRecord> Read(ContractKind kind, JsonTextNode root, DiagnosticBag problems)
    {
        if (!kind.IsList)
        {
            return kind.Read(root, problems) is { } record ? [record] : [];
        }

        if (root is not JsonTextArray list)
        {
            problems.Add(ContractDiagnostics.WrongKind(root, "a list", ""));
            return [];
        }

        return [.. list.Items.Select(i => kind.Read(i, problems)).OfType<ContractRecord>()];
    }

    private static string Print(ContractKind kind, JsonTextNode root, List<ContractRecord> records, JsonStyle style) =>
        kind.IsList
            ? JsonTextWriter.Write(
                new JsonTextArray([.. records.Zip(((JsonTextArray)root).Items, (r, n) => Contract.ToNode(r, n as JsonTextObject))]),
                style
            )
            : JsonTextWriter.Write(Contract.ToNode(records[0], root as JsonTextObject), style);

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
}
