using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Model.Text;

/// <summary>A node of a YAML document. Types are not decided here: the dialect that reads the node does that.</summary>
/// <param name="Span">Where the node stands; for an alias, where the anchored node stands.</param>
public abstract record YamlNode(SourceSpan Span)
{
    /// <summary>The explicit tag, or <c>null</c>.</summary>
    public string? Tag { get; init; }

    /// <summary>"a mapping", "a list" or "a value", for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>How a scalar was written; only <see cref="Plain"/> ones may be read as a number, boolean or null.</summary>
public enum YamlScalarStyle
{
    /// <summary>Without quotes.</summary>
    Plain,

    /// <summary>In single quotes.</summary>
    SingleQuoted,

    /// <summary>In double quotes.</summary>
    DoubleQuoted,

    /// <summary>A <c>|</c> block.</summary>
    Literal,

    /// <summary>A <c>&gt;</c> block.</summary>
    Folded,
}

/// <summary>A scalar with its text after unescaping and folding, before any typing.</summary>
public sealed record YamlScalar(SourceSpan Span, string Text, YamlScalarStyle Style) : YamlNode(Span)
{
    /// <summary>The tag <c>!!str</c>: the scalar is text whatever it looks like.</summary>
    public const string TextTag = "tag:yaml.org,2002:str";

    /// <summary>The tag <c>!!null</c>.</summary>
    public const string NullTag = "tag:yaml.org,2002:null";

    /// <summary>Whether it is null: plain, or tagged so, and empty, <c>~</c> or <c>null</c>.</summary>
    public bool IsNull =>
        (Tag == NullTag || (Tag is null && Style == YamlScalarStyle.Plain)) && Text is ("" or "~" or "null" or "Null" or "NULL");

    /// <inheritdoc/>
    public override string Kind => "a value";
}

/// <summary>A sequence.</summary>
public sealed record YamlSequence(SourceSpan Span, ValueList<YamlNode> Items) : YamlNode(Span)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>One key and its value.</summary>
public sealed record YamlEntry(YamlScalar Key, YamlNode Value);

/// <summary>A mapping with scalar keys, in document order; duplicate keys were reported and the first kept.</summary>
public sealed record YamlMapping(SourceSpan Span, ValueList<YamlEntry> Entries) : YamlNode(Span)
{
    /// <summary>The value of <paramref name="key"/>, or <c>null</c>.</summary>
    public YamlNode? Find(string key) => Entries.FirstOrDefault(e => e.Key.Text == key)?.Value;

    /// <inheritdoc/>
    public override string Kind => "a mapping";
}
