using Pipeline.Compose.Repos;

namespace Pipeline.Compose.Solving;

/// <summary>An index that a pool reads.</summary>
/// <param name="Repo">Id of the repository.</param>
/// <param name="Cache">Path of its cached form without ending.</param>
/// <param name="Text">Gives the unpacked text.</param>
internal sealed record IndexSource(string Repo, string Cache, Func<byte[]> Text)
{
    /// <summary>Gives the unpacked list of all files; <c>null</c> when it is not read.</summary>
    public Func<byte[]>? Files { get; init; }

    /// <summary>Which of its packages may be chosen.</summary>
    public RepositoryRules Rules { get; init; } = RepositoryRules.None;
}
