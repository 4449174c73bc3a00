using System.Text.Json;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>The body of <c>StartSnapshot</c>.</summary>
internal sealed record EbsStart(
    int VolumeSize,
    string? Parent,
    string? Description,
    string? ClientToken,
    SortedDictionary<string, string> Tags
)
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="AwsRefusal">It is something else.</exception>
    public static EbsStart Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
            if (root.TryGetProperty(nameof(Tags), out var list) && list.ValueKind == JsonValueKind.Array)
            {
                foreach (var tag in list.EnumerateArray())
                {
                    tags[Text(tag, "Key") ?? throw Bad("Key")] = Text(tag, "Value") ?? "";
                }
            }

            return new(
                root.TryGetProperty(nameof(VolumeSize), out var size) && size.TryGetInt32(out var gib)
                    ? gib
                    : throw Bad(nameof(VolumeSize)),
                Text(root, "ParentSnapshotId"),
                Text(root, "Description"),
                Text(root, "ClientToken"),
                tags
            );
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new AwsRefusal("SerializationException", "The body is not the JSON of StartSnapshot");
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static AwsRefusal Bad(string name) =>
        new("ValidationException", $"{name} is missing or malformed") { Reason = "INVALID_PARAMETER_VALUE" };
}
