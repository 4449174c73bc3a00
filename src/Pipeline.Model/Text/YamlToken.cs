namespace Pipeline.Model.Text;

/// <summary>A place in the text. Line and column count from 1, the index from 0, all in UTF-16 code units.</summary>
internal readonly record struct YamlMark(int Index, int Line, int Column);

/// <summary>What the scanner finds; "start" and "end" of a block come from indentation and stand for no character.</summary>
internal enum YamlTokenKind
{
    /// <summary>Nothing follows.</summary>
    StreamEnd,

    /// <summary>A <c>%</c> line; its meaning is already applied.</summary>
    Directive,

    /// <summary><c>---</c>.</summary>
    DocumentStart,

    /// <summary><c>...</c>.</summary>
    DocumentEnd,

    /// <summary>The first <c>-</c> of a list by indentation.</summary>
    BlockSequenceStart,

    /// <summary>The first key of a mapping by indentation.</summary>
    BlockMappingStart,

    /// <summary>The indentation goes back.</summary>
    BlockEnd,

    /// <summary><c>[</c>.</summary>
    FlowSequenceStart,

    /// <summary><c>]</c>.</summary>
    FlowSequenceEnd,

    /// <summary><c>{</c>.</summary>
    FlowMappingStart,

    /// <summary><c>}</c>.</summary>
    FlowMappingEnd,

    /// <summary><c>-</c>.</summary>
    BlockEntry,

    /// <summary><c>,</c>.</summary>
    FlowEntry,

    /// <summary>A key begins: <c>?</c>, or no character when a <c>:</c> further on shows it.</summary>
    Key,

    /// <summary><c>:</c>.</summary>
    Value,

    /// <summary><c>*name</c>; the text is the name.</summary>
    Alias,

    /// <summary><c>&amp;name</c>; the text is the name.</summary>
    Anchor,

    /// <summary><c>!tag</c>; the text is the whole tag, <c>!</c> alone for the one that says nothing.</summary>
    Tag,

    /// <summary>A scalar; the text is what it says after unescaping and folding.</summary>
    Scalar,
}

/// <summary>A token and its place.</summary>
internal readonly record struct YamlToken(
    YamlTokenKind Kind,
    YamlMark Start,
    YamlMark End,
    string Text = "",
    YamlScalarStyle Style = YamlScalarStyle.Plain
);

/// <summary>The text is not YAML: where, why and what to do.</summary>
internal sealed class YamlSyntaxException(YamlMark mark, string message, string? hint = null) : Exception(message)
{
    /// <summary>Where.</summary>
    public YamlMark Mark { get; } = mark;

    /// <summary>What to do, or <c>null</c>.</summary>
    public string? Hint { get; } = hint;
}
