using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>Collects the record types a schema refers to.</summary>
internal sealed class SchemaDefinitions
{
    private readonly SortedDictionary<string, JsonTextObject?> _definitions = new(StringComparer.Ordinal);

    public JsonTextObject Reference(Type type)
    {
        if (_definitions.TryAdd(type.Name, null))
        {
            _definitions[type.Name] = Describe(type);
        }

        return new([new JsonTextMember("$ref", new JsonTextString($"#/definitions/{type.Name}"))]);
    }

    /// <summary>The schema of a document whose root is <paramref name="root"/>.</summary>
    public static JsonTextObject Document(ContractType root, string title)
    {
        var definitions = new SchemaDefinitions();
        var schema = root.Schema(definitions);
        return new([
            new("$schema", new JsonTextString("http://json-schema.org/draft-07/schema#")),
            new("title", new JsonTextString(title)),
            .. schema.Members,
            new("definitions", new JsonTextObject(definitions._definitions.Select(d => new JsonTextMember(d.Key, d.Value!)).ToValueList())),
        ]);
    }

    private JsonTextObject Describe(Type type)
    {
        var shape = ContractShape.Of(type);
        var properties = shape.Members.Select(m => new JsonTextMember(m.Name, Member(m))).ToValueList();
        var required = shape.Members.Where(m => m.Required).Select(m => (JsonTextNode)new JsonTextString(m.Name)).ToValueList();
        var schema = new JsonTextObject([new("type", new JsonTextString("object")), new("properties", new JsonTextObject(properties))]);
        schema = required.Count == 0 ? schema : schema.With("required", new JsonTextArray(required));
        return shape.Closed ? schema.With("additionalProperties", new JsonTextBool(false)) : schema;
    }

    private JsonTextObject Member(ContractMember member)
    {
        var schema = member.Required ? member.Type.Schema(this) : OrNull(member.Type.Schema(this));
        return member.Options.Summary is { } summary ? schema.With("description", new JsonTextString(summary)) : schema;
    }

    /// <summary>Optional members may be <c>null</c>: Python publishes absent values so.</summary>
    private static JsonTextObject OrNull(JsonTextObject schema) =>
        schema.Find("type") switch
        {
            JsonTextString type => schema.With("type", new JsonTextArray([type, new JsonTextString("null")])),
            _ when schema.Find("$ref") is not null => new([
                new("anyOf", new JsonTextArray([schema, new JsonTextObject([new("type", new JsonTextString("null"))])])),
            ]),
            _ => schema,
        };
}
