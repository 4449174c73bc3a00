using System.Globalization;
using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>
/// Reads the header of an executable test: a block of <c>## </c> lines after <c>## kola:</c> (YAML) or one line <c># kola: {…}</c> (JSON),
/// within the first 8192 bytes. Keys are strict.
/// </summary>
internal static class TestHeaderReader
{
    private const int Window = 8192;
    private const string YamlMark = "## kola:";
    private const string JsonMark = "# kola:";

    /// <summary>Keys of kola that this harness does not serve; named apart from typing mistakes.</summary>
    private static readonly ValueList<string> Unsupported =
    [
        "additionalDisks",
        "primaryDisk",
        "injectContainer",
        "numaNodes",
        "additionalNics",
        "appendKernelArgs",
        "appendFirstbootKernelArgs",
        "bindMountHostRO",
        "bootFrom",
        "requiredHostPorts",
        "instanceType",
    ];

    private static readonly ValueList<string> Known =
    [
        "architectures",
        "platforms",
        "distros",
        "tags",
        "requiredTag",
        "minMemory",
        "minDisk",
        "exclusive",
        "conflicts",
        "timeoutMin",
        "allowConfigWarnings",
        "noInstanceCreds",
        "creationDate",
        "description",
    ];

    /// <summary>Reads the header of a file's bytes; a file without one has the defaults.</summary>
    public static TestHeader Read(string file, ReadOnlySpan<byte> content, DiagnosticBag problems)
    {
        var lines = Encoding.UTF8.GetString(content[..Math.Min(content.Length, Window)]).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith(YamlMark, StringComparison.Ordinal))
            {
                return FromYaml(file, lines, i, problems);
            }

            if (lines[i].StartsWith(JsonMark, StringComparison.Ordinal))
            {
                // JSON is YAML's flow style, so one reader and its strictness serve both.
                var text = new string('\n', i) + new string(' ', JsonMark.Length) + lines[i][JsonMark.Length..];
                return FromNode(YamlText.Parse(file, text, problems), new(file, i + 1, 1), problems);
            }
        }

        return new();
    }

    private static TestHeader FromYaml(string file, string[] lines, int mark, DiagnosticBag problems)
    {
        // Blank lines keep the line numbers of spans right; the mark's columns do the same.
        var text = new StringBuilder(new string('\n', mark + 1));
        for (
            var i = mark + 1;
            i < lines.Length && (lines[i].StartsWith("## ", StringComparison.Ordinal) || lines[i].TrimEnd() == "##");
            i++
        )
        {
            text.Append(lines[i].Length > 3 ? lines[i][3..] : "").Append('\n');
        }

        return FromNode(YamlText.Parse(file, text.ToString(), problems), new(file, mark + 1, 1), problems);
    }

    private static TestHeader FromNode(YamlNode? node, SourceSpan at, DiagnosticBag problems)
    {
        if (node is null)
        {
            return new();
        }

        if (node is not YamlMapping mapping)
        {
            problems.Add(KolaDiagnostics.BadTest($"the kola header must be a mapping, not {node.Kind}", at));
            return new();
        }

        var header = new TestHeader();
        foreach (var entry in mapping.Entries)
        {
            header = Apply(header, entry, problems);
        }

        return header;
    }

    private static TestHeader Apply(TestHeader header, YamlEntry entry, DiagnosticBag problems)
    {
        var value = entry.Value;
        switch (entry.Key.Text)
        {
            case "architectures":
                return header with { Architectures = Words(value, problems) };
            case "platforms":
                return header with { Platforms = Words(value, problems) };
            case "distros":
                return header with { Distros = Words(value, problems) };
            case "tags":
                return header with { Tags = Words(value, problems) };
            case "conflicts":
                return header with { Conflicts = Words(value, problems) };
            case "requiredTag":
                return header with { RequiredTag = Text(value, problems) };
            case "description":
                return header with { Description = Text(value, problems) ?? "" };
            case "minMemory":
                return header with { MinMemory = Number(value, 64, 1024 * 1024, problems) };
            case "minDisk":
                return header with { MinDisk = Number(value, 1, 1024, problems) };
            case "timeoutMin":
                return header with { TimeoutMinutes = Number(value, 1, 24 * 60, problems) };
            case "exclusive":
                return header with { Exclusive = Truth(value, problems) ?? true };
            case "allowConfigWarnings":
                return header with { AllowConfigWarnings = Truth(value, problems) ?? false };
            case "noInstanceCreds":
                _ = Truth(value, problems);
                return header;
            case "creationDate":
                _ = Date(value, problems);
                return header;
            case var other when Unsupported.Contains(other):
                problems.Add(
                    KolaDiagnostics.BadTest(
                        $"the header key '{other}' is not supported by this harness",
                        entry.Key.Span,
                        "run this test with another harness, or exclude its directory"
                    )
                );
                return header;
            case var other:
                problems.Add(
                    KolaDiagnostics.BadTest(
                        $"unknown header key '{other}'",
                        entry.Key.Span,
                        ClosestName.Hint(other, Known, $"known keys: {string.Join(", ", Known)}")
                    )
                );
                return header;
        }
    }

    private static string? Text(YamlNode node, DiagnosticBag problems)
    {
        if (node is YamlScalar scalar)
        {
            return scalar.Text;
        }

        problems.Add(KolaDiagnostics.BadTest($"expected text, not {node.Kind}", node.Span));
        return null;
    }

    /// <summary>A list, or one string of words separated by blanks, as kola has both.</summary>
    internal static ValueList<string> Words(YamlNode node, DiagnosticBag problems) =>
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

    private static int? Number(YamlNode node, int least, int most, DiagnosticBag problems)
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

    internal static bool? Truth(YamlNode node, DiagnosticBag problems)
    {
        if (node is YamlScalar { Style: YamlScalarStyle.Plain, Text: "true" or "false" } scalar)
        {
            return scalar.Text == "true";
        }

        problems.Add(KolaDiagnostics.BadTest("expected true or false", node.Span));
        return null;
    }

    internal static DateOnly? Date(YamlNode node, DiagnosticBag problems)
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
