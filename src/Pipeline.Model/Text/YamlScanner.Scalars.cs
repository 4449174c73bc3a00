using System.Globalization;
using System.Text;

namespace Pipeline.Model.Text;

/// <summary>Scalars: plain, quoted and blocks.</summary>
internal sealed partial class YamlScanner
{
    private void ScanPlain()
    {
        var start = _at.Mark;
        var end = start;
        var text = new StringBuilder();
        var gap = new Gap();
        var indent = _indent + 1;
        while (!_at.AtDocumentMark('-') && !_at.AtDocumentMark('.') && _at.Here != '#')
        {
            if (!_at.BlankOrEndAt(0) && !EndsPlain())
            {
                gap.JoinTo(text);
                var from = _at.Index;
                while (!_at.BlankOrEndAt(0) && !EndsPlain())
                {
                    _at.Skip();
                }

                text.Append(_at.TextFrom(from));
                end = _at.Mark;
            }

            if (!_at.AtBlank && !_at.AtBreak)
            {
                break;
            }

            while (_at.AtBlank || _at.AtBreak)
            {
                if (gap.HasBreak && _at.Column < indent && _at.Here == '\t')
                {
                    throw Bad("a tab stands where indentation is expected", UseSpaces);
                }

                gap.Read(_at);
            }

            if (FlowLevel == 0 && _at.Column < indent)
            {
                break;
            }
        }

        _queue.Add(new(YamlTokenKind.Scalar, start, end, text.ToString()));

        // The next line was reached while looking for a continuation; a key may start there.
        _keyAllowed |= gap.HasBreak;
    }

    private bool EndsPlain() =>
        (_at.Here == ':' && _at.BlankOrEndAt(1)) || (FlowLevel > 0 && _at.Here is (',' or '?' or '[' or ']' or '{' or '}'));

    private void ScanQuoted(char quote)
    {
        var start = _at.Mark;
        var text = new StringBuilder();
        var gap = new Gap();
        _at.Skip();
        while (true)
        {
            if (_at.AtDocumentMark('-') || _at.AtDocumentMark('.'))
            {
                throw Bad("the document ends inside of a quoted text", UnclosedHint(quote, start));
            }

            if (_at.AtEnd)
            {
                throw Bad("the text ends inside of a quoted text", UnclosedHint(quote, start));
            }

            if (ScanQuotedWord(quote, text, ref gap))
            {
                break;
            }

            while (_at.AtBlank || _at.AtBreak)
            {
                gap.Read(_at);
            }

            gap.JoinTo(text);
        }

        _at.Skip();
        Add(YamlTokenKind.Scalar, start, text.ToString(), quote == '"' ? YamlScalarStyle.DoubleQuoted : YamlScalarStyle.SingleQuoted);
    }

    private static string UnclosedHint(char quote, YamlMark start) =>
        string.Create(CultureInfo.InvariantCulture, $"the {quote} at line {start.Line}, column {start.Column} is not closed");

    /// <summary>Reads up to white space; <c>true</c> at the closing quote.</summary>
    private bool ScanQuotedWord(char quote, StringBuilder text, ref Gap gap)
    {
        while (!_at.BlankOrEndAt(0))
        {
            if (quote == '\'' && _at.Here == '\'' && _at.At(1) == '\'')
            {
                text.Append('\'');
                _at.Skip(2);
            }
            else if (_at.Here == quote)
            {
                return true;
            }
            else if (quote == '"' && _at.Here == '\\' && YamlCursor.IsBreak(_at.At(1)))
            {
                // An escaped line end joins the lines without a space.
                _at.Skip();
                _at.SkipBreak();
                gap.Escaped();
                return false;
            }
            else if (quote == '"' && _at.Here == '\\')
            {
                ScanEscape(text);
            }
            else
            {
                text.Append(_at.Here);
                _at.Skip();
            }
        }

        return false;
    }

    private void ScanEscape(StringBuilder text)
    {
        var c = _at.At(1);
        var simple = c switch
        {
            '0' => "\0",
            'a' => "\a",
            'b' => "\b",
            't' or '\t' => "\t",
            'n' => "\n",
            'v' => "\v",
            'f' => "\f",
            'r' => "\r",
            'e' => "\u001b",
            ' ' => " ",
            '"' => "\"",
            '\'' => "'",
            '/' => "/",
            '\\' => "\\",
            'N' => "\u0085",
            '_' => "\u00a0",
            'L' => "\u2028",
            'P' => "\u2029",
            _ => null,
        };
        if (simple is not null)
        {
            text.Append(simple);
            _at.Skip(2);
            return;
        }

        var length = c switch
        {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => throw Bad($"'\\{c}' is not an escape of YAML", @"write a backslash as \\, or use single quotes"),
        };
        _at.Skip(2);
        text.Append(Rune(length));
    }

    private string Rune(int length)
    {
        var value = 0L;
        for (var i = 0; i < length; i++)
        {
            var digit = _at.At(i);
            if (!char.IsAsciiHexDigit(digit))
            {
                throw Bad(string.Create(CultureInfo.InvariantCulture, $"the escape needs {length} hexadecimal digits"));
            }

            value = (value * 16) + Convert.ToInt32(digit.ToString(), 16);
        }

        if (value > 0x10FFFF || !System.Text.Rune.IsValid((int)value))
        {
            throw Bad("the escape is not a character of Unicode");
        }

        _at.Skip(length);
        return new Rune((int)value).ToString();
    }

    private void ScanBlockScalar(bool literal)
    {
        var start = _at.Mark;
        _at.Skip();
        var (keep, increment) = ScanBlockHeader();
        var end = _at.Mark;
        _at.SkipBreak();
        var indent = increment == 0 ? 0 : Math.Max(_indent, 0) + increment;
        var text = new StringBuilder();
        var breaks = new StringBuilder();
        var lineEnd = new StringBuilder();
        ScanBlockBreaks(ref indent, breaks, start, ref end);
        var afterBlank = false;
        while (_at.Column == indent && !_at.AtEnd)
        {
            // Lines of a folded block become one, unless one of them is indented further.
            var blank = _at.AtBlank;
            if (!literal && lineEnd is { Length: > 0 } && lineEnd[0] == '\n' && !afterBlank && !blank)
            {
                text.Append(breaks.Length == 0 ? " " : "");
            }
            else
            {
                text.Append(lineEnd);
            }

            text.Append(breaks);
            lineEnd.Clear();
            breaks.Clear();
            afterBlank = blank;
            var from = _at.Index;
            _at.SkipRestOfLine();
            text.Append(_at.TextFrom(from));
            end = _at.Mark;
            _at.ReadBreak(lineEnd);
            ScanBlockBreaks(ref indent, breaks, start, ref end);
        }

        text.Append(keep is null or true ? lineEnd : null).Append(keep == true ? breaks : null);
        _queue.Add(new(YamlTokenKind.Scalar, start, end, text.ToString(), literal ? YamlScalarStyle.Literal : YamlScalarStyle.Folded));
    }

    /// <summary>
    /// The signs behind <c>|</c> or <c>&gt;</c>: which line ends at the end are kept (<c>null</c> for one), and the indentation.
    /// </summary>
    private (bool? Keep, int Increment) ScanBlockHeader()
    {
        bool? keep = null;
        var increment = 0;
        for (var i = 0; i < 2; i++)
        {
            if (keep is null && _at.Here is ('+' or '-'))
            {
                keep = _at.Here == '+';
                _at.Skip();
            }
            else if (increment == 0 && char.IsAsciiDigit(_at.Here))
            {
                increment = _at.Here - '0';
                if (increment == 0)
                {
                    throw Bad("the indentation of a block of text is 1 to 9");
                }

                _at.Skip();
            }
        }

        while (_at.AtBlank)
        {
            _at.Skip();
        }

        if (_at.Here == '#')
        {
            _at.SkipRestOfLine();
        }

        return _at.AtBreak || _at.AtEnd
            ? (keep, increment)
            : throw Bad("text stands behind the sign of a block of text", "start the text in the next line");
    }

    /// <summary>Skips indentation and empty lines; finds the indentation when it is still 0.</summary>
    private void ScanBlockBreaks(ref int indent, StringBuilder breaks, YamlMark start, ref YamlMark end)
    {
        var widest = 0;
        end = _at.Mark;
        while (true)
        {
            while ((indent == 0 || _at.Column < indent) && _at.Here == ' ')
            {
                _at.Skip();
            }

            widest = Math.Max(widest, _at.Column);
            if ((indent == 0 || _at.Column < indent) && _at.Here == '\t')
            {
                throw new YamlSyntaxException(
                    _at.Mark,
                    "a tab stands where indentation is expected",
                    string.Create(CultureInfo.InvariantCulture, $"indent the block of text that starts at line {start.Line} by spaces")
                );
            }

            if (!_at.AtBreak)
            {
                break;
            }

            _at.ReadBreak(breaks);
            end = _at.Mark;
        }

        if (indent == 0)
        {
            indent = Math.Max(Math.Max(widest, _indent + 1), 1);
        }
    }

    /// <summary>White space between two words of a scalar: within a line it stays, across lines it folds.</summary>
    private struct Gap
    {
        private StringBuilder? _blanks;
        private StringBuilder? _lineEnd;
        private StringBuilder? _breaks;

        /// <summary>Whether a line ended in it.</summary>
        public bool HasBreak { get; private set; }

        /// <summary>Takes one blank or line end.</summary>
        public void Read(YamlCursor at)
        {
            if (!at.AtBreak)
            {
                if (!HasBreak)
                {
                    (_blanks ??= new()).Append(at.Here);
                }

                at.Skip();
            }
            else if (!HasBreak)
            {
                _blanks?.Clear();
                at.ReadBreak(_lineEnd ??= new());
                HasBreak = true;
            }
            else
            {
                at.ReadBreak(_breaks ??= new());
            }
        }

        /// <summary>A line end that was escaped: nothing of it stays.</summary>
        public void Escaped() => HasBreak = true;

        /// <summary>Adds what the gap means and empties it.</summary>
        public void JoinTo(StringBuilder text)
        {
            if (!HasBreak)
            {
                text.Append(_blanks);
            }
            else if (_lineEnd is { Length: > 0 } && _lineEnd[0] == '\n')
            {
                _ = _breaks is { Length: > 0 } ? text.Append(_breaks) : text.Append(' ');
            }
            else
            {
                text.Append(_lineEnd).Append(_breaks);
            }

            _blanks?.Clear();
            _lineEnd?.Clear();
            _breaks?.Clear();
            HasBreak = false;
        }
    }
}
