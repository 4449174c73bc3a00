using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Repos;

/// <summary>One repository with every variable replaced; a family adds where its index is.</summary>
internal abstract record Repository
{
    /// <summary>The id by which manifests and locks name it.</summary>
    public required string Id { get; init; }

    /// <summary>Where package locations start; no slash at the end.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>Exactly the keys that may sign it, as OpenPGP packets (binary).</summary>
    public required ReadOnlyMemory<byte> Keyring { get; init; }

    /// <summary>Where it is defined.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>The address of a path below <see cref="BaseUrl"/>; every segment is escaped, so <c>+</c> survives.</summary>
    public string Url(string path) => $"{BaseUrl}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
}
