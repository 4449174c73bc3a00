using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>One repository: a stanza of a <c>*.sources</c> file with every variable replaced.</summary>
internal sealed record Repository
{
    /// <summary><c>X-Repo-Id</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Where package locations start; no slash at the end.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>A suite below <c>dists/</c>, or for a flat repository a path that ends in a slash.</summary>
    public required string Suite { get; init; }

    /// <summary>Components; none for a flat repository.</summary>
    public required ValueList<string> Components { get; init; }

    /// <summary>Exactly the keys that may sign it, as OpenPGP packets (binary).</summary>
    public required ReadOnlyMemory<byte> Keyring { get; init; }

    /// <summary>Where it is defined.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Whether the index lies directly in a directory instead of below <c>dists/</c>.</summary>
    public bool IsFlat => Suite.EndsWith('/');

    /// <summary>The directory of <c>InRelease</c> relative to <see cref="BaseUrl"/>, with a slash at the end.</summary>
    public string ReleaseDirectory =>
        IsFlat
            ? Suite == "./"
                ? ""
                : Suite
            : $"dists/{Suite}/";

    /// <summary>The address of a path below <see cref="BaseUrl"/>; every segment is escaped, so <c>+</c> survives.</summary>
    public string Url(string path) => $"{BaseUrl}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
}
