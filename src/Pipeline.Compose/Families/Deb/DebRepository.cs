using Pipeline.Compose.Repos;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>A Debian repository: a stanza of a <c>*.sources</c> file.</summary>
internal sealed record DebRepository : Repository
{
    /// <summary>A suite below <c>dists/</c>, or for a flat repository a path that ends in a slash.</summary>
    public required string Suite { get; init; }

    /// <inheritdoc/>
    public override string SuiteName => Suite;

    /// <summary>Components; none for a flat repository.</summary>
    public required ValueList<string> Components { get; init; }

    /// <summary>Whether the index lies directly in a directory instead of below <c>dists/</c>.</summary>
    public bool IsFlat => Suite.EndsWith('/');

    /// <summary>The directory of <c>InRelease</c> relative to <see cref="Repository.BaseUrl"/>, with a slash at the end.</summary>
    public string ReleaseDirectory =>
        IsFlat
            ? Suite == "./"
                ? ""
                : Suite
            : $"dists/{Suite}/";

    /// <inheritdoc/>
    public override string IndexPath => $"{ReleaseDirectory}InRelease";
}
