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

    /// <summary>Reads the header of a file's bytes; what it does not say has the default.</summary>
    /// <param name="file">Names the file in problems.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="defaults">Those of its directory.</param>
    /// <param name="problems">Receives PL4020.</param>
    public static TestHeader Read(string file, ReadOnlySpan<byte> content, TestHeader defaults, DiagnosticBag problems)
    {
        var lines = Encoding.UTF8.GetString(content[..Math.Min(content.Length, Window)]).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith(YamlMark, StringComparison.Ordinal))
            {
                return FromYaml(file, lines, i, defaults, problems);
            }

            if (lines[i].StartsWith(JsonMark, StringComparison.Ordinal))
            {
                // JSON is YAML's flow style, so one reader and its strictness serve both.
                var text = new string('\n', i) + new string(' ', JsonMark.Length) + lines[i][JsonMark.Length..];
                return FromNode(YamlText.Parse(file, text, problems), new(file, i + 1, 1), defaults, problems);
            }
        }

        return defaults;
    }

    /// <summary>Reads <c>kola.json</c>: the defaults of the tests beside it.</summary>
    public static TestHeader ReadDefaults(string file, ReadOnlySpan<byte> content, DiagnosticBag problems) =>
        FromNode(YamlText.Parse(file, Encoding.UTF8.GetString(content), problems), new(file, 1, 1), new(), problems);

    private static TestHeader FromYaml(string file, string[] lines, int mark, TestHeader defaults, DiagnosticBag problems)
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

        return FromNode(YamlText.Parse(file, text.ToString(), problems), new(file, mark + 1, 1), defaults, problems);
    }

    private static TestHeader FromNode(YamlNode? node, SourceSpan at, TestHeader defaults, DiagnosticBag problems)
    {
        if (node is null)
        {
            return defaults;
        }

        if (node is not YamlMapping mapping)
        {
            problems.Add(KolaDiagnostics.BadTest($"the kola header must be a mapping, not {node.Kind}", at));
            return defaults;
        }

        return mapping.Entries.Aggregate(defaults, (header, entry) => Apply(header, entry, problems));
    }

    private static TestHeader Apply(TestHeader header, YamlEntry entry, DiagnosticBag problems)
    {
        var name = entry.Key.Text;
        if (HeaderKeys.All.FirstOrDefault(k => k.Name == name) is { } key)
        {
            return key.Read(header, entry.Value, problems);
        }

        problems.Add(
            KolaDiagnostics.BadTest(
                $"unknown header key '{name}'",
                entry.Key.Span,
                ClosestName.Hint(name, HeaderKeys.Names, $"known keys: {string.Join(", ", HeaderKeys.Names)}")
            )
        );
        return header;
    }
}
