using System.Text.Unicode;

namespace Pipeline.Model.Text;

/// <summary>Numbers and strings.</summary>
internal readonly partial record struct JsonFault
{
    private ref partial struct Reader
    {
        private void ReadNumber()
        {
            var start = _at;
            _at += Here == (byte)'-' ? 1 : 0;
            var first = Here;
            var digits = SkipDigits();
            if (digits == 0)
            {
                Fail(start, "'-' must be followed by a digit", "write texts in double quotes");
            }
            else if (first == (byte)'0' && digits > 1)
            {
                Fail(start, "a number must not start with 0", "JSON has no octal numbers: the mode 0644 is 420");
            }

            if (Here == (byte)'.' && Fault is null)
            {
                _at++;
                FailWithoutDigit(start, "a digit is missing behind the '.'");
            }

            if (Here is (byte)'e' or (byte)'E' && Fault is null)
            {
                _at++;
                _at += Here is (byte)'+' or (byte)'-' ? 1 : 0;
                FailWithoutDigit(start, "a digit is missing in the exponent");
            }

            if (Fault is null && (char.IsAsciiLetterOrDigit((char)Here) || Here is (byte)'_' or (byte)'.' or (byte)'-'))
            {
                Fail(start, "not a number of JSON", "numbers are decimal, for example 420; write texts in double quotes");
            }
        }

        private void FailWithoutDigit(int start, string message)
        {
            if (SkipDigits() == 0)
            {
                Fail(start, message, "complete the number");
            }
        }

        private int SkipDigits()
        {
            var start = _at;
            while (Here is >= (byte)'0' and <= (byte)'9')
            {
                _at++;
            }

            return _at - start;
        }

        private void ReadString()
        {
            var start = _at++;
            while (Fault is null)
            {
                if (AtEnd)
                {
                    Fail(start, "the text in quotes is not closed", "add a '\"' at its end");
                }
                else if (Here == (byte)'"')
                {
                    _at++;
                    return;
                }
                else if (Here == (byte)'\\')
                {
                    ReadEscape();
                }
                else if (Here < 0x20)
                {
                    Fail(
                        _at,
                        Here is (byte)'\n' or (byte)'\r' ? "a line ends inside of a text in quotes" : "a text holds a control character",
                        Here is (byte)'\n' or (byte)'\r' ? "close the quotes, or write a line end as \\n"
                            : Here == (byte)'\t' ? "write a tab as \\t"
                            : $"write it as \\u{(int)Here:x4}"
                    );
                }
                else
                {
                    SkipCharacter();
                }
            }
        }

        private void SkipCharacter()
        {
            var end = _at;
            while (end < _text.Length && _text[end] is not ((byte)'"' or (byte)'\\') && _text[end] >= 0x20)
            {
                end++;
            }

            if (Utf8.IsValid(_text[_at..end]))
            {
                _at = end;
            }
            else
            {
                Fail(_at, "a text holds bytes that are not valid UTF-8", "save the file as UTF-8");
            }
        }

        private void ReadEscape()
        {
            _at++;
            if (Here is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' && !AtEnd)
            {
                _at++;
            }
            else if (Here == (byte)'u')
            {
                for (var i = 1; i <= 4 && Fault is null; i++)
                {
                    if (_at + i >= _text.Length || !char.IsAsciiHexDigit((char)_text[_at + i]))
                    {
                        Fail(_at - 1, "'\\u' must be followed by four hexadecimal digits", "write a backslash as \\\\");
                    }
                }

                _at += Fault is null ? 5 : 0;
            }
            else
            {
                Fail(
                    _at - 1,
                    AtEnd ? "the text in quotes is not closed" : $"'\\{(char)Here}' is not an escape of JSON",
                    "write a backslash as \\\\"
                );
            }
        }
    }
}
