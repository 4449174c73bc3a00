using System.Text;

namespace Pipeline.Model.Text;

/// <summary>
/// Walks over a text and knows line and column. Line ends are those of YAML 1.1, which the common libraries read: CR LF, CR, LF, NEL, LS
/// and PS. Behind the end stands NUL, which no YAML text may hold.
/// </summary>
internal sealed class YamlCursor(string text)
{
    private int _index;
    private int _line = 1;

    /// <summary>The column, from 0.</summary>
    public int Column { get; private set; }

    /// <summary>The place.</summary>
    public YamlMark Mark => new(_index, _line, Column + 1);

    /// <summary>The line, from 1.</summary>
    public int Line => _line;

    /// <summary>The index in the text.</summary>
    public int Index => _index;

    /// <summary>The character here.</summary>
    public char Here => At(0);

    /// <summary>Whether the text ends here.</summary>
    public bool AtEnd => _index >= text.Length;

    /// <summary>Whether a line ends here.</summary>
    public bool AtBreak => IsBreak(Here);

    /// <summary>Whether a space or tab stands here.</summary>
    public bool AtBlank => Here is ' ' or '\t';

    /// <summary>A character further on.</summary>
    public char At(int offset) => _index + offset < text.Length ? text[_index + offset] : '\0';

    /// <summary>Whether there is white space, a line end or the end of the text further on.</summary>
    public bool BlankOrEndAt(int offset) => At(offset) is ' ' or '\t' or '\0' || IsBreak(At(offset));

    /// <summary>Whether a line starts here with three of <paramref name="mark"/> and nothing else of a word.</summary>
    public bool AtDocumentMark(char mark) => Column == 0 && Here == mark && At(1) == mark && At(2) == mark && BlankOrEndAt(3);

    /// <summary>Goes on within the line.</summary>
    public void Skip(int count = 1)
    {
        _index += count;
        Column += count;
    }

    /// <summary>Goes on until the line or the text ends.</summary>
    public void SkipRestOfLine()
    {
        while (!AtBreak && !AtEnd)
        {
            Skip();
        }
    }

    /// <summary>Goes to the next line; at the end of the text, nowhere.</summary>
    public void SkipBreak()
    {
        if (AtBreak)
        {
            _index += Here == '\r' && At(1) == '\n' ? 2 : 1;
            _line++;
            Column = 0;
        }
    }

    /// <summary>Goes on to an index, over line ends too.</summary>
    public void SkipTo(int index)
    {
        while (_index < index)
        {
            if (AtBreak)
            {
                SkipBreak();
            }
            else
            {
                Skip();
            }
        }
    }

    /// <summary>As <see cref="SkipBreak"/>; the line end is added to <paramref name="to"/> as YAML reads it.</summary>
    public void ReadBreak(StringBuilder to)
    {
        if (AtBreak)
        {
            to.Append(Here is '\u2028' or '\u2029' ? Here : '\n');
            SkipBreak();
        }
    }

    /// <summary>The text from an index to here.</summary>
    public string TextFrom(int index) => text[index.._index];

    /// <summary>Whether the character ends a line.</summary>
    public static bool IsBreak(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';

    /// <summary>The first character YAML does not allow, as an index, or -1.</summary>
    public static int FirstForbidden(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var control = (c < ' ' && c is not ('\t' or '\n' or '\r')) || (c is >= '\u007f' and < '\u00a0' && c != '\u0085');
            if (control || c >= '\ufffe')
            {
                return i;
            }
        }

        return -1;
    }
}
