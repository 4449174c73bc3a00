using System.Text;

namespace Pipeline.Model.Text;

/// <summary>Anchors, aliases, tags and directives.</summary>
internal sealed partial class YamlScanner
{
    private const string CorePrefix = "tag:yaml.org,2002:";
    private const string UriMarks = ";/?:@&=+$,.!~*'()[]%_-";
    private readonly Dictionary<string, string> _handles = new(StringComparer.Ordinal) { ["!"] = "!", ["!!"] = CorePrefix };

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    private void FetchName(YamlTokenKind kind)
    {
        var start = _at.Mark;
        _at.Skip();
        var name = NameHere();
        if (name.Length == 0 || !(_at.BlankOrEndAt(0) || _at.Here is '?' or ':' or ',' or ']' or '}' or '%' or '@' or '`'))
        {
            throw Bad(
                kind == YamlTokenKind.Alias ? "'*' must be followed by the name of an anchor" : "'&' must be followed by a name",
                $"names hold letters, digits, '-' and '_'; otherwise {UseQuotes}"
            );
        }

        Add(kind, start, name);
    }

    private string NameHere()
    {
        var from = _at.Index;
        while (IsNameCharacter(_at.Here))
        {
            _at.Skip();
        }

        return _at.TextFrom(from);
    }

    private void FetchTag()
    {
        var start = _at.Mark;
        string tag;
        if (_at.At(1) == '<')
        {
            _at.Skip(2);
            tag = UriHere();
            if (tag.Length == 0 || _at.Here != '>')
            {
                throw Bad("a tag that starts with '!<' must end with '>'");
            }

            _at.Skip();
        }
        else
        {
            tag = ShortTag();
        }

        if (!_at.BlankOrEndAt(0))
        {
            throw Bad("a tag must be followed by a space", $"{UseQuotes} when the '!' belongs to it");
        }

        Add(YamlTokenKind.Tag, start, tag);
    }

    private string ShortTag()
    {
        var from = _at.Index;
        _at.Skip();
        NameHere();
        if (_at.Here != '!')
        {
            var suffix = _at.TextFrom(from)[1..] + UriHere();
            return suffix.Length == 0 ? "!" : _handles["!"] + suffix;
        }

        _at.Skip();
        var handle = _at.TextFrom(from);
        var name = UriHere();
        if (name.Length == 0)
        {
            throw Bad($"the tag '{handle}' has no name", "for example '!!str'");
        }

        return _handles.TryGetValue(handle, out var prefix)
            ? prefix + name
            : throw Bad($"the tag handle '{handle}' is not declared", "declare it by '%TAG', or leave the tag out");
    }

    /// <summary>The URI here, percent escapes decoded; empty when there is none.</summary>
    private string UriHere()
    {
        var bytes = new List<byte>();
        while (char.IsAsciiLetterOrDigit(_at.Here) || (!_at.AtEnd && UriMarks.Contains(_at.Here, StringComparison.Ordinal)))
        {
            if (_at.Here != '%')
            {
                bytes.Add((byte)_at.Here);
                _at.Skip();
            }
            else if (char.IsAsciiHexDigit(_at.At(1)) && char.IsAsciiHexDigit(_at.At(2)))
            {
                bytes.Add(Convert.ToByte(new string([_at.At(1), _at.At(2)]), 16));
                _at.Skip(3);
            }
            else
            {
                throw Bad("'%' in a tag must be followed by two hexadecimal digits");
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private void FetchDirective()
    {
        EndBlocks();
        var start = _at.Mark;
        _at.Skip();
        var name = NameHere();
        SkipBlanks();
        if (name == "YAML")
        {
            var from = _at.Index;
            while (!_at.BlankOrEndAt(0))
            {
                _at.Skip();
            }

            if (_at.TextFrom(from) is not ("1.1" or "1.2"))
            {
                throw Bad($"version '{_at.TextFrom(from)}' of YAML is not supported", "write '%YAML 1.2', or leave the line out");
            }
        }
        else if (name == "TAG")
        {
            DeclareTag();
        }
        else
        {
            throw Bad($"'%{name}' is not a directive of YAML", UseQuotes);
        }

        SkipBlanks();
        if (_at.Here == '#')
        {
            _at.SkipRestOfLine();
        }

        if (!_at.AtBreak && !_at.AtEnd)
        {
            throw Bad("text stands behind a directive");
        }

        _queue.Add(new(YamlTokenKind.Directive, start, _at.Mark));
    }

    private void DeclareTag()
    {
        var from = _at.Index;
        while (_at.Here == '!' || IsNameCharacter(_at.Here))
        {
            _at.Skip();
        }

        var handle = _at.TextFrom(from);
        SkipBlanks();
        var prefix = UriHere();
        if (handle is not ['!', ..] || (handle.Length > 1 && handle[^1] != '!') || prefix.Length == 0 || !_at.BlankOrEndAt(0))
        {
            throw Bad("'%TAG' needs a handle and a prefix", "for example '%TAG !e! tag:example.com,2000:'");
        }

        _handles[handle] = prefix;
    }

    private void SkipBlanks()
    {
        while (_at.AtBlank)
        {
            _at.Skip();
        }
    }
}
