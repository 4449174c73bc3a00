using Pipeline.Model.Contracts;
using Pipeline.Model.Values;

namespace Pipeline.Model.Platforms;

/// <summary>One file made from a build.</summary>
public sealed record Artifact
{
    /// <summary>Its key in <c>images</c> of meta.json: <c>qemu</c>, <c>metal4k</c>, <c>live-iso</c>, <c>ostree</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The platform it is for, or <c>null</c> for one that runs nowhere: the commit's archive.</summary>
    public string? Platform { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Size of the file.</summary>
    public required ByteSize Size { get; init; }

    /// <summary>Digest of the file.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Digest before compression, or <c>null</c> when the file is not compressed.</summary>
    public Digest? UncompressedDigest { get; init; }

    /// <summary>Size before compression, or <c>null</c>.</summary>
    public ByteSize? UncompressedSize { get; init; }

    /// <summary>As meta.json records it.</summary>
    public MetaArtifact ToMeta() =>
        new()
        {
            Path = System.IO.Path.GetFileName(Path),
            Sha256 = Digest.Hex,
            Size = Size.Bytes,
            UncompressedSha256 = UncompressedDigest?.Hex,
            UncompressedSize = UncompressedSize?.Bytes,
        };

    /// <summary>What <paramref name="meta"/> records of the artifact <paramref name="name"/> in <paramref name="directory"/>.</summary>
    /// <returns><c>null</c> when it has no file name, digest and size.</returns>
    public static Artifact? From(string name, string directory, MetaArtifact meta, PlatformTable platforms)
    {
        if (
            !Digest.TryParse(meta.Sha256, out var digest)
            || meta.Size is not >= 0
            || meta.Path is "" or "." or ".."
            || meta.Path.AsSpan().ContainsAny('/', '\0')
        )
        {
            return null;
        }

        return new()
        {
            Name = name,
            Platform = platforms.OfArtifact(name)?.Name,
            Path = System.IO.Path.Combine(directory, meta.Path),
            Size = ByteSize.FromBytes(meta.Size.Value),
            Digest = digest,
            UncompressedDigest = Digest.TryParse(meta.UncompressedSha256, out var before) ? before : null,
            UncompressedSize = meta.UncompressedSize is >= 0 and var size ? ByteSize.FromBytes(size) : null,
        };
    }
}
