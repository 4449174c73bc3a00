using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Manifests;

/// <summary>Between treefile nodes and JSON: a treefile may be JSON, and a flattened manifest is printed as JSON.</summary>
internal static class TreefileJson
{
    /// <summary>Reads JSON text as if it were YAML.</summary>
    public static YamlNode? Read(string file, string text, DiagnosticBag problems) =>
        JsonText.Parse(file, text, problems) is { } node ? FromJson(node) : null;

    /// <summary>The node as JSON: plain booleans, whole numbers and nulls keep their type, everything else is a string.</summary>
    public static JsonTextNode ToJson(YamlNode node) =>
        node switch
        {
            YamlMapping m => new JsonTextObject(m.Entries.Select(e => new JsonTextMember(e.Key.Text, ToJson(e.Value))).ToValueList()),
            YamlSequence s => new JsonTextArray(s.Items.Select(ToJson).ToValueList()),
            YamlScalar { IsNull: true } => new JsonTextNull(),
            YamlScalar { Style: YamlScalarStyle.Plain, Text: "true" or "false" } s => new JsonTextBool(s.Text == "true"),
            YamlScalar { Style: YamlScalarStyle.Plain } s when IsCanonicalNumber(s.Text) => new JsonTextNumber(s.Text),
            YamlScalar s => new JsonTextString(s.Text),
            _ => throw new InvalidOperationException(node.Kind),
        };

    private static bool IsCanonicalNumber(string text) =>
        text.Length is > 0 and <= 20 && text.All(char.IsAsciiDigit) && (text[0] != '0' || text.Length == 1);

    private static YamlNode FromJson(JsonTextNode node) =>
        node switch
        {
            JsonTextObject o => new YamlMapping(
                node.Span!,
                o.Members.Select(m => new YamlEntry(new(m.NameSpan!, m.Name, YamlScalarStyle.DoubleQuoted), FromJson(m.Value)))
                    .ToValueList()
            ),
            JsonTextArray a => new YamlSequence(node.Span!, a.Items.Select(FromJson).ToValueList()),
            JsonTextString s => new YamlScalar(node.Span!, s.Value, YamlScalarStyle.DoubleQuoted),
            JsonTextNumber n => new YamlScalar(node.Span!, n.Raw, YamlScalarStyle.Plain),
            JsonTextBool b => new YamlScalar(node.Span!, b.Value ? "true" : "false", YamlScalarStyle.Plain),
            _ => new YamlScalar(node.Span!, "null", YamlScalarStyle.Plain),
        };
}
