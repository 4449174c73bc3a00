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

    /// <summary>The directory of the root manifest.</summary>
    public RepositoryDirectory Root => new(Directory, Display);

    /// <summary>
    /// The directories whose files may define a repository, in the order in which they are asked: that of the root manifest, so that it can
    /// put a definition of its own in the place of an included one, then those of the files that name it.
    /// </summary>
    /// <param name="repository">Its id.</param>
    public IEnumerable<RepositoryDirectory> PlacesOf(string repository) =>
        Manifest
            .RepositoryPlaces.Where(p => p.Repository == repository)
            .Select(p => new RepositoryDirectory(p.Directory, p.Display))
            .Prepend(Root)
            .DistinctBy(d => d.Path);
}

/// <summary>A directory that may hold files that define repositories.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Display">The same for messages.</param>
internal sealed record RepositoryDirectory(string Path, string Display);
