using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Tests;

/// <summary>
/// Reads the header of an executable test: a block of <c>## </c> lines after <c>## kola:</c> (YAML) or one line <c># kola: {…}</c> (JSON),
/// within the first 8192 bytes. Keys are strict.
/// </summary>
internal static class TestHeaderReader
{
    private const int Window = 8192;
    private const string YamlMark = "## kola:";

    /// <summary>As wide as what begins each line of the block, so that columns of spans are those of the file.</summary>
    private const string Mark = "   ";
    private const string JsonMark = "# kola:";

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
        // Blank lines keep the line numbers of spans right.
        var text = new StringBuilder(new string('\n', mark + 1));
        for (
            var i = mark + 1;
            i < lines.Length && (lines[i].StartsWith("## ", StringComparison.Ordinal) || lines[i].TrimEnd() == "##");
            i++
        )
        {
            text.Append(lines[i].Length > 3 ? Mark + lines[i][3..] : "").Append('\n');
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
        var name = entry.Key.Text;
        var key = HeaderKeys.All.FirstOrDefault(k => k.Name == name);
        if (key?.Read is { } read)
        {
            return read(header, entry.Value, problems);
        }

        problems.Add(
            key is null
                ? KolaDiagnostics.BadTest(
                    $"unknown header key '{name}'",
                    entry.Key.Span,
                    ClosestName.Hint(name, HeaderKeys.Served, $"known keys: {string.Join(", ", HeaderKeys.Served)}")
                )
                : KolaDiagnostics.BadTest(
                    $"the header key '{name}' is not supported by this harness",
                    entry.Key.Span,
                    "run this test with another harness, or exclude its directory"
                )
        );
        return header;
    }
}
