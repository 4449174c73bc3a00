namespace Pipeline.Compose.Repos;

/// <summary>Finds definitions of repositories; each directory is read once, so what is wrong with its files is reported once.</summary>
/// <typeparam name="T">A definition.</typeparam>
/// <param name="source">Where to look.</param>
/// <param name="read">Reads the definitions of a directory with their ids.</param>
internal sealed class RepositoryDefinitions<T>(
    RepositorySource source,
    Func<RepositoryDirectory, IReadOnlyList<(string Id, T Definition)>> read
)
    where T : class
{
    private readonly Dictionary<string, IReadOnlyList<(string Id, T Definition)>> _read = new(StringComparer.Ordinal);

    /// <summary>The definitions beside the root manifest.</summary>
    public IReadOnlyList<(string Id, T Definition)> Root => In(source.Root);

    /// <summary>The ids of all that was read.</summary>
    public IEnumerable<(string Id, T Definition)> Known => _read.Values.SelectMany(d => d);

    /// <summary>
    /// The first definition of a repository and the directory of its file, or <c>null</c>; directories after it are not read.
    /// </summary>
    public (T Definition, RepositoryDirectory Directory)? Find(string repository)
    {
        foreach (var directory in source.PlacesOf(repository))
        {
            if (In(directory).FirstOrDefault(d => d.Id == repository).Definition is { } definition)
            {
                return (definition, directory);
            }
        }

        return null;
    }

    private IReadOnlyList<(string Id, T Definition)> In(RepositoryDirectory directory)
    {
        if (!_read.TryGetValue(directory.Path, out var definitions))
        {
            _read[directory.Path] = definitions = read(directory);
        }

        return definitions;
    }
}
