using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Model.Text;

/// <summary>Builds nodes from tokens: one method for each form of a collection.</summary>
internal sealed class YamlReader(string file, DiagnosticBag problems, TextLimits limits, YamlScanner tokens)
{
    private readonly Dictionary<string, (YamlNode Node, int Nodes)> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private YamlMark _end = new(0, 1, 1);
    private int _nodes;

    /// <summary>Reads the first document; a later one with content is reported.</summary>
    /// <returns>The root, or <c>null</c> when there is nothing.</returns>
    public YamlNode? ReadDocument()
    {
        var directives = SkipDirectives();
        var marked = Next(YamlTokenKind.DocumentStart);
        if (directives && !marked)
        {
            throw Unexpected("a directive must be followed by '---'");
        }

        if (!marked && Here == YamlTokenKind.DocumentEnd)
        {
            throw Unexpected("there is no document before '...'");
        }

        var root = AtDocumentEnd() ? null : ReadNode(0, Place.InBlock);
        if (!AtDocumentEnd())
        {
            throw Unexpected("the document ends here, but text follows");
        }

        if (SkipEmptyDocuments() is { } next)
        {
            problems.Error(
                "PL0012",
                "more than one document in the file",
                new SourceSpan(file, next.Start.Line, next.Start.Column),
                "keep only the first; remove the '---' line and what follows"
            );
        }

        return root is null or YamlScalar { IsNull: true } ? null : root;
    }

    private bool SkipDirectives()
    {
        var any = false;
        while (Next(YamlTokenKind.Directive))
        {
            any = true;
        }

        return any;
    }

    private bool AtDocumentEnd() =>
        Here is YamlTokenKind.StreamEnd or YamlTokenKind.DocumentStart or YamlTokenKind.DocumentEnd or YamlTokenKind.Directive;

    /// <summary>What follows marks that hold nothing, or <c>null</c>: the start of a document that holds something.</summary>
    private YamlToken? SkipEmptyDocuments()
    {
        YamlToken? mark = null;
        while (Here is YamlTokenKind.DocumentStart or YamlTokenKind.DocumentEnd or YamlTokenKind.Directive)
        {
            mark = Take();
        }

        return Here == YamlTokenKind.StreamEnd ? null : mark;
    }

    private YamlTokenKind Here => tokens.Peek().Kind;

    private YamlToken Take()
    {
        var token = tokens.Take();
        _end = token.End;
        return token;
    }

    /// <summary>Takes the next token when it is of this kind.</summary>
    private bool Next(YamlTokenKind kind)
    {
        if (Here != kind)
        {
            return false;
        }

        Take();
        return true;
    }

    private YamlNode ReadNode(int depth, Place place)
    {
        if (depth > limits.MaxDepth)
        {
            Stop("PL0013", $"nested deeper than {limits.MaxDepth} levels");
        }

        Count();
        if (Here == YamlTokenKind.Alias)
        {
            return Expand(Take());
        }

        var start = tokens.Peek().Start;
        var (anchor, tag) = ReadProperties();
        var before = _nodes;
        using var open = new OpenAnchor(_open, anchor);
        var node = ReadContent(depth, place, start, anchor is not null || tag is not null) with { Tag = tag == "!" ? null : tag };
        if (anchor is not null)
        {
            _anchors[anchor] = (node, _nodes - before);
        }

        return node;
    }

    /// <summary>Anchor and tag, each at most once, in any order.</summary>
    private (string? Anchor, string? Tag) ReadProperties()
    {
        var first = ReadProperty(YamlTokenKind.Anchor);
        var tag = ReadProperty(YamlTokenKind.Tag);
        return (first ?? ReadProperty(YamlTokenKind.Anchor), tag);
    }

    private string? ReadProperty(YamlTokenKind kind) => Here == kind ? Take().Text : null;

    private YamlNode ReadContent(int depth, Place place, YamlMark start, bool mayBeEmpty)
    {
        switch (Here)
        {
            case YamlTokenKind.Scalar:
                var scalar = Take();
                return new YamlScalar(Span(start), scalar.Text, scalar.Style);
            case YamlTokenKind.BlockEntry when place.Indentless:
                return ReadIndentless(depth, start);
            case YamlTokenKind.BlockSequenceStart when place.Block:
                return ReadBlockSequence(depth, start);
            case YamlTokenKind.BlockMappingStart when place.Block:
                return ReadBlockMapping(depth, start);
            case YamlTokenKind.FlowSequenceStart:
                return ReadFlowSequence(depth, start);
            case YamlTokenKind.FlowMappingStart:
                return ReadFlowMapping(depth, start);
            default:
                return mayBeEmpty ? Empty(start) : throw Unexpected("a value is expected here");
        }
    }

    private YamlSequence ReadIndentless(int depth, YamlMark start)
    {
        var items = new List<YamlNode>();
        while (Next(YamlTokenKind.BlockEntry))
        {
            items.Add(
                Here is YamlTokenKind.BlockEntry or YamlTokenKind.Key or YamlTokenKind.Value or YamlTokenKind.BlockEnd
                    ? Missing()
                    : ReadNode(depth + 1, Place.InBlock)
            );
        }

        return new(Span(start), items.ToValueList());
    }

    private YamlSequence ReadBlockSequence(int depth, YamlMark start)
    {
        Take();
        var items = new List<YamlNode>();
        while (Next(YamlTokenKind.BlockEntry))
        {
            items.Add(Here is YamlTokenKind.BlockEntry or YamlTokenKind.BlockEnd ? Missing() : ReadNode(depth + 1, Place.InBlock));
        }

        EndBlock("a list is open here; its next line must start with '-'");
        return new(Span(start), items.ToValueList());
    }

    private YamlMapping ReadBlockMapping(int depth, YamlMark start)
    {
        Take();
        var entries = new YamlEntryList(problems);
        while (Next(YamlTokenKind.Key))
        {
            var key = ReadBlockPart(depth, Place.InMapping);
            entries.Add(key, Next(YamlTokenKind.Value) ? ReadBlockPart(depth, Place.InMapping) : MissingBefore());
        }

        EndBlock("a mapping is open here; its next line must be a key with ':'");
        return new(Span(start), entries.Entries.ToValueList());
    }

    private YamlNode ReadBlockPart(int depth, Place place) =>
        Here is YamlTokenKind.Key or YamlTokenKind.Value or YamlTokenKind.BlockEnd ? Missing() : ReadNode(depth + 1, place);

    private void EndBlock(string otherwise)
    {
        if (!Next(YamlTokenKind.BlockEnd))
        {
            throw Unexpected(otherwise);
        }
    }

    private YamlSequence ReadFlowSequence(int depth, YamlMark start)
    {
        Take();
        var items = new List<YamlNode>();
        for (var first = true; Here != YamlTokenKind.FlowSequenceEnd; first = false)
        {
            if (!first && !Next(YamlTokenKind.FlowEntry))
            {
                throw Unexpected($"the '[' at line {start.Line} is not closed; ',' or ']' is expected");
            }

            if (Here == YamlTokenKind.Key)
            {
                items.Add(ReadPair(depth));
            }
            else if (Here != YamlTokenKind.FlowSequenceEnd)
            {
                items.Add(ReadNode(depth + 1, Place.InFlow));
            }
            else
            {
                break;
            }
        }

        Take();
        return new(Span(start), items.ToValueList());
    }

    /// <summary>A mapping of one entry without braces, as an item of a list in brackets.</summary>
    private YamlMapping ReadPair(int depth)
    {
        var start = Take().Start;
        Count();
        var entries = new YamlEntryList(problems);
        if (Here is YamlTokenKind.Value or YamlTokenKind.FlowEntry or YamlTokenKind.FlowSequenceEnd)
        {
            throw Unexpected("a key is expected behind '?'");
        }

        var key = ReadNode(depth + 2, Place.InFlow);
        entries.Add(key, ReadFlowValue(depth + 1, YamlTokenKind.FlowSequenceEnd));
        return new(Span(start), entries.Entries.ToValueList());
    }

    private YamlMapping ReadFlowMapping(int depth, YamlMark start)
    {
        Take();
        var entries = new YamlEntryList(problems);
        for (var first = true; Here != YamlTokenKind.FlowMappingEnd; first = false)
        {
            if (!first && !Next(YamlTokenKind.FlowEntry))
            {
                throw Unexpected($"the '{{' at line {start.Line} is not closed; ',' or '}}' is expected");
            }

            if (Next(YamlTokenKind.Key))
            {
                var key = Here is YamlTokenKind.Value or YamlTokenKind.FlowEntry or YamlTokenKind.FlowMappingEnd
                    ? MissingBefore()
                    : ReadNode(depth + 1, Place.InFlow);
                entries.Add(key, ReadFlowValue(depth, YamlTokenKind.FlowMappingEnd));
            }
            else if (Here != YamlTokenKind.FlowMappingEnd)
            {
                var key = ReadNode(depth + 1, Place.InFlow);
                entries.Add(key, MissingBefore());
            }
            else
            {
                break;
            }
        }

        Take();
        return new(Span(start), entries.Entries.ToValueList());
    }

    private YamlNode ReadFlowValue(int depth, YamlTokenKind end) =>
        Next(YamlTokenKind.Value) && Here != YamlTokenKind.FlowEntry && Here != end ? ReadNode(depth + 1, Place.InFlow) : MissingBefore();

    private YamlNode Expand(YamlToken alias)
    {
        if (!_anchors.TryGetValue(alias.Text, out var anchored))
        {
            var why = _open.Contains(alias.Text) ? "refers to a value that contains it" : "has no anchor before it";
            problems.Error("PL0017", $"alias '*{alias.Text}' {why}", Span(alias.Start));
            throw new StopReadingException();
        }

        _nodes = checked(_nodes + anchored.Nodes);
        return anchored.Node;
    }

    /// <summary>A value that is not written: null.</summary>
    private YamlScalar Missing()
    {
        Count();
        return Empty(_end);
    }

    /// <summary>The same, with the place of what stands there instead.</summary>
    private YamlScalar MissingBefore()
    {
        Count();
        var at = tokens.Peek().Start;
        return new(new SourceSpan(file, at.Line, at.Column, at.Line, at.Column), "", YamlScalarStyle.Plain);
    }

    private void Count()
    {
        if (++_nodes > limits.MaxNodes)
        {
            Stop("PL0014", $"more than {limits.MaxNodes} values (aliases counted each time)");
        }
    }

    private YamlScalar Empty(YamlMark start) => new(Span(start), "", YamlScalarStyle.Plain);

    private SourceSpan Span(YamlMark start) => new(file, start.Line, start.Column, _end.Line, _end.Column);

    private void Stop(string code, string message)
    {
        var at = tokens.Peek().Start;
        problems.Error(code, message, new SourceSpan(file, at.Line, at.Column));
        throw new StopReadingException();
    }

    private YamlSyntaxException Unexpected(string message) => new(tokens.Peek().Start, message);

    /// <summary>Ends the reading after an error that was reported.</summary>
    internal sealed class StopReadingException : Exception;

    /// <summary>What may stand at a place.</summary>
    /// <param name="Block">Collections by indentation.</param>
    /// <param name="Indentless">A list whose <c>-</c> stand in the column of the key above.</param>
    private readonly record struct Place(bool Block, bool Indentless)
    {
        public static Place InBlock => new(true, false);

        public static Place InMapping => new(true, true);

        public static Place InFlow => new(false, false);
    }

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
