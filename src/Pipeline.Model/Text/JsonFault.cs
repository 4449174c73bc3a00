using System.Text;

namespace Pipeline.Model.Text;

/// <summary>What is wrong with a text that is not JSON: where, why and what to do, in words for the person who wrote it.</summary>
/// <param name="Offset">The byte it is about.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Hint">What to do.</param>
internal readonly partial record struct JsonFault(int Offset, string Message, string Hint)
{
    private const string Generic = "check for a missing comma, quote or bracket at this place";

    /// <summary>
    /// Reads the text once more, slowly, to name its first fault. Only called for a text that the fast reader refused; <c>null</c> when
    /// nothing is found.
    /// </summary>
    public static JsonFault? Find(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        if (utf8.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || utf8.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return new(0, "the text is UTF-16, not UTF-8", "save the file as UTF-8");
        }

        var reader = new Reader(utf8, maxDepth);
        reader.Read();
        return reader.Fault;
    }

    private ref partial struct Reader(ReadOnlySpan<byte> text, int maxDepth)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly Stack<(bool IsObject, int Offset)> _open = new();
        private int _at;

        public JsonFault? Fault { get; private set; }

        private readonly byte Here => _at < _text.Length ? _text[_at] : (byte)0;

        private readonly bool AtEnd => _at >= _text.Length;

        public void Read()
        {
            SkipSpace();
            if (AtEnd)
            {
                Fail(0, "the document is empty", "the file is empty");
                return;
            }

            ReadValue();
            while (Fault is null && _open.Count > 0)
            {
                ReadInside();
            }

            SkipSpace();
            if (Fault is null && !AtEnd)
            {
                Fail(
                    _at,
                    Here is (byte)'}' or (byte)']' ? $"'{(char)Here}' closes nothing" : "text stands behind the end of the document",
                    "remove it, or check the brackets before it"
                );
            }
        }

        /// <summary>After a value in an object or list: a comma and the next one, or the end.</summary>
        private void ReadInside()
        {
            SkipSpace();
            var (isObject, start) = _open.Peek();
            var close = isObject ? (byte)'}' : (byte)']';
            if (Fault is not null)
            {
                return;
            }

            if (AtEnd)
            {
                Fail(
                    _at,
                    $"the {(isObject ? "object" : "list")} that starts at line {LineOf(start)} is not closed",
                    $"add '{(char)close}'"
                );
            }
            else if (Here == close)
            {
                _at++;
                _open.Pop();
            }
            else if (Here is (byte)'}' or (byte)']')
            {
                Fail(
                    _at,
                    $"'{(char)Here}' where '{(char)close}' is expected",
                    $"line {LineOf(start)} opened with '{(isObject ? '{' : '[')}'"
                );
            }
            else if (Here != (byte)',')
            {
                Fail(_at, $"a comma is missing before {Shown()}", Generic);
            }
            else
            {
                ReadNext(isObject, close);
            }
        }

        private void ReadNext(bool isObject, byte close)
        {
            var comma = _at++;
            SkipSpace();
            if (Fault is null && Here == close && !AtEnd)
            {
                Fail(comma, $"a comma must not stand before '{(char)close}'", "remove the comma");
            }
            else if (Fault is null && Here == (byte)',')
            {
                Fail(_at, "a comma follows a comma", "remove one of them");
            }
            else if (Fault is null)
            {
                ReadItem(isObject);
            }
        }

        private void ReadItem(bool isObject)
        {
            if (isObject)
            {
                ReadName();
            }

            if (Fault is null)
            {
                ReadValue();
            }
        }

        private void ReadName()
        {
            if (AtEnd)
            {
                return;
            }

            if (Here != (byte)'"')
            {
                Fail(_at, $"a name in double quotes is expected, found {Shown()}", "write names as \"name\"");
                return;
            }

            var start = _at;
            ReadString();
            if (Fault is not null)
            {
                return;
            }

            var name = Encoding.UTF8.GetString(_text[start.._at]);
            SkipSpace();
            if (Fault is null && Here != (byte)':')
            {
                Fail(_at, $"a colon is missing after {(name.Length > 40 ? name[..40] + "…" : name)}", "write \"name\": value");
            }

            _at++;
        }

        private void ReadValue()
        {
            SkipSpace();
            if (Fault is not null)
            {
                return;
            }

            switch (Here)
            {
                case (byte)'{' or (byte)'[':
                    Open();
                    break;
                case (byte)'"':
                    ReadString();
                    break;
                case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                    ReadNumber();
                    break;
                default:
                    ReadWord();
                    break;
            }
        }

        private void Open()
        {
            if (_open.Count >= maxDepth)
            {
                Fail(_at, $"nested deeper than {maxDepth} levels", "no document of ours is that deep");
                return;
            }

            var isObject = Here == (byte)'{';
            _open.Push((isObject, _at));
            _at++;
            SkipSpace();
            if (Fault is null && !AtEnd && Here is not ((byte)'}' or (byte)']'))
            {
                ReadItem(isObject);
            }
        }

        private void ReadWord()
        {
            var end = _at;
            while (end < _text.Length && (char.IsAsciiLetterOrDigit((char)_text[end]) || _text[end] is (byte)'_' or (byte)'.' or (byte)'-'))
            {
                end++;
            }

            var word = Encoding.ASCII.GetString(_text[_at..end]);
            if (word is "true" or "false" or "null")
            {
                _at = end;
                return;
            }

            var (message, hint) = word switch
            {
                _ when AtEnd => ("the document ends where a value is expected", Generic),
                _ when word.Length == 0 && Here == (byte)'\'' => ("a text stands in single quotes", "JSON knows only double quotes"),
                _ when word.Length == 0 && Here == (byte)'+' => ("a number must not start with '+'", "remove the '+'"),
                _ when word.Length == 0 => ($"a value is missing before {Shown()}", Generic),
                _ when word[0] == '.' => ("a number must not start with '.'", "write a digit before it"),
                _ when word.ToUpperInvariant() is "TRUE" or "FALSE" or "NULL" => (
                    $"'{Short(word)}' is not a value of JSON",
                    "write true, false and null in lower case"
                ),
                "NaN" or "Infinity" => ($"'{word}' is not a number of JSON", "JSON has finite numbers only"),
                _ => ($"'{Short(word)}' is not a value of JSON", "write texts in double quotes"),
            };
            Fail(_at, message, hint);
        }

        private void SkipSpace()
        {
            while (Here is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            {
                _at++;
            }

            var comment = Here == (byte)'#' || (Here == (byte)'/' && _at + 1 < _text.Length && _text[_at + 1] is (byte)'/' or (byte)'*');
            if (comment && !AtEnd)
            {
                Fail(_at, "JSON has no comments", "remove the comment");
            }
        }

        /// <summary>The character here, or what stands for it.</summary>
        private readonly string Shown()
        {
            if (AtEnd)
            {
                return "the end of the document";
            }

            var status = Rune.DecodeFromUtf8(_text[_at..], out var rune, out _);
            return status != System.Buffers.OperationStatus.Done || Rune.IsControl(rune) ? $"the byte {_text[_at]:x2}" : $"'{rune}'";
        }

        private readonly int LineOf(int offset) => _text[..offset].Count((byte)'\n') + 1;

        private static string Short(string word) => word.Length <= 40 ? word : word[..40] + "…";

        private void Fail(int offset, string message, string hint) => Fault ??= new(offset, message, hint);
    }
}
