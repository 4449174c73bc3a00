using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>The repositories a manifest uses, in its order.</summary>
internal sealed record RepositorySet(ValueList<Repository> Items)
{
    /// <summary>The repository called <paramref name="id"/>, or <c>null</c>.</summary>
    public Repository? Find(string id) => Items.FirstOrDefault(r => r.Id == id);
}
