using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>Lists as JSON arrays.</summary>
public sealed class ValueListJson : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ValueList<>);

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Items<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Items<T> : JsonConverter<ValueList<T>>
    {
        public override ValueList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new JsonException("not a list");
            }

            var type = TypeOf(options);
            var items = new List<T>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                items.Add(JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("a list holds null"));
            }

            return items.ToValueList();
        }

        public override void Write(Utf8JsonWriter writer, ValueList<T> value, JsonSerializerOptions options)
        {
            var type = TypeOf(options);
            writer.WriteStartArray();
            foreach (var item in value)
            {
                JsonSerializer.Serialize(writer, item, type);
            }

            writer.WriteEndArray();
        }

        private static JsonTypeInfo<T> TypeOf(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }
}

/// <summary>Digests as hexadecimal text, also as names of members.</summary>
public sealed class DigestJson : JsonConverter<Digest>
{
    /// <inheritdoc/>
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);

    /// <inheritdoc/>
    public override Digest ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(reader.GetString());

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.Hex);

    private static Digest Parse(string? text) => Digest.TryParse(text, out var digest) ? digest : throw new JsonException("not a digest");
}

/// <summary>Architectures by name.</summary>
public sealed class ArchitectureJson : JsonConverter<Architecture>
{
    /// <inheritdoc/>
    public override Architecture Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Architecture.TryParse(reader.GetString(), out var architecture) ? architecture : throw new JsonException("not an architecture");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Architecture value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Name);
}

/// <summary>Sizes as numbers of bytes.</summary>
public sealed class ByteSizeJson : JsonConverter<ByteSize>
{
    /// <inheritdoc/>
    public override ByteSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ByteSize.FromBytes(reader.GetInt64());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ByteSize value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Bytes);
}

/// <summary>JSON objects as text, so that numbers and the order of members survive at any depth.</summary>
public sealed class JsonTextObjectJson : JsonConverter<JsonTextObject>
{
    // What was read within the usual limits once is wrapped in a few more levels when it is a manifest.
    private static readonly TextLimits Limits = new(int.MaxValue, 256, int.MaxValue);

    /// <inheritdoc/>
    public override JsonTextObject Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var problems = new DiagnosticBag();
        return JsonText.Parse("request", reader.GetString() ?? "", problems, Limits) is JsonTextObject read && problems.Items.Count == 0
            ? read
            : throw new JsonException("not an object");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JsonTextObject value, JsonSerializerOptions options) =>
        writer.WriteStringValue(JsonTextWriter.Write(value, JsonStyle.Compact));
}

/// <summary>Inputs of a step as the document that is hashed; the digest is made again from it.</summary>
public sealed class StepInputsJson : JsonConverter<StepInputs>
{
    /// <inheritdoc/>
    public override StepInputs Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        return new(
            root.GetProperty("step").GetString()!,
            root.GetProperty("stepVersion").GetInt32(),
            root.GetProperty("inputs")
                .EnumerateArray()
                .Select(i => new StepInput(i.GetProperty("name").GetString()!, Digest.Parse(i.GetProperty("digest").GetString()!)))
        );
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StepInputs value, JsonSerializerOptions options) =>
        writer.WriteRawValue(JsonTextWriter.Write(value.ToJson(), JsonStyle.Compact));
}
