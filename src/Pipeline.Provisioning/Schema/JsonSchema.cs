using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Provisioning.Schema;

/// <summary>JSON Schema (2020-12) from the definition, for editors. It covers names and types; the rules are checked by reading.</summary>
internal static class JsonSchema
{
    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    /// <summary>The schema of an Ignition version.</summary>
    public static JsonTextObject Of(IgnitionVersion version) =>
        Document(
            IgnitionSpec.Config,
            $"Ignition {version}",
            f => f.In(version),
            f => f.Name,
            [("/ignition/version", version.ToString())],
            ["ignition"]
        );

    /// <summary>The schema of a Butane variant and version.</summary>
    public static JsonTextObject Of(ButaneVersion version) =>
        Document(
            ButaneSpec.Config,
            $"Butane {version}",
            version.Has,
            f => f.Yaml,
            [("/variant", version.Variant), ("/version", version.Version)],
            ["variant", "version"]
        );

    private static JsonTextObject Document(
        Shape root,
        string title,
        Func<Field, bool> has,
        Func<Field, string> name,
        (string Path, string Value)[] constants,
        string[] required
    )
    {
        var made = Object(root, "", has, name, constants.ToDictionary(c => c.Path, c => c.Value, StringComparer.Ordinal));
        return new([
            new("$schema", new JsonTextString(Dialect)),
            new("title", new JsonTextString(title)),
            .. made.Members.Where(m => m.Name != "required"),
            new("required", Strings(required)),
        ]);
    }

    private static JsonTextObject Object(
        Shape shape,
        string path,
        Func<Field, bool> has,
        Func<Field, string> name,
        Dictionary<string, string> constants
    )
    {
        var fields = shape.Fields.Where(has).ToArray();
        var members = fields.Select(f => new JsonTextMember(name(f), Value(f, $"{path}/{name(f)}", has, name, constants))).ToValueList();
        var required = fields.Where(f => f.Required).Select(name).ToArray();
        JsonTextMember[] tail = required.Length == 0 ? [] : [new("required", Strings(required))];
        return new([
            new("type", new JsonTextString("object")),
            new("properties", new JsonTextObject(members)),
            new("additionalProperties", new JsonTextBool(false)),
            .. tail,
        ]);
    }

    private static JsonTextObject Value(
        Field field,
        string path,
        Func<Field, bool> has,
        Func<Field, string> name,
        Dictionary<string, string> constants
    )
    {
        var made = field.Kind switch
        {
            FieldKind.Map => Object(field.Item!, path, has, name, constants),
            FieldKind.MapList => List(Object(field.Item!, path, has, name, constants)),
            FieldKind.TextList => List(Type("string")),
            FieldKind.Number => Type("integer"),
            FieldKind.Flag => Type("boolean"),
            _ when constants.TryGetValue(path, out var constant) => new JsonTextObject([new("const", new JsonTextString(constant))]),
            _ => Type("string"),
        };
        return field.Summary is { } summary ? new([new("description", new JsonTextString(summary)), .. made.Members]) : made;
    }

    private static JsonTextObject List(JsonTextObject items) => new([new("type", new JsonTextString("array")), new("items", items)]);

    private static JsonTextObject Type(string type) => new([new("type", new JsonTextString(type))]);

    private static JsonTextArray Strings(string[] texts) => new(texts.Select(t => (JsonTextNode)new JsonTextString(t)).ToValueList());
}
