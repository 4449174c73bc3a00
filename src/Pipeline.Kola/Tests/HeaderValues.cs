using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>Reads values of header keys; each problem is reported with its place, and <c>null</c> or nothing returned.</summary>
internal static class HeaderValues
{
    /// <summary>Ours, and those that kola's own tests name.</summary>
    private static readonly ValueList<string> KnownPlatforms = PlatformTable
        .Known.Platforms.Select(p => p.Name)
        .Concat(["do", "esx", "packet", "qemu-iso", "qemu-unpriv"])
        .Distinct()
        .Order(StringComparer.Ordinal)
        .ToValueList();

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

    /// <summary>Words that are architectures as RPM spells them.</summary>
    public static ValueList<string> Architectures(YamlNode node, DiagnosticBag problems) =>
        Known(
            node,
            Architecture.IsName,
            word => KolaDiagnostics.BadTest($"there is no architecture '{word.Text}'", word.Span, Architecture.NameHint(word.Text)),
            problems
        );

    /// <summary>Words that are platforms of ours or of kola.</summary>
    public static ValueList<string> Platforms(YamlNode node, DiagnosticBag problems) =>
        Known(
            node,
            KnownPlatforms.Contains,
            word =>
                KolaDiagnostics.BadTest(
                    $"there is no platform '{word.Text}'",
                    word.Span,
                    ClosestName.Hint(word.Text, KnownPlatforms, $"platforms are {string.Join(", ", KnownPlatforms)}")
                ),
            problems
        );

    /// <summary>A word that is misspelled would skip the test everywhere, and nobody would notice.</summary>
    private static ValueList<string> Known(
        YamlNode node,
        Func<string, bool> isKnown,
        Func<YamlScalar, Diagnostic> unknown,
        DiagnosticBag problems
    )
    {
        var words = Words(node, problems);
        foreach (var word in words.Select(w => w.TrimStart('!')).Where(w => w.Length > 0 && !isKnown(w)).Distinct())
        {
            problems.Add(unknown(new(PlaceOf(node, word), word, YamlScalarStyle.Plain)));
        }

        return words;
    }

    /// <summary>Where a word stands: its item of a list, or its column in a plain text of one line.</summary>
    private static SourceSpan PlaceOf(YamlNode node, string word)
    {
        if (node is YamlSequence list)
        {
            return list.Items.OfType<YamlScalar>().FirstOrDefault(i => i.Text.TrimStart('!') == word)?.Span ?? node.Span;
        }

        var at = node is YamlScalar { Style: YamlScalarStyle.Plain } plain ? plain.Text.IndexOf(word, StringComparison.Ordinal) : 0;
        return node.Span with { Column = node.Span.Column + Math.Max(0, at) };
    }

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
