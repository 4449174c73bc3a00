namespace Pipeline.Model.Contracts;

/// <summary>
/// Ties a property of a <see cref="ContractRecord"/> to a member of the document. The order of properties is the order new documents are
/// written in.
/// </summary>
/// <param name="name">The member's name in the document.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MemberAttribute(string name) : Attribute
{
    /// <summary>The member's name in the document.</summary>
    public string Name { get; } = name;

    /// <summary>Leave an empty string or list out of new documents, as Go's <c>omitempty</c> does.</summary>
    public bool OmitEmpty { get; set; }

    /// <summary>Write an absent value as <c>null</c> in new documents, as Python does.</summary>
    public bool WriteNull { get; set; }

    /// <summary>Write the keys of a map in ordinal order in new documents, as Go does.</summary>
    public bool Sorted { get; set; }

    /// <summary>A regular expression that a string must match; <c>null</c> for any text.</summary>
    public string? Pattern { get; set; }

    /// <summary>A regular expression that every key of a map must match; <c>null</c> for any.</summary>
    public string? KeyPattern { get; set; }

    /// <summary>What a key that matches <see cref="KeyPattern"/> is called in messages.</summary>
    public string? KeyExpected { get; set; }

    /// <summary>Read a single item where a list of items is meant.</summary>
    public bool AllowOne { get; set; }

    /// <summary>What the member means, for the schema and the documentation of documents that people write.</summary>
    public string? Summary { get; set; }

    /// <summary>What a value that matches <see cref="Pattern"/> is called in messages, for example "a sha256 digest".</summary>
    public string? Expected { get; set; }
}
