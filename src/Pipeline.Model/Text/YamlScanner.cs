namespace Pipeline.Model.Text;

/// <summary>
/// Cuts a YAML text into tokens. It reads what libyaml and the libraries made from it (Go's yaml.v3, Rust's serde_yaml) read: YAML 1.1 with
/// their allowances. A key is recognised late, by the <c>:</c> behind it, so tokens are handed out only when no key can begin before them.
/// </summary>
internal sealed partial class YamlScanner
{
    /// <summary>A key is one line of at most this many characters.</summary>
    private const int LongestKey = 1024;
    private const string UseSpaces = "YAML does not allow tabs for indentation; use spaces";
    private const string UseQuotes = "put the text in quotes";

    private readonly YamlCursor _at;
    private readonly List<YamlToken> _queue = [];
    private readonly List<PossibleKey> _keys = [default];
    private readonly Stack<int> _indents = new();
    private int _indent = -1;
    private int _head;
    private int _taken;
    private bool _keyAllowed = true;
    private bool _ended;
    private bool _ready;

    /// <summary>A scanner at the start of <paramref name="text"/>.</summary>
    public YamlScanner(string text)
    {
        _at = new(text);
    }

    private int FlowLevel => _keys.Count - 1;

    /// <summary>The next token, which stays.</summary>
    public YamlToken Peek()
    {
        while (!_ready)
        {
            if (_head == _queue.Count || (!_ended && HeadMayBeKey()))
            {
                Fetch();
            }
            else
            {
                _ready = true;
            }
        }

        return _queue[_head];
    }

    /// <summary>The next token, which is taken away.</summary>
    public YamlToken Take()
    {
        var token = Peek();
        _head++;
        _taken++;
        _ready = false;
        if (_head == _queue.Count)
        {
            _queue.Clear();
            _head = 0;
        }

        return token;
    }

    private bool HeadMayBeKey()
    {
        DropStaleKeys();
        return _keys.Exists(k => k.Possible && k.Token == _taken);
    }

    private void Fetch()
    {
        SkipToToken();
        DropStaleKeys();
        Unroll(_at.Column);
        var c = _at.Here;
        if (_at.AtEnd)
        {
            FetchEnd();
        }
        else if (_at.Column == 0 && c == '%')
        {
            FetchDirective();
        }
        else if (_at.AtDocumentMark('-') || _at.AtDocumentMark('.'))
        {
            EndBlocks();
            Add(c == '-' ? YamlTokenKind.DocumentStart : YamlTokenKind.DocumentEnd, 3);
        }
        else if (c is '[' or '{')
        {
            SaveKey();
            _keys.Add(default);
            _keyAllowed = true;
            Add(c == '[' ? YamlTokenKind.FlowSequenceStart : YamlTokenKind.FlowMappingStart, 1);
        }
        else if (c is ']' or '}')
        {
            RemoveKey();
            if (FlowLevel > 0)
            {
                _keys.RemoveAt(FlowLevel);
            }

            _keyAllowed = false;
            Add(c == ']' ? YamlTokenKind.FlowSequenceEnd : YamlTokenKind.FlowMappingEnd, 1);
        }
        else
        {
            FetchInside(c);
        }
    }

    private void FetchInside(char c)
    {
        var spaced = _at.BlankOrEndAt(1);
        switch (c)
        {
            case ',':
                RemoveKey();
                _keyAllowed = true;
                Add(YamlTokenKind.FlowEntry, 1);
                break;
            case '-' when spaced:
                FetchBlockEntry();
                break;
            case '?' when spaced || FlowLevel > 0:
                FetchKey();
                break;
            case ':' when spaced || FlowLevel > 0:
                FetchValue();
                break;
            case '*' or '&':
                StartScalar();
                FetchName(c == '*' ? YamlTokenKind.Alias : YamlTokenKind.Anchor);
                break;
            case '!':
                StartScalar();
                FetchTag();
                break;
            case '|' or '>' when FlowLevel == 0:
                RemoveKey();
                _keyAllowed = true;
                ScanBlockScalar(c == '|');
                break;
            case '\'' or '"':
                StartScalar();
                ScanQuoted(c);
                break;
            case '-' or '?' or ':':
            case var _ when c is not (' ' or '\t' or '#' or '|' or '>' or '%' or '@' or '`') && !_at.AtBreak:
                StartScalar();
                ScanPlain();
                break;
            default:
                throw CannotStart(c);
        }
    }

    private YamlSyntaxException CannotStart(char c) =>
        c switch
        {
            '\t' => Bad("a tab stands where indentation is expected", UseSpaces),
            '|' or '>' => Bad("a block of text cannot stand between brackets", UseQuotes),
            _ => Bad($"a value cannot start with '{c}'", UseQuotes),
        };

    private void SkipToToken()
    {
        while (true)
        {
            // A tab separates words, but it does not indent.
            while (_at.Here == ' ' || (_at.Here == '\t' && (FlowLevel > 0 || !_keyAllowed)))
            {
                _at.Skip();
            }

            if (_at.Here == '#')
            {
                SkipComments();
            }

            if (!_at.AtBreak)
            {
                return;
            }

            _at.SkipBreak();
            _keyAllowed |= FlowLevel == 0;
        }
    }

    /// <summary>A comment and those in the lines below it, which tabs may indent.</summary>
    private void SkipComments()
    {
        var ahead = 0;
        while (_at.At(ahead) == '#')
        {
            _at.SkipTo(_at.Index + ahead);
            _at.SkipRestOfLine();
            ahead = 0;
            while (_at.At(ahead) is ' ' or '\t' || YamlCursor.IsBreak(_at.At(ahead)))
            {
                ahead++;
            }
        }
    }

    private void FetchEnd()
    {
        EndBlocks();
        Add(YamlTokenKind.StreamEnd, 0);
        _ended = true;
    }

    private void FetchBlockEntry()
    {
        if (FlowLevel == 0)
        {
            if (!_keyAllowed)
            {
                throw Bad("a list cannot start here", "start it in a line of its own");
            }

            Roll(_at.Column, -1, YamlTokenKind.BlockSequenceStart, _at.Mark);
        }

        RemoveKey();
        _keyAllowed = true;
        Add(YamlTokenKind.BlockEntry, 1);
    }

    private void FetchKey()
    {
        if (FlowLevel == 0)
        {
            if (!_keyAllowed)
            {
                throw Bad("a key cannot start here", "start it in a line of its own");
            }

            Roll(_at.Column, -1, YamlTokenKind.BlockMappingStart, _at.Mark);
        }

        RemoveKey();
        _keyAllowed = FlowLevel == 0;
        Add(YamlTokenKind.Key, 1);
    }

    private void FetchValue()
    {
        var key = _keys[FlowLevel];
        if (key.Possible)
        {
            _queue.Insert(_head + key.Token - _taken, new(YamlTokenKind.Key, key.Mark, key.Mark));
            Roll(key.Mark.Column - 1, key.Token, YamlTokenKind.BlockMappingStart, key.Mark);
            _keys[FlowLevel] = key with { Possible = false };
            _keyAllowed = false;
        }
        else
        {
            if (FlowLevel == 0)
            {
                if (!_keyAllowed)
                {
                    throw Bad("a key with its value cannot stand here", $"{UseQuotes} when its ': ' belongs to it");
                }

                Roll(_at.Column, -1, YamlTokenKind.BlockMappingStart, _at.Mark);
            }

            _keyAllowed = FlowLevel == 0;
        }

        Add(YamlTokenKind.Value, 1);
    }

    /// <summary>Blocks of the document end; what was waiting for a <c>:</c> does not get one.</summary>
    private void EndBlocks()
    {
        Unroll(-1);
        RemoveKey();
        _keyAllowed = false;
    }

    private void StartScalar()
    {
        SaveKey();
        _keyAllowed = false;
    }

    /// <summary>Opens a block when the column is further right than the one that is open.</summary>
    private void Roll(int column, int token, YamlTokenKind kind, YamlMark mark)
    {
        if (FlowLevel > 0 || _indent >= column)
        {
            return;
        }

        _indents.Push(_indent);
        _indent = column;
        var start = new YamlToken(kind, mark, mark);
        if (token < 0)
        {
            _queue.Add(start);
        }
        else
        {
            _queue.Insert(_head + token - _taken, start);
        }
    }

    private void Unroll(int column)
    {
        while (FlowLevel == 0 && _indent > column)
        {
            Add(YamlTokenKind.BlockEnd, 0);
            _indent = _indents.Pop();
        }
    }

    private void SaveKey()
    {
        if (_keyAllowed)
        {
            RemoveKey();
            _keys[FlowLevel] = new(true, FlowLevel == 0 && _indent == _at.Column, _taken + _queue.Count - _head, _at.Mark);
        }
    }

    private void RemoveKey()
    {
        var key = _keys[FlowLevel];
        if (key is { Possible: true, Required: true })
        {
            throw KeyWithoutColon(key);
        }

        _keys[FlowLevel] = key with { Possible = false };
    }

    private void DropStaleKeys()
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            var key = _keys[i];
            if (key.Possible && (key.Mark.Line < _at.Line || key.Mark.Index + LongestKey < _at.Index))
            {
                if (key.Required)
                {
                    throw KeyWithoutColon(key);
                }

                _keys[i] = key with { Possible = false };
            }
        }
    }

    private static YamlSyntaxException KeyWithoutColon(PossibleKey key) =>
        new(key.Mark, "a ':' is missing behind this key", "write 'key: value', or indent what continues the line above");

    private void Add(YamlTokenKind kind, int length)
    {
        var start = _at.Mark;
        _at.Skip(length);
        _queue.Add(new(kind, start, _at.Mark));
    }

    private void Add(YamlTokenKind kind, YamlMark start, string text, YamlScalarStyle style = YamlScalarStyle.Plain) =>
        _queue.Add(new(kind, start, _at.Mark, text, style));

    private YamlSyntaxException Bad(string message, string? hint = null) => new(_at.Mark, message, hint);

    /// <summary>What a <c>:</c> further on would make a key.</summary>
    /// <param name="Possible">Whether it still can be one.</param>
    /// <param name="Required">Whether it must be one: it stands where keys of the open mapping stand.</param>
    /// <param name="Token">The number of its first token.</param>
    /// <param name="Mark">Where it begins.</param>
    private readonly record struct PossibleKey(bool Possible, bool Required, int Token, YamlMark Mark);
}
