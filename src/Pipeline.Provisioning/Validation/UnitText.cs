using System.Text;

namespace Pipeline.Provisioning.Validation;

/// <summary>Reads the text of a systemd unit far enough to know whether Ignition accepts it and which sections it has.</summary>
internal static class UnitText
{
    /// <summary>systemd reads lines of up to this many bytes with the line feed.</summary>
    private const int LineLimit = 2048;

    /// <summary>The sections that hold at least one option, or why the text is no unit (with the line, from 1).</summary>
    public static IReadOnlySet<string>? Sections(string text, out (string Why, int Line) error)
    {
        if (LongLine(text) is { } line)
        {
            error = ($"it has {LineLimit} bytes or more", line);
            return null;
        }

        var reader = new Reader(text);
        var sections = reader.Read();
        error = (reader.Error ?? "", reader.Line);
        return sections;
    }

    private static int? LongLine(string text)
    {
        var number = 1;
        foreach (var line in text.Split('\n'))
        {
            if (Encoding.UTF8.GetByteCount(line) >= LineLimit)
            {
                return number;
            }

            number++;
        }

        return null;
    }

    private ref struct Reader(string text)
    {
        private readonly HashSet<string> _sections = new(StringComparer.Ordinal);
        private int _position;

        public string? Error { get; private set; }

        public readonly int Line => text.AsSpan(0, Math.Min(_position, text.Length)).Count('\n') + 1;

        public HashSet<string>? Read()
        {
            // Everything before the first section is skipped, but a '[' anywhere in it starts a section.
            while (_position < text.Length && text[_position] != '[')
            {
                if (text[_position++] is '#' or ';')
                {
                    SkipComment();
                }
            }

            while (_position < text.Length && Error is null)
            {
                ReadSection();
            }

            return Error is null ? _sections : null;
        }

        private void ReadSection()
        {
            var end = text.IndexOf(']', _position);
            if (end < 0)
            {
                Error = "the section name does not end";
                return;
            }

            var section = text[(_position + 1)..end];
            _position = end + 1;
            if (RestOfLine().Trim().Length > 0)
            {
                _position = end;
                Error = $"text follows the section name '{section}'";
            }

            while (Error is null && _position < text.Length && text[_position] != '[')
            {
                var c = text[_position];
                if (char.IsWhiteSpace(c))
                {
                    _position++;
                }
                else if (c is '#' or ';')
                {
                    SkipComment();
                }
                else
                {
                    ReadOption(section);
                }
            }
        }

        private void ReadOption(string section)
        {
            var end = text.AsSpan(_position).IndexOfAny("=\r\n");
            if (end < 0 || text[_position + end] != '=')
            {
                Error = "an option has no '='";
                return;
            }

            _position += end + 1;
            ReadOnlySpan<char> line;
            do
            {
                line = RestOfLine();
            } while (line.Length > 0 && line[^1] == '\\' && !line.Trim().IsEmpty && _position < text.Length);
            _sections.Add(section);
        }

        private void SkipComment()
        {
            while (_position < text.Length && RestOfLine().TrimEnd(' ') is [.., '\\'])
            {
                // A comment goes on behind a backslash.
            }
        }

        private ReadOnlySpan<char> RestOfLine()
        {
            var start = _position;
            var end = text.IndexOf('\n', _position);
            _position = end < 0 ? text.Length : end + 1;
            return text.AsSpan(start, (end < 0 ? text.Length : end) - start);
        }
    }
}
