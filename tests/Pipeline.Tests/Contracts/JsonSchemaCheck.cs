using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Tests.Contracts;

/// <summary>
/// The part of JSON Schema (draft 7) that the schemas of documents use: types, required, references, alternatives, patterns, lengths.
/// </summary>
/// <param name="schema">The schema; references point into its <c>definitions</c>.</param>
/// <param name="closed">Whether an object with <c>properties</c> may hold no other members, also where the schema would allow them.</param>
internal sealed class JsonSchemaCheck(string schema, bool closed)
{
    private readonly JsonElement _root = JsonDocument.Parse(schema).RootElement;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

    /// <summary>Members that were present, as <c>definition.member</c>; grows with every document. Tests share a check.</summary>
    public IReadOnlyCollection<string> Seen => [.. _seen.Keys.Order(StringComparer.Ordinal)];

    /// <summary>All members that the definitions of the schema have, as in <see cref="Seen"/>.</summary>
    public IEnumerable<string> Members =>
        from definition in _root.GetProperty("definitions").EnumerateObject()
        from member in definition.Value.GetProperty("properties").EnumerateObject()
        select $"{definition.Name}.{member.Name}";

    /// <summary>Everything that is wrong with a document; empty for a valid one.</summary>
    public IReadOnlyList<string> Problems(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        var problems = new List<string>();
        Check(parsed.RootElement, _root, "", "", problems);
        return problems;
    }

    private void Check(JsonElement value, JsonElement schema, string name, string at, List<string> problems)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = reference.GetString()!.Split('/')[^1];
            Check(value, _root.GetProperty("definitions").GetProperty(target), target, at, problems);
        }

        if (schema.TryGetProperty("anyOf", out var choices))
        {
            CheckChoices(value, choices, name, at, problems);
        }

        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(t => Is(value, t)))
        {
            problems.Add($"{at}: {value.ValueKind} is not {type}");
            return;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                CheckText(value.GetString()!, schema, at, problems);
                break;
            case JsonValueKind.Object:
                CheckObject(value, schema, name, at, problems);
                break;
            case JsonValueKind.Array when schema.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Object:
                foreach (var (item, i) in value.EnumerateArray().Select((v, i) => (v, i)))
                {
                    Check(item, items, name, $"{at}/{i}", problems);
                }

                break;
        }
    }

    private void CheckChoices(JsonElement value, JsonElement choices, string name, string at, List<string> problems)
    {
        var attempts = new List<List<string>>();
        foreach (var choice in choices.EnumerateArray())
        {
            var found = new List<string>();
            Check(value, choice, name, at, found);
            attempts.Add(found);
        }

        if (attempts.TrueForAll(a => a.Count > 0))
        {
            problems.AddRange(attempts[0]);
        }
    }

    private static void CheckText(string text, JsonElement schema, string at, List<string> problems)
    {
        if (schema.TryGetProperty("minLength", out var least) && text.Length < least.GetInt32())
        {
            problems.Add($"{at}: shorter than {least}");
        }

        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!))
        {
            problems.Add($"{at}: does not match {pattern}");
        }
    }

    private void CheckObject(JsonElement value, JsonElement schema, string name, string at, List<string> problems)
    {
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(r => r.GetString()!) : [];
        problems.AddRange(required.Where(r => !value.TryGetProperty(r, out _)).Select(r => $"{at}: '{r}' is missing"));
        var known = schema.TryGetProperty("properties", out var properties);
        var additional = schema.TryGetProperty("additionalProperties", out var more) ? more : default;
        foreach (var member in value.EnumerateObject())
        {
            var place = $"{at}/{member.Name}";
            if (known && properties.TryGetProperty(member.Name, out var inner))
            {
                _seen[$"{name}.{member.Name}"] = true;
                Check(member.Value, inner, name, place, problems);
            }
            else if (additional.ValueKind == JsonValueKind.Object)
            {
                Check(member.Value, additional, name, place, problems);
            }
            else if (additional.ValueKind == JsonValueKind.False || (closed && known))
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
