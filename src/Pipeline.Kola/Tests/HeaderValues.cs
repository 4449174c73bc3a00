using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>Reads values of header keys; each problem is reported with its place, and <c>null</c> or nothing returned.</summary>
internal static class HeaderValues
{
    /// <summary>Text.</summary>
    public static string? Text(YamlNode node, DiagnosticBag problems)
    {
        if (node is YamlScalar scalar)
        {
            return scalar.Text;
        }

        problems.Add(KolaDiagnostics.BadTest($"expected text, not {node.Kind}", node.Span));
        return null;
    }

    /// <summary>A list, or one string of words separated by blanks, as kola has both.</summary>
    public static ValueList<string> Words(YamlNode node, DiagnosticBag problems) =>
        node switch
        {
            YamlScalar scalar => scalar.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is var words
            && words is [['!', .. var first], .. var rest]
                ? [.. new[] { first }.Concat(rest).Where(w => w.Length > 0).Select(w => "!" + w.TrimStart('!'))]
                : words.ToValueList(),
            YamlSequence list => list.Items.Select(i => Text(i, problems) ?? "").ToValueList(),
            _ => Report(problems, KolaDiagnostics.BadTest($"expected words or a list, not {node.Kind}", node.Span)),
        };

    private static ValueList<string> Report(DiagnosticBag problems, Diagnostic diagnostic)
    {
        problems.Add(diagnostic);
        return [];
    }

    /// <summary>A whole number within bounds.</summary>
    public static int? Number(YamlNode node, int least, int most, DiagnosticBag problems)
    {
        if (
            node is YamlScalar { Style: YamlScalarStyle.Plain } scalar
            && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= least
            && value <= most
        )
        {
            return value;
        }

        problems.Add(KolaDiagnostics.BadTest($"expected a whole number from {least} to {most}", node.Span));
        return null;
    }

    /// <summary>Exactly <c>true</c> or <c>false</c>.</summary>
    public static bool? Truth(YamlNode node, DiagnosticBag problems)
    {
        if (node is YamlScalar { Style: YamlScalarStyle.Plain, Text: "true" or "false" } scalar)
        {
            return scalar.Text == "true";
        }

        problems.Add(KolaDiagnostics.BadTest("expected true or false", node.Span));
        return null;
    }

    /// <summary>A day YYYY-MM-DD.</summary>
    public static DateOnly? Date(YamlNode node, DiagnosticBag problems)
    {
        if (
            node is YamlScalar scalar
            && DateOnly.TryParseExact(scalar.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        )
        {
            return date;
        }

        problems.Add(KolaDiagnostics.BadTest("expected a date YYYY-MM-DD", node.Span));
        return null;
    }
}
