using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>One field of a control paragraph. Continuation lines are joined by line feeds, each without its leading white space.</summary>
internal sealed record Deb822Field(string Name, string Value, SourceSpan Span);

/// <summary>One paragraph: fields in order, names compared without case.</summary>
internal sealed record Deb822Stanza(SourceSpan Span, ValueList<Deb822Field> Fields)
{
    /// <summary>The field, or <c>null</c>.</summary>
    public Deb822Field? Find(string name) => Fields.FirstOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The words of a field; empty when it is not there.</summary>
    public string[] Words(string name) => Find(name)?.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
}

/// <summary>Reads Debian control paragraphs: <c>*.sources</c> and Release files.</summary>
internal static class Deb822
{
    private const int MaxStanzas = 10_000;

    /// <summary>The paragraphs of <paramref name="text"/>; wrong lines are reported and skipped.</summary>
    /// <param name="file">Name for places.</param>
    /// <param name="text">The whole document.</param>
    /// <param name="problems">Receives PL1101.</param>
    public static IReadOnlyList<Deb822Stanza> Parse(string file, string text, DiagnosticBag problems)
    {
        var reader = new Reader(file, problems);
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            reader.Line(raw);
        }

        return reader.End();
    }

    private sealed class Reader(string file, DiagnosticBag problems)
    {
        private readonly List<Deb822Stanza> _stanzas = [];
        private readonly List<Deb822Field> _fields = [];
        private readonly StringBuilder _value = new();
        private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);
        private int _number;

        public void Line(ReadOnlySpan<char> raw)
        {
            _number++;
            var line = raw.TrimEnd();
            if (line.IsEmpty)
            {
                EndStanza();
            }
            else if (line[0] == '#')
            {
                // A comment, also inside a paragraph.
            }
            else if (raw[0] is ' ' or '\t')
            {
                Continue(line.Trim());
            }
            else
            {
                Begin(line);
            }
        }

        public List<Deb822Stanza> End()
        {
            EndStanza();
            return _stanzas;
        }

        private void Begin(ReadOnlySpan<char> line)
        {
            EndField();
            var colon = line.IndexOf(':');
            var span = new SourceSpan(file, _number, 1);
            if (colon <= 0 || line[..colon].ContainsAny(' ', '\t'))
            {
                problems.Error("PL1101", "expected 'Field: value', a continuation line that begins with a space, or an empty line", span);
                return;
            }

            var name = line[..colon].ToString();
            if (!_seen.Add(name))
            {
                problems.Error("PL1101", $"field '{name}' is given twice", span, "keep one of them");
                return;
            }

            _fields.Add(new(name, "", span));
            _value.Append(line[(colon + 1)..].Trim());
        }

        private void Continue(ReadOnlySpan<char> line)
        {
            if (_fields.Count == 0)
            {
                problems.Error("PL1101", "a continuation line has no field before it", new(file, _number, 1));
                return;
            }

            _value.Append('\n').Append(line);
        }

        private void EndField()
        {
            if (_fields.Count > 0 && _value.Length > 0)
            {
                _fields[^1] = _fields[^1] with { Value = _value.ToString() };
            }

            _value.Clear();
        }

        private void EndStanza()
        {
            EndField();
            if (_fields.Count > 0 && _stanzas.Count < MaxStanzas)
            {
                _stanzas.Add(new(_fields[0].Span, _fields.ToValueList()));
            }

            _fields.Clear();
            _seen.Clear();
        }
    }
}
