using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>How one kind of value is read, written and described.</summary>
internal abstract class ContractType
{
    /// <summary>"a string", "a list", …</summary>
    public abstract string Kind { get; }

    /// <summary>The value, or <c>null</c> after a problem was reported.</summary>
    public abstract object? Read(JsonTextNode node, ReadContext context);

    /// <summary>The value as a node with canonical tokens, in the form of <paramref name="found"/>.</summary>
    /// <param name="value">What to write.</param>
    /// <param name="found">What stood there when the document was read; <c>null</c> for something new.</param>
    public abstract JsonTextNode Write(object value, JsonTextNode? found);

    /// <summary>
    /// Whether two nodes of equal values may be written differently, so that an item of a list needs the node it came from.
    /// </summary>
    public virtual bool HasForm => false;

    /// <summary>The JSON Schema of the value.</summary>
    public abstract JsonTextObject Schema(SchemaDefinitions definitions);

    /// <summary>Whether Go's <c>omitempty</c> would leave it out.</summary>
    public virtual bool IsEmpty(object value) => false;

    protected static JsonTextObject Typed(string type) => new([new JsonTextMember("type", new JsonTextString(type))]);
}

internal sealed class TextType(string? pattern, string? expected) : ContractType
{
    // Patterns are ours and linear. A regex without backtracking compiles a hundred methods before its first match.
    private readonly Regex? _pattern = pattern is null ? null : new(pattern, RegexOptions.CultureInvariant);

    public override string Kind => "a string";

    public override object? Read(JsonTextNode node, ReadContext context)
    {
        if (node is not JsonTextString text)
        {
            return context.WrongKind(node, Kind);
        }

        if (_pattern?.IsMatch(text.Value) == false)
        {
            context.WrongValue(node, text.Value, expected ?? $"text matching {pattern}");
        }

        return text.Value;
    }

    public override JsonTextNode Write(object value, JsonTextNode? found) => new JsonTextString((string)value);

    public override bool IsEmpty(object value) => ((string)value).Length == 0;

    public override JsonTextObject Schema(SchemaDefinitions definitions) =>
        pattern is null ? Typed("string") : Typed("string").With("pattern", new JsonTextString(pattern));
}

internal sealed class FlagType : ContractType
{
    public override string Kind => "a boolean";

    public override object? Read(JsonTextNode node, ReadContext context) =>
        node is JsonTextBool flag ? flag.Value : context.WrongKind(node, Kind);

    public override JsonTextNode Write(object value, JsonTextNode? found) => new JsonTextBool((bool)value);

    public override JsonTextObject Schema(SchemaDefinitions definitions) => Typed("boolean");
}

internal sealed class IntegerType : ContractType
{
    public override string Kind => "a whole number";

    public override object? Read(JsonTextNode node, ReadContext context)
    {
        if (node is not JsonTextNumber number)
        {
            return context.WrongKind(node, Kind);
        }

        if (long.TryParse(number.Raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        context.WrongValue(node, number.Raw, "a whole number of at most 64 bits, without point or exponent");
        return 0L;
    }

    public override JsonTextNode Write(object value, JsonTextNode? found) =>
        new JsonTextNumber(((long)value).ToString(CultureInfo.InvariantCulture));

    public override JsonTextObject Schema(SchemaDefinitions definitions) => Typed("integer");
}

internal sealed class RealType : ContractType
{
    public override string Kind => "a number";

    public override object? Read(JsonTextNode node, ReadContext context)
    {
        if (node is not JsonTextNumber number)
        {
            return context.WrongKind(node, Kind);
        }

        var value = double.Parse(number.Raw, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            context.WrongValue(node, number.Raw, "a number that fits in 64 bits");
        }

        return value;
    }

    public override JsonTextNode Write(object value, JsonTextNode? found) =>
        // An unchanged number keeps the difference between 0 and 0.0, as its publisher's reader and printer do.
        found is JsonTextNumber number
        && double.Parse(number.Raw, CultureInfo.InvariantCulture) == (double)value
            ? new JsonTextNumber(NumberText.Canonical(number.Raw))
            : new JsonTextNumber(NumberText.Python((double)value));

    public override bool HasForm => true;

    public override JsonTextObject Schema(SchemaDefinitions definitions) => Typed("number");
}

/// <summary>How long something is kept.</summary>
internal sealed class AgeType : ContractType
{
    public override string Kind => "a string";

    public override object? Read(JsonTextNode node, ReadContext context)
    {
        if (node is not JsonTextString text)
        {
            return context.WrongKind(node, Kind);
        }

        if (RetentionAge.TryParse(text.Value, out var age))
        {
            return age.Value;
        }

        context.WrongValue(node, text.Value, RetentionAge.Expected);
        return null;
    }

    public override JsonTextNode Write(object value, JsonTextNode? found) => new JsonTextString(((RetentionAge)value).ToString());

    public override JsonTextObject Schema(SchemaDefinitions definitions) =>
        Typed("string").With("pattern", new JsonTextString(RetentionAge.Pattern));
}

/// <summary>Anything; kept as it is.</summary>
internal sealed class AnyType : ContractType
{
    public override string Kind => "any value";

    public override object? Read(JsonTextNode node, ReadContext context) => node;

    public override JsonTextNode Write(object value, JsonTextNode? found) => ContractWriter.Canonical((JsonTextNode)value);

    public override JsonTextObject Schema(SchemaDefinitions definitions) => new([]);
}

/// <summary>A list of exactly two whole numbers: an edge of the update graph.</summary>
internal sealed class EdgeType : ContractType
{
    public override string Kind => "a pair of node numbers";

    public override object? Read(JsonTextNode node, ReadContext context)
    {
        if (
            node is JsonTextArray { Items: [JsonTextNumber from, JsonTextNumber to] }
            && int.TryParse(from.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var a)
            && int.TryParse(to.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var b)
        )
        {
            return new GraphEdge(a, b);
        }

        context.WrongValue(node, node.Kind, Kind);
        return default(GraphEdge);
    }

    public override JsonTextNode Write(object value, JsonTextNode? found)
    {
        var edge = (GraphEdge)value;
        return new JsonTextArray([
            new JsonTextNumber(edge.From.ToString(CultureInfo.InvariantCulture)),
            new JsonTextNumber(edge.To.ToString(CultureInfo.InvariantCulture)),
        ]);
    }

    public override JsonTextObject Schema(SchemaDefinitions definitions) =>
        Typed("array")
            .With("items", Typed("integer").With("minimum", new JsonTextNumber("0")))
            .With("minItems", new JsonTextNumber("2"))
            .With("maxItems", new JsonTextNumber("2"));
}

internal sealed class RecordType(Type type) : ContractType
{
    public override string Kind => "an object";

    public override object? Read(JsonTextNode node, ReadContext context) =>
        node is JsonTextObject found ? ContractShape.Of(type).Read(found, context) : context.WrongKind(node, Kind);

    public override JsonTextNode Write(object value, JsonTextNode? found) =>
        ContractWriter.ToNode((ContractRecord)value, found as JsonTextObject);

    public override bool HasForm => true;

    public override JsonTextObject Schema(SchemaDefinitions definitions) => definitions.Reference(type);
}

/// <param name="item">The type of the items.</param>
/// <param name="allowOne">Whether a single item is read as a list of one.</param>
internal sealed class ListType<T>(ContractType item, bool allowOne = false) : ContractType
{
    public override string Kind => "a list";

    public override object? Read(JsonTextNode node, ReadContext context)
    {
        if (node is not JsonTextArray found)
        {
            return !allowOne || node is not JsonTextObject ? context.WrongKind(node, Kind)
                : item.Read(node, context) is T one ? ValueList.Create([one])
                : null;
        }

        var items = new List<T>(found.Items.Count);
        for (var i = 0; i < found.Items.Count; i++)
        {
            context.Push(i.ToString(CultureInfo.InvariantCulture));
            if (item.Read(found.Items[i], context) is T value)
            {
                items.Add(value);
            }

            context.Pop();
        }

        return items.ToValueList();
    }

    public override JsonTextNode Write(object value, JsonTextNode? found)
    {
        var items = (ValueList<T>)value;
        if (allowOne && found is JsonTextObject && items.Count == 1)
        {
            return item.Write(items[0]!, found);
        }

        var forms = item.HasForm && found is JsonTextArray array ? new FoundItems<T>(item, array) : null;
        var sources = forms?.Of(items);
        return new JsonTextArray(items.Select((v, i) => item.Write(v!, sources?[i])).ToValueList());
    }

    public override bool HasForm => item.HasForm;

    public override bool IsEmpty(object value) => ((ValueList<T>)value).Count == 0;

    public override JsonTextObject Schema(SchemaDefinitions definitions)
    {
        var list = Typed("array").With("items", item.Schema(definitions));
        return allowOne ? new([new("anyOf", new JsonTextArray([list, item.Schema(definitions)]))]) : list;
    }
}

/// <param name="item">The type of the values.</param>
/// <param name="keys">A regular expression for the keys, or <c>null</c> for any.</param>
/// <param name="expected">What a key is called in messages.</param>
internal sealed class MapType<T>(ContractType item, string? keys = null, string? expected = null) : ContractType
{
    private readonly Regex? _keys = keys is null ? null : new(keys, RegexOptions.CultureInvariant);

    public override string Kind => "an object";

    public override object? Read(JsonTextNode node, ReadContext context)
    {
        if (node is not JsonTextObject found)
        {
            return context.WrongKind(node, Kind);
        }

        var entries = new List<KeyValuePair<string, T>>(found.Members.Count);
        foreach (var member in found.Members)
        {
            if (_keys?.IsMatch(member.Name) == false)
            {
                context.WrongKey(member, expected ?? $"text matching {keys}");
            }

            context.Push(member.Name);
            if (item.Read(member.Value, context) is T value)
            {
                entries.Add(new(member.Name, value));
            }

            context.Pop();
        }

        return new ValueMap<T>(entries);
    }

    public override JsonTextNode Write(object value, JsonTextNode? found) =>
        new JsonTextObject(
            ((ValueMap<T>)value)
                .Select(e => new JsonTextMember(e.Key, item.Write(e.Value!, (found as JsonTextObject)?.Find(e.Key))))
                .ToValueList()
        );

    public override bool HasForm => true;

    public override bool IsEmpty(object value) => ((ValueMap<T>)value).Count == 0;

    public override JsonTextObject Schema(SchemaDefinitions definitions)
    {
        var map = Typed("object").With("additionalProperties", item.Schema(definitions));
        return keys is null
            ? map
            : map.With("propertyNames", new JsonTextObject([new JsonTextMember("pattern", new JsonTextString(keys))]));
    }
}
