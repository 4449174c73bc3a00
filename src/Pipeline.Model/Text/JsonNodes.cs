using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Model.Text;

/// <summary>A node of a JSON document that keeps how it was written. Made nodes have no span.</summary>
public abstract record JsonTextNode
{
    /// <summary>Where the node stands, or <c>null</c> for a node that was made, not read. Not part of equality.</summary>
    public SourceSpan? Span { get; init; }

    /// <summary>"an object", "a list", "a string", …, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A string; <see cref="Raw"/> keeps the escapes it was written with.</summary>
/// <param name="Value">The text after unescaping.</param>
/// <param name="Raw">The token with its quotes as read, or <c>null</c> for a made node.</param>
public sealed record JsonTextString(string Value, string? Raw = null) : JsonTextNode
{
    /// <inheritdoc/>
    public override string Kind => "a string";

    /// <summary>The text, or <c>null</c> of JSON.</summary>
    public static JsonTextNode OrNull(string? text) => text is null ? new JsonTextNull() : new JsonTextString(text);

    /// <summary>Equal when the text is.</summary>
    public bool Equals(JsonTextString? other) => other is not null && other.Value == Value;

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A number, kept as its text: <c>1.0</c>, <c>1e3</c> and 40-digit numbers survive.</summary>
public sealed record JsonTextNumber(string Raw) : JsonTextNode
{
    /// <inheritdoc/>
    public override string Kind => "a number";

    /// <summary>A whole number.</summary>
    public static JsonTextNumber Of(long value) => new(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The number, or <c>null</c> of JSON.</summary>
    public static JsonTextNode OrNull(long? value) => value is { } number ? Of(number) : new JsonTextNull();

    /// <summary>Equal when the text is.</summary>
    public bool Equals(JsonTextNumber? other) => other is not null && other.Raw == Raw;

    /// <inheritdoc/>
    public override int GetHashCode() => Raw.GetHashCode(StringComparison.Ordinal);
}

/// <summary><c>true</c> or <c>false</c>.</summary>
public sealed record JsonTextBool(bool Value) : JsonTextNode
{
    /// <inheritdoc/>
    public override string Kind => "a boolean";

    /// <summary>Equal when the value is.</summary>
    public bool Equals(JsonTextBool? other) => other is not null && other.Value == Value;

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();
}

/// <summary><c>null</c>.</summary>
public sealed record JsonTextNull : JsonTextNode
{
    /// <inheritdoc/>
    public override string Kind => "null";

    /// <summary>Always equal.</summary>
    public bool Equals(JsonTextNull? other) => other is not null;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}

/// <summary>A list.</summary>
public sealed record JsonTextArray(ValueList<JsonTextNode> Items) : JsonTextNode
{
    /// <inheritdoc/>
    public override string Kind => "a list";

    /// <summary>A list of strings.</summary>
    public static JsonTextArray OfTexts(IEnumerable<string> texts) => new([.. texts.Select(t => new JsonTextString(t))]);

    /// <summary>Equal when the items are, in order.</summary>
    public bool Equals(JsonTextArray? other) => other is not null && other.Items.Equals(Items);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.GetHashCode();
}

/// <summary>One name and its value.</summary>
/// <param name="Name">The member's name after unescaping.</param>
/// <param name="Value">Its value.</param>
/// <param name="NameSpan">Where the name stands; <c>null</c> for a made member. Not part of equality.</param>
public sealed record JsonTextMember(string Name, JsonTextNode Value, SourceSpan? NameSpan = null)
{
    /// <summary>Equal when name and value are.</summary>
    public bool Equals(JsonTextMember? other) => other is not null && other.Name == Name && other.Value.Equals(Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Value);
}

/// <summary>An object; members keep their order and names are unique.</summary>
public sealed record JsonTextObject(ValueList<JsonTextMember> Members) : JsonTextNode
{
    private Dictionary<string, JsonTextNode>? _index;

    /// <inheritdoc/>
    public override string Kind => "an object";

    /// <summary>The value of <paramref name="name"/>, or <c>null</c> when there is no such member.</summary>
    public JsonTextNode? Find(string name) =>
        (_index ??= Members.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal)).GetValueOrDefault(name);

    /// <summary>Whether the member exists and is of type <typeparamref name="T"/>.</summary>
    public bool TryFind<T>(string name, [NotNullWhen(true)] out T? value)
        where T : JsonTextNode
    {
        value = Find(name) as T;
        return value is not null;
    }

    /// <summary>The object with <paramref name="name"/> set: in its place when present, else at the end.</summary>
    public JsonTextObject With(string name, JsonTextNode value) =>
        Find(name) is null
            ? new([.. Members, new JsonTextMember(name, value)])
            : new(Members.Select(m => m.Name == name ? m with { Value = value } : m).ToValueList());

    /// <summary>The object without <paramref name="name"/>.</summary>
    public JsonTextObject Without(string name) => new(Members.Where(m => m.Name != name).ToValueList());

    /// <summary>Equal when the members are, in order.</summary>
    public bool Equals(JsonTextObject? other) => other is not null && other.Members.Equals(Members);

    /// <inheritdoc/>
    public override int GetHashCode() => Members.GetHashCode();
}
