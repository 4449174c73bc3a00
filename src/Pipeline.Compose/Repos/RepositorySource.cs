using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Repos;

/// <summary>Where the repositories of a manifest are defined.</summary>
/// <param name="Directory">The directory of the root manifest.</param>
/// <param name="Display">The same as the user named it, for messages.</param>
/// <param name="Manifest">Names the repositories and defines variables.</param>
internal sealed record RepositorySource(string Directory, string Display, Manifest Manifest);
