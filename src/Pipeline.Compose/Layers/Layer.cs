using System.Text.Json.Serialization;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Layers;

/// <summary>One entry of an unpacked package.</summary>
internal sealed record LayerEntry
{
    /// <summary>Place in a merged-/usr tree, relative, without trailing slash.</summary>
    [JsonPropertyName("p")]
    public required string Path { get; init; }

    /// <summary>
    /// The name the package has for it when that differs (<c>lib/x</c> for <c>usr/lib/x</c>), for dpkg's file lists and diversions.
    /// </summary>
    [JsonPropertyName("r")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Raw { get; init; }

    /// <summary>File, Directory or Symlink.</summary>
    [JsonPropertyName("k")]
    public TarKind Kind { get; init; }

    /// <summary>Permission bits; 0 for symlinks.</summary>
    [JsonPropertyName("m")]
    public int Mode { get; init; }

    /// <summary>Owner.</summary>
    [JsonPropertyName("u")]
    public int UserId { get; init; }

    /// <summary>Group.</summary>
    [JsonPropertyName("g")]
    public int GroupId { get; init; }

    /// <summary>Bytes of a file.</summary>
    [JsonPropertyName("s")]
    public long Size { get; init; }

    /// <summary>A file's object: 64 hexadecimal digits.</summary>
    [JsonPropertyName("o")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Object { get; init; }

    /// <summary>A symlink's target as written.</summary>
    [JsonPropertyName("t")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Target { get; init; }

    /// <summary>
    /// Name of the owner where the family stores names and it is not root; <see cref="UserId"/> is root's until the tree has its users.
    /// </summary>
    [JsonPropertyName("un")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UserName { get; init; }

    /// <summary>Name of the group, as <see cref="UserName"/>.</summary>
    [JsonPropertyName("gn")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GroupName { get; init; }

    /// <summary>What the package says of the file, in the family's own bits.</summary>
    [JsonPropertyName("f")]
    public int Flags { get; init; }

    /// <summary>The languages that need it, in the family's spelling; <c>null</c> for all.</summary>
    [JsonPropertyName("l")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Language { get; init; }

    /// <summary>
    /// The IMA signature of a file, hexadecimal. Not part of its object: only the kernel's administrator may put it on a file.
    /// </summary>
    [JsonPropertyName("i")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Ima { get; init; }

    /// <summary>The package's own name for the entry.</summary>
    [JsonIgnore]
    public string RawPath => Raw ?? Path;
}

/// <summary>A package taken apart: what it lays into the tree, and its control files.</summary>
internal sealed record Layer
{
    /// <summary>Changes whenever the way of unpacking does; older layers are then unpacked again.</summary>
    public const int CurrentFormat = 1;

    /// <summary><see cref="CurrentFormat"/> of the writer.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Entries in the archive's order.</summary>
    public required LayerEntry[] Entries { get; init; }

    /// <summary>Members of the control archive by name.</summary>
    public required Dictionary<string, byte[]> Control { get; init; }
}

/// <summary>Reads and writes layers without reflection.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(Layer))]
internal sealed partial class LayerJson : JsonSerializerContext;

/// <summary>A locked package with its layer.</summary>
/// <param name="Package">What was locked.</param>
/// <param name="Layer">What it holds.</param>
internal sealed record PackageLayer(Model.Lockfiles.LockedPackage Package, Layer Layer);

/// <summary>What identifies an object: everything a hard link shares.</summary>
internal static class ObjectIdentity
{
    /// <summary>The bytes hashed before the content.</summary>
    public static byte[] Header(int mode, int user, int group, ValueList<KeyValuePair<string, string>> attributes) =>
        System.Text.Encoding.Latin1.GetBytes(
            $"{Convert.ToString(mode, 8)} {user} {group} {attributes.Count}\n"
                + string.Concat(attributes.Select(a => $"{a.Key.Length} {a.Key}{a.Value.Length} {a.Value}"))
        );
}
