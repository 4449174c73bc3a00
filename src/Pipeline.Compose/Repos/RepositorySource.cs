using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Repos;

/// <summary>Where the repositories of a manifest are defined.</summary>
/// <param name="Directory">The directory of the root manifest.</param>
/// <param name="Display">The same as the user named it, for messages.</param>
/// <param name="Manifest">Names the repositories and defines variables.</param>
internal sealed record RepositorySource(string Directory, string Display, Manifest Manifest)
{
    /// <summary>Whether exactly the packages of a lockfile are composed: then repositories only for locked packages count too.</summary>
    public bool IsLocked { get; init; }

    /// <summary>Whether definitions may turn off checks.</summary>
    public bool AllowsInsecure { get; init; }

    /// <summary>The repositories to use, in order.</summary>
    public IEnumerable<Sourced> Wanted => IsLocked ? Manifest.Repos.Concat(Manifest.LockfileRepos).DistinctBy(r => r.Text) : Manifest.Repos;
}
