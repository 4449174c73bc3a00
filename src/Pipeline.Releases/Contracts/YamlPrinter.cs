using System.Text;
using Pipeline.Model.Text;

namespace Pipeline.Releases.Contracts;

/// <summary>
/// Prints a YAML document from its nodes in the layout found: indentation of each collection, quoting of each scalar, comments
/// and blank lines. What it cannot have printed so (trailing spaces, odd gaps, needless escapes) shows as a difference of style.
/// </summary>
internal sealed class YamlPrinter
{
    private readonly string[] _lines;
    private readonly StringBuilder _text = new();
    private int _next; // first source line, from 0, that has not been accounted for

    private YamlPrinter(string source) => _lines = source.Split('\n');

    /// <summary>The document as it should have been written.</summary>
    public static string Print(string source, YamlNode root)
    {
        var printer = new YamlPrinter(source);
        printer.Node(root, inline: false);
        printer.Trivia(printer._lines.Length);
        var text = printer._text.ToString();
        return source.EndsWith('\n') ? text : text.TrimEnd('\n');
    }

    private void Node(YamlNode node, bool inline)
    {
        switch (node)
        {
            case YamlMapping { Entries.Count: > 0 } mapping when !IsFlow(node):
                foreach (var entry in mapping.Entries)
                {
                    Begin(entry.Key, inline, mapping.Span.Column);
                    inline = false;
                    _text.Append(Scalar(entry.Key)).Append(':');
                    Value(entry.Value, entry.Key);
                }

                break;
            case YamlSequence { Items.Count: > 0 } sequence when !IsFlow(node):
                foreach (var item in sequence.Items)
                {
                    Begin(item, inline, sequence.Span.Column);
                    inline = false;
                    _text.Append('-');
                    Item(item);
                }

                break;
            default:
                Begin(node, inline, node.Span.Column);
                _text.Append(Leaf(node));
                End(node);
                break;
        }
    }

    private void Value(YamlNode value, YamlScalar key)
    {
        if (value is YamlScalar { Text.Length: 0, Style: YamlScalarStyle.Plain })
        {
            End(key);
        }
        else if (IsBlock(value))
        {
            if (value.Span.Line == key.Span.Line)
            {
                _text.Append(' ');
            }
            else
            {
                End(key);
            }

            Node(value, inline: value.Span.Line == key.Span.Line);
        }
        else
        {
            _text.Append(' ').Append(Leaf(value));
            End(value);
        }
    }

    private void Item(YamlNode item)
    {
        if (IsBlock(item))
        {
            _text.Append(' ');
            Node(item, inline: true);
        }
        else
        {
            var leaf = Leaf(item);
            _text.Append(leaf.Length == 0 ? "" : " ").Append(leaf);
            End(item);
        }
    }

    private static bool IsCollection(YamlNode node) => node is YamlMapping { Entries.Count: > 0 } or YamlSequence { Items.Count: > 0 };

    private bool IsBlock(YamlNode node) => IsCollection(node) && !IsFlow(node);

    private bool IsFlow(YamlNode node) => CharAt(node.Span.Line, node.Span.Column) is '[' or '{';

    private char CharAt(int line, int column) =>
        line <= _lines.Length && column <= _lines[line - 1].Length ? _lines[line - 1][column - 1] : '\n';

    /// <summary>Comments and blank lines before a node, then its indentation.</summary>
    private void Begin(YamlNode node, bool inline, int column)
    {
        if (!inline)
        {
            Trivia(node.Span.Line - 1);
            _text.Append(' ', column - 1);
        }
    }

    /// <summary>The comment behind a node, and the end of its line.</summary>
    private void End(YamlNode node)
    {
        var (line, column) = LastPlace(node);
        var rest = line < _lines.Length && column <= _lines[line].Length ? _lines[line][column..] : "";
        rest = node is YamlScalar && rest.StartsWith(':') ? rest[1..] : rest;
        _text.Append(rest.TrimStart().StartsWith('#') ? rest.TrimEnd() : "").Append('\n');
        _next = line + 1;
    }

    /// <summary>The line, from 0, and the column behind the last character.</summary>
    private static (int Line, int Column) LastPlace(YamlNode node) =>
        node.Span.EndColumn == 1 && node.Span.EndLine > node.Span.Line
            ? (node.Span.EndLine - 2, int.MaxValue)
            : (node.Span.EndLine - 1, node.Span.EndColumn - 1);

    private void Trivia(int end)
    {
        // The last "line" is what follows the final line feed.
        var last = end == _lines.Length && _lines[^1].Length == 0 ? end - 1 : end;
        for (; _next < last; _next++)
        {
            var line = _lines[_next].Trim();
            if (line.Length == 0 || line == "---" || line == "...")
            {
                _text.Append(line).Append('\n');
            }
            else if (line.StartsWith('#'))
            {
                _text.Append(_lines[_next].TrimEnd()).Append('\n');
            }
        }
    }

    private string Leaf(YamlNode node) =>
        node switch
        {
            _ when CharAt(node.Span.Line, node.Span.Column) is '&' or '*' or '!' || node.Tag is not null => Source(node),
            YamlScalar scalar => Scalar(scalar),
            YamlSequence sequence => $"[{string.Join(", ", sequence.Items.Select(Leaf))}]",
            YamlMapping mapping => mapping.Entries.Count == 0
                ? "{}"
                : $"{{{string.Join(", ", mapping.Entries.Select(e => $"{Scalar(e.Key)}: {Leaf(e.Value)}"))}}}",
            _ => Source(node),
        };

    private string Scalar(YamlScalar scalar)
    {
        if (scalar.Span.EndLine > scalar.Span.Line)
        {
            return Source(scalar);
        }

        return scalar.Style switch
        {
            YamlScalarStyle.SingleQuoted => $"'{scalar.Text.Replace("'", "''", StringComparison.Ordinal)}'",
            YamlScalarStyle.DoubleQuoted => JsonTextWriter.Write(new JsonTextString(scalar.Text), JsonStyle.Compact),
            _ => scalar.Text,
        };
    }

    private string Source(YamlNode node)
    {
        var (line, column) = LastPlace(node);
        var text = string.Join('\n', _lines[(node.Span.Line - 1)..Math.Min(line + 1, _lines.Length)]);
        var cut = line < _lines.Length ? Math.Max(0, _lines[line].Length - column) : 0;
        return text[(node.Span.Column - 1)..^cut];
    }
}
