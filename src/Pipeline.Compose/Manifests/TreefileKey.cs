namespace Pipeline.Compose.Manifests;

/// <summary>How two files' values of a key become one.</summary>
internal enum MergeRule
{
    /// <summary>The including file's value wins; among includes the first.</summary>
    First,

    /// <summary>Union, sorted by ordinal.</summary>
    Union,

    /// <summary>By member, the including file's member wins, not deeper than one level.</summary>
    ByMember,

    /// <summary>The included file's items come first.</summary>
    Prepend,

    /// <summary>Read while the file is read, never merged.</summary>
    None,
}

/// <summary>What a key's value must look like.</summary>
internal enum ValueShape
{
    /// <summary>A text: not a plain number or boolean.</summary>
    Text,

    /// <summary>A plain <c>true</c> or <c>false</c>.</summary>
    Truth,

    /// <summary>A text or a plain whole number.</summary>
    TextOrNumber,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A mapping with any content.</summary>
    Mapping,

    /// <summary>A list with any content.</summary>
    List,

    /// <summary>Anything.</summary>
    Any,
}

/// <summary>What the composer does with a key.</summary>
internal enum KeySupport
{
    /// <summary>It does what the key says.</summary>
    Acts,

    /// <summary>What the key asks for is so in any case; a note says why nothing has to be done.</summary>
    Noted,

    /// <summary>Setting it to anything but its harmless values would be ignored, so a compose refuses it with the reason.</summary>
    Refused,
}

/// <summary>One key of the treefile language. The table is <see cref="TreefileKeys"/>.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Merge">How values of several files become one.</param>
/// <param name="Shape">What a value looks like.</param>
/// <param name="Support">What becomes of it.</param>
/// <param name="Text">
/// What it does; for <see cref="KeySupport.Noted"/> and <see cref="KeySupport.Refused"/> the reason, which goes on after a colon.
/// </param>
internal sealed record TreefileKey(string Name, MergeRule Merge, ValueShape Shape, KeySupport Support, string Text)
{
    /// <summary>Values that <see cref="KeySupport.Refused"/> does not apply to, because they say what we do anyway.</summary>
    public IReadOnlyList<string> Harmless { get; init; } = [];

    /// <summary>All values there are; empty when there is no list.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>What to do instead of a refused value; <c>null</c> says to remove the key.</summary>
    public string? Instead { get; init; }

    /// <summary>The version of this program that knew it first.</summary>
    public string Since { get; init; } = "0.1.0";

    /// <summary>Whether only <c>schema: compose/v1</c> manifests know it.</summary>
    public bool SchemaOnly { get; init; }
}
