using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>
/// The part of JSON Schema that cosa's meta.json schema uses: types, required, no further members, references, patterns, lengths.
/// </summary>
internal static class MetaSchema
{
    private static readonly JsonDocument Schema = JsonDocument.Parse(
        File.ReadAllBytes(SourceTree.Path("tests/Pipeline.Tests/TestData/Contracts/cosa-meta-schema-v1.json"))
    );

    /// <summary>Everything that is wrong with a document; empty for a valid one.</summary>
    public static IReadOnlyList<string> Problems(ReadOnlySpan<byte> document)
    {
        using var parsed = JsonDocument.Parse(document.ToArray());
        var problems = new List<string>();
        Check(parsed.RootElement, Schema.RootElement, "", problems);
        return problems;
    }

    private static void Check(JsonElement value, JsonElement schema, string at, List<string> problems)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            Check(value, Schema.RootElement.GetProperty("definitions").GetProperty(reference.GetString()!.Split('/')[^1]), at, problems);
        }

        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(t => Is(value, t)))
        {
            problems.Add($"{at}: {value.ValueKind} is not {type}");
            return;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            if (schema.TryGetProperty("minLength", out var least) && value.GetString()!.Length < least.GetInt32())
            {
                problems.Add($"{at}: shorter than {least}");
            }

            if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value.GetString()!, pattern.GetString()!))
            {
                problems.Add($"{at}: does not match {pattern}");
            }
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            CheckObject(value, schema, at, problems);
        }

        if (
            value.ValueKind == JsonValueKind.Array
            && schema.TryGetProperty("items", out var items)
            && items.ValueKind == JsonValueKind.Object
        )
        {
            foreach (var (item, i) in value.EnumerateArray().Select((v, i) => (v, i)))
            {
                Check(item, items, $"{at}/{i}", problems);
            }
        }
    }

    private static void CheckObject(JsonElement value, JsonElement schema, string at, List<string> problems)
    {
        foreach (
            var name in schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(r => r.GetString()!) : []
        )
        {
            if (!value.TryGetProperty(name, out _))
            {
                problems.Add($"{at}: '{name}' is missing");
            }
        }

        var known = schema.TryGetProperty("properties", out var properties);
        foreach (var member in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(member.Name, out var inner))
            {
                Check(member.Value, inner, $"{at}/{member.Name}", problems);
            }
            else if (schema.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.False)
            {
                problems.Add($"{at}: '{member.Name}' is not allowed");
            }
        }
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool Is(JsonElement value, string type) =>
        type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            _ => value.ValueKind == JsonValueKind.Null,
        };
}
