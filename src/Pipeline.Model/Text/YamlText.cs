using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Model.Text;

/// <summary>
/// Reads one YAML document into nodes that keep raw scalar, style and span. Memory and time are bounded by
/// <see cref="TextLimits"/>: aliases are expanded by reference and counted, so an alias bomb ends as an error.
/// </summary>
public static class YamlText
{
    /// <summary>Parses <paramref name="text"/>, which must hold at most one document.</summary>
    /// <param name="file">Name for spans.</param>
    /// <param name="text">The whole document.</param>
    /// <param name="problems">Receives PL0010–PL0017; duplicates are reported and reading goes on.</param>
    /// <param name="limits">Bounds; <see cref="TextLimits.Default"/> when <c>null</c>.</param>
    /// <returns>The root, or <c>null</c> when the document is empty or could not be read.</returns>
    public static YamlNode? Parse(string file, string text, DiagnosticBag problems, TextLimits? limits = null)
    {
        limits ??= TextLimits.Default;
        if (text.Length > limits.MaxLength)
        {
            problems.Error("PL0010", $"the document is larger than {ByteSize.FromBytes(limits.MaxLength)}", new SourceSpan(file, 1, 1));
            return null;
        }

        if (text.StartsWith('\uFEFF'))
        {
            text = text[1..];
        }

        try
        {
            return new Reader(file, problems, limits, new Parser(new StringReader(text))).ReadDocument();
        }
        catch (YamlException e)
        {
            problems.Error(
                "PL0011",
                Clean(e),
                new SourceSpan(file, (int)e.Start.Line, (int)e.Start.Column),
                text.Contains('\t', StringComparison.Ordinal)
                    ? "YAML does not allow tabs for indentation"
                    : "check the indentation and quoting at this place"
            );
            return null;
        }
        catch (StopReadingException)
        {
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The scanner has states it did not foresee (found by fuzzing); the text that leads there is not YAML.
            problems.Error("PL0011", "not valid YAML", new SourceSpan(file, 1, 1), "check the quoting and the brackets");
            return null;
        }
    }

    private static string Clean(YamlException e)
    {
        var message = e.Message.Split('\n')[0].TrimEnd('.').Trim();
        return message.Length == 0 ? "not valid YAML" : $"not valid YAML: {char.ToLowerInvariant(message[0])}{message[1..]}";
    }

    private sealed class StopReadingException : Exception;

    private sealed class Reader(string file, DiagnosticBag problems, TextLimits limits, IParser parser)
    {
        private readonly Dictionary<string, (YamlNode Node, int Nodes)> _anchors = new(StringComparer.Ordinal);
        private readonly HashSet<string> _open = new(StringComparer.Ordinal);
        private int _nodes;

        public YamlNode? ReadDocument()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return null;
            }

            parser.Consume<DocumentStart>();
            var root = ReadNode(0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                problems.Error(
                    "PL0012",
                    "more than one document in the file",
                    SpanOf(parser.Current!),
                    "keep only the first; remove the '---' line and what follows"
                );
            }

            return root is YamlScalar { IsNull: true } ? null : root;
        }

        private YamlNode ReadNode(int depth)
        {
            if (depth > limits.MaxDepth)
            {
                Stop("PL0013", $"nested deeper than {limits.MaxDepth} levels");
            }

            if (++_nodes > limits.MaxNodes)
            {
                Stop("PL0014", $"more than {limits.MaxNodes} values (aliases counted each time)");
            }

            return ReadCurrent(depth);
        }

        private YamlNode ReadCurrent(int depth)
        {
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                return Expand(alias);
            }

            var before = _nodes;
            if (parser.TryConsume<Scalar>(out var scalar))
            {
                var node = new YamlScalar(SpanOf(scalar), scalar.Value, StyleOf(scalar.Style)) { Tag = TagOf(scalar) };
                Keep(scalar, node, before);
                return node;
            }

            if (parser.Accept<SequenceStart>(out _))
            {
                return ReadSequence(depth, before);
            }

            return ReadMapping(depth, before);
        }

        private YamlSequence ReadSequence(int depth, int before)
        {
            var start = parser.Consume<SequenceStart>();
            using var open = Open(start);
            var items = new List<YamlNode>();
            while (!parser.Accept<SequenceEnd>(out _))
            {
                items.Add(ReadNode(depth + 1));
            }

            var end = parser.Consume<SequenceEnd>();
            var node = new YamlSequence(SpanOf(start, end), items.ToValueList()) { Tag = TagOf(start) };
            Keep(start, node, before);
            return node;
        }

        private YamlMapping ReadMapping(int depth, int before)
        {
            var start = parser.Consume<MappingStart>();
            using var open = Open(start);
            var entries = new List<YamlEntry>();
            var seen = new Dictionary<string, YamlScalar>(StringComparer.Ordinal);
            while (!parser.Accept<MappingEnd>(out _))
            {
                var key = ReadNode(depth + 1);
                var value = ReadNode(depth + 1);
                if (key is not YamlScalar name)
                {
                    problems.Error("PL0015", "a key must be a plain value, not a list or mapping", key.Span);
                }
                else if (!seen.TryAdd(name.Text, name))
                {
                    problems.Error(
                        "PL0016",
                        $"duplicate key '{name.Text}'",
                        name.Span,
                        $"first given at line {seen[name.Text].Span.Line}; keep one of them"
                    );
                }
                else
                {
                    entries.Add(new(name, value));
                }
            }

            var end = parser.Consume<MappingEnd>();
            var node = new YamlMapping(SpanOf(start, end), entries.ToValueList()) { Tag = TagOf(start) };
            Keep(start, node, before);
            return node;
        }

        private YamlNode Expand(AnchorAlias alias)
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var anchored))
            {
                var why = _open.Contains(alias.Value.Value) ? "refers to a value that contains it" : "has no anchor before it";
                problems.Error("PL0017", $"alias '*{alias.Value}' {why}", SpanOf(alias));
                throw new StopReadingException();
            }

            _nodes = checked(_nodes + anchored.Nodes);
            return anchored.Node;
        }

        private OpenAnchor Open(NodeEvent start) => new(_open, start.Anchor.IsEmpty ? null : start.Anchor.Value);

        private void Keep(NodeEvent source, YamlNode node, int before)
        {
            if (!source.Anchor.IsEmpty)
            {
                _anchors[source.Anchor.Value] = (node, _nodes - before);
            }
        }

        private void Stop(string code, string message)
        {
            problems.Error(code, message, SpanOf(parser.Current!));
            throw new StopReadingException();
        }

        private SourceSpan SpanOf(ParsingEvent e) => SpanOf(e, e);

        private SourceSpan SpanOf(ParsingEvent first, ParsingEvent last) =>
            new(file, (int)first.Start.Line, (int)first.Start.Column, (int)last.End.Line, (int)last.End.Column);

        private static string? TagOf(NodeEvent e) => e.Tag.IsEmpty || e.Tag.IsNonSpecific ? null : e.Tag.Value;

        private static YamlScalarStyle StyleOf(ScalarStyle style) =>
            style switch
            {
                ScalarStyle.SingleQuoted => YamlScalarStyle.SingleQuoted,
                ScalarStyle.DoubleQuoted => YamlScalarStyle.DoubleQuoted,
                ScalarStyle.Literal => YamlScalarStyle.Literal,
                ScalarStyle.Folded => YamlScalarStyle.Folded,
                _ => YamlScalarStyle.Plain,
            };

        private readonly struct OpenAnchor : IDisposable
        {
            private readonly HashSet<string> _open;
            private readonly string? _name;

            public OpenAnchor(HashSet<string> open, string? name)
            {
                _open = open;
                _name = name;
                if (name is not null)
                {
                    open.Add(name);
                }
            }

            public void Dispose()
            {
                if (_name is not null)
                {
                    _open.Remove(_name);
                }
            }
        }
    }
}
