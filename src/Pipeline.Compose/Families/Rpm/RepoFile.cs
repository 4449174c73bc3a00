using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>A line of a <c>.repo</c> file, with the lines that continue it.</summary>
/// <param name="Key">In lower case.</param>
/// <param name="Value">Without white space around it; continued lines are separated by line feeds.</param>
/// <param name="Span">Where the key is.</param>
internal sealed record RepoLine(string Key, string Value, SourceSpan Span)
{
    /// <summary>The words of a list: separated by white space or commas.</summary>
    public ValueList<string> Words => Value.Split((char[]?)[' ', '\t', '\n', ','], StringSplitOptions.RemoveEmptyEntries).ToValueList();
}

/// <summary>A section of a <c>.repo</c> file: one repository.</summary>
/// <param name="Id">The name in brackets.</param>
/// <param name="Lines">In the order of the file; keys are unique.</param>
/// <param name="Span">Where the section begins.</param>
internal sealed record RepoSection(string Id, ValueList<RepoLine> Lines, SourceSpan Span)
{
    /// <summary>The line with a key, or <c>null</c>.</summary>
    public RepoLine? Find(string key) => Lines.FirstOrDefault(l => l.Key == key);
}

/// <summary>The syntax of <c>.repo</c> files: sections, <c>key=value</c>, comments, continued lines.</summary>
internal static class RepoFile
{
    private const int MaxProblems = 20;

    /// <summary>The sections. Wrong lines are PL1122, keys and sections that come twice are PL1105.</summary>
    public static ValueList<RepoSection> Parse(string file, string text, DiagnosticBag problems)
    {
        var sections = new List<RepoSection>();
        var lines = new List<RepoLine>();
        (string Id, SourceSpan Span)? section = null;
        var (number, wrong) = (0, 0);
        foreach (var raw in text.AsSpan().TrimStart('\ufeff').EnumerateLines())
        {
            number++;
            var line = raw.TrimEnd().ToString();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            var span = new SourceSpan(file, number, 1);
            if (line[0] is ' ' or '\t')
            {
                if (lines.Count == 0)
                {
                    Wrong(line, "continues no line", span);
                }
                else
                {
                    lines[^1] = lines[^1] with { Value = $"{lines[^1].Value}\n{line.Trim()}".TrimStart('\n') };
                }
            }
            else if (line[0] == '[')
            {
                End();
                var closed = line.EndsWith(']') && line.Length > 2;
                section = (closed ? line[1..^1].Trim() : line, span);
                if (!closed)
                {
                    Wrong(line, "is not a section", span);
                }
            }
            else if (section is null)
            {
                Wrong(line, "is in no section", span);
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                Add(new(line[..equals].Trim().ToLowerInvariant(), line[(equals + 1)..].Trim(), span));
            }
            else
            {
                Wrong(line, "has no '='", span);
            }
        }

        End();
        return sections.ToValueList();

        void End()
        {
            if (section is var (id, at))
            {
                sections.Add(new(id, lines.ToValueList(), at));
            }

            lines.Clear();
        }

        void Add(RepoLine line)
        {
            if (lines.Find(l => l.Key == line.Key) is { } first)
            {
                problems.Add(RepositoryDiagnostics.Field(line.Key, "is given twice", line.Span, $"first at {first.Span}"));
            }

            lines.Add(line);
        }

        void Wrong(string line, string why, SourceSpan span)
        {
            if (++wrong <= MaxProblems)
            {
                problems.Add(RepositoryDiagnostics.BadLine(line.Length > 80 ? line[..80] + "…" : line, why, span));
            }
        }
    }
}
