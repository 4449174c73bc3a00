using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Model.Text;

namespace Pipeline.Tests.Pipelines;

/// <summary>The table of the keys of <c>ci/pipeline.yaml</c>, made from its schema.</summary>
internal static class PipelineKeys
{
    /// <summary>Keys that a later version than the first brought, with that version.</summary>
    private static readonly Dictionary<string, string> Later = [];

    /// <summary>
    /// A Markdown table with one row for each key: path, type, meaning, what counts when it is not written, an example, the version that
    /// knew it first.
    /// </summary>
    /// <param name="schema">The JSON Schema.</param>
    /// <param name="examples">A config with every key; it is where the examples are from.</param>
    public static string Table(string schema, YamlNode examples)
    {
        using var parsed = JsonDocument.Parse(schema);
        var definition = parsed.RootElement.GetProperty("definitions").GetProperty("PipelineConfig");
        var rows = new List<Row>();
        Append(rows, parsed.RootElement, definition, "", [examples]);

        // A key that is in several places is written alike in all of them.
        var written = rows.Where(r => r.Example.Length > 0).ToLookup(r => (r.Name, r.Meaning), r => r.Example);
        var text = new StringBuilder("| key | type | meaning | otherwise | example | since |\n|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            var example = row.IsObject || row.Example.Length > 0 ? row.Example : written[(row.Name, row.Meaning)].FirstOrDefault() ?? "";
            text.Append(CultureInfo.InvariantCulture, $"| `{row.Path}` | {row.Type} | {row.Meaning} ")
                .Append(CultureInfo.InvariantCulture, $"| {(row.Type == "boolean" ? "`false`" : "")} | {example} ")
                .Append(CultureInfo.InvariantCulture, $"| {Later.GetValueOrDefault(row.Path, "0.1.0")} |\n");
        }

        return text.ToString();
    }

    private sealed record Row(string Path, string Name, string Type, string Meaning, string Example, bool IsObject);

    private static void Append(List<Row> rows, JsonElement root, JsonElement definition, string prefix, YamlNode[] at)
    {
        var required = definition.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet()
            : [];
        foreach (var member in definition.GetProperty("properties").EnumerateObject())
        {
            var (suffix, type, below) = Describe(root, member.Value);
            var need = required.Contains(member.Name) ? ", required" : "";
            var path = $"{prefix}{member.Name}{suffix}";
            var values = at.Select(n => (n as YamlMapping)?.Find(member.Name)).OfType<YamlNode>().ToArray();
            var example = below is null && values.Length > 0 ? $"`{member.Name}: {Flow(values[0])}`" : "";
            var meaning = member.Value.GetProperty("description").GetString()!;
            rows.Add(new(path, member.Name, type + need, meaning, example, below is not null));
            if (below is { } inner)
            {
                Append(rows, root, inner, $"{path}.", Below(values, suffix));
            }
        }
    }

    /// <summary>The nodes whose members are described next: values of names, items of lists, or the nodes themselves.</summary>
    private static YamlNode[] Below(YamlNode[] nodes, string suffix)
    {
        var named = suffix.StartsWith(".<name>", StringComparison.Ordinal)
            ? nodes.OfType<YamlMapping>().SelectMany(m => m.Entries.Select(e => e.Value))
            : nodes;
        return [.. suffix.EndsWith("[]", StringComparison.Ordinal) ? named.SelectMany(n => n is YamlSequence s ? s.Items : [n]) : named];
    }

    private static string Flow(YamlNode node) =>
        node switch
        {
            YamlSequence list => $"[{string.Join(", ", list.Items.Select(Flow))}]",
            YamlMapping mapping => $"{{{string.Join(", ", mapping.Entries.Select(e => $"{e.Key.Text}: {Flow(e.Value)}"))}}}",
            YamlScalar scalar => scalar.Style == YamlScalarStyle.Plain ? scalar.Text : $"\"{scalar.Text}\"",
            _ => "",
        };

    private static (string Suffix, string Type, JsonElement? Below) Describe(JsonElement root, JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return ("", "object", root.GetProperty("definitions").GetProperty(reference.GetString()!.Split('/')[^1]));
        }

        if (schema.TryGetProperty("anyOf", out var choices))
        {
            var first = Describe(root, choices[0]);
            return choices[0].TryGetProperty("items", out _) ? first with { Type = "list, or one object" } : first;
        }

        if (schema.TryGetProperty("items", out var item))
        {
            var inner = Describe(root, item);
            return ("[]", inner.Below is null ? $"list of {inner.Type}s" : "list of objects", inner.Below);
        }

        if (schema.TryGetProperty("additionalProperties", out var value))
        {
            var inner = Describe(root, value);
            return ($".<name>{inner.Suffix}", inner.Type, inner.Below);
        }

        return ("", TypeOf(schema), null);
    }

    private static string TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return "any";
        }

        var name = type.ValueKind == JsonValueKind.Array ? type[0].GetString()! : type.GetString()!;
        return
            name == "string"
            && schema.TryGetProperty("pattern", out var pattern)
            && pattern.GetString()!.StartsWith("^[1-9]", StringComparison.Ordinal)
            ? "age (6w, 18m, 2y)"
            : name;
    }
}
