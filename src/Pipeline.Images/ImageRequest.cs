using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <summary>Which images of which build to make.</summary>
public sealed record ImageRequest
{
    /// <summary>Where builds and caches are.</summary>
    public required WorkDirectory WorkDirectory { get; init; }

    /// <summary>A build's id, or <c>latest</c>.</summary>
    public string BuildId { get; init; } = "latest";

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Platforms, each once, in the order they are made.</summary>
    public ValueList<string> Platforms { get; init; } = ["qemu"];

    /// <summary>Compress as the platform's recipe says; the uncompressed image is not kept.</summary>
    public bool Compress { get; init; }

    /// <summary>Make everything again although nothing changed.</summary>
    public bool Force { get; init; }

    /// <summary>Wait for another process that works on this build; otherwise that is an error.</summary>
    public bool Wait { get; init; } = true;
}

/// <summary>One file made from a build.</summary>
/// <param name="Platform">The platform it is for.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Size">Size of the file.</param>
/// <param name="Digest">Digest of the file.</param>
/// <param name="Unchanged">Whether it was there already, made from the same inputs.</param>
public sealed record Artifact(string Platform, string Path, ByteSize Size, Digest Digest, bool Unchanged)
{
    /// <summary>Digest before compression, or <c>null</c> when the file is not compressed.</summary>
    public Digest? UncompressedDigest { get; init; }

    /// <summary>Size before compression, or <c>null</c>.</summary>
    public ByteSize? UncompressedSize { get; init; }

    /// <summary>As in meta.json.</summary>
    internal JsonTextObject ToJson()
    {
        var json = new JsonTextObject([
            new("path", new JsonTextString(System.IO.Path.GetFileName(Path))),
            new("sha256", new JsonTextString(Digest.Hex)),
            new("size", Number(Size.Bytes)),
        ]);
        return UncompressedDigest is { } digest && UncompressedSize is { } size
            ? json.With("uncompressed-sha256", new JsonTextString(digest.Hex)).With("uncompressed-size", Number(size.Bytes))
            : json;
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; <c>null</c> when it is not that.</summary>
    internal static Artifact? FromJson(string platform, string directory, JsonTextObject json)
    {
        if (
            DigestOf(json, "sha256") is not { } digest
            || SizeOf(json, "size") is not { } size
            || json.Find("path") is not JsonTextString name
        )
        {
            return null;
        }

        return new(platform, System.IO.Path.Combine(directory, name.Value), size, digest, Unchanged: true)
        {
            UncompressedDigest = DigestOf(json, "uncompressed-sha256"),
            UncompressedSize = SizeOf(json, "uncompressed-size"),
        };
    }

    private static Digest? DigestOf(JsonTextObject json, string name) =>
        Digest.TryParse((json.Find(name) as JsonTextString)?.Value, out var digest) ? digest : null;

    private static ByteSize? SizeOf(JsonTextObject json, string name) =>
        long.TryParse((json.Find(name) as JsonTextNumber)?.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? ByteSize.FromBytes(bytes)
            : null;

    private static JsonTextNumber Number(long value) => new(value.ToString(CultureInfo.InvariantCulture));
}
