using System.Text;
using System.Text.Json;

namespace Pipeline.Tests.Pipelines;

/// <summary>The table of the keys of <c>ci/pipeline.yaml</c>, made from its schema.</summary>
internal static class PipelineKeys
{
    /// <summary>A Markdown table with one row for each key: path, type, meaning.</summary>
    public static string Table(string schema)
    {
        using var parsed = JsonDocument.Parse(schema);
        var text = new StringBuilder("| key | type | meaning |\n|---|---|---|\n");
        Append(text, parsed.RootElement, parsed.RootElement.GetProperty("definitions").GetProperty("PipelineConfig"), "");
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonElement root, JsonElement definition, string prefix)
    {
        var required = definition.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet()
            : [];
        foreach (var member in definition.GetProperty("properties").EnumerateObject())
        {
            var (suffix, type, below) = Describe(root, member.Value);
            var need = required.Contains(member.Name) ? ", required" : "";
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"| `{prefix}{member.Name}{suffix}` | {type}{need} | {member.Value.GetProperty("description").GetString()} |\n"
            );
            if (below is { } inner)
            {
                Append(text, root, inner, $"{prefix}{member.Name}{suffix}.");
            }
        }
    }

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
