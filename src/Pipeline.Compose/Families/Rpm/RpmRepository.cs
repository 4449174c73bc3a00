using Pipeline.Compose.Repos;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>An RPM repository: a section of a <c>.repo</c> file, or one that a manifest defines itself.</summary>
internal sealed record RpmRepository : Repository
{
    /// <summary>The path of the index.</summary>
    public const string Index = "repodata/repomd.xml";

    /// <summary>The addresses in the order in which they are tried; the first is <see cref="Repository.BaseUrl"/>.</summary>
    public required ValueList<string> BaseUrls { get; init; }

    /// <summary>Whether the signature of repomd.xml is checked.</summary>
    public required bool ChecksIndex { get; init; }

    /// <summary>Whether the signature of each package is checked.</summary>
    public required bool ChecksPackages { get; init; }

    /// <inheritdoc/>
    public override string IndexPath => Index;
}
